// The secret that the embedded mode makes for itself.
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { keptSecret } from '../compose/kept-secret.ts'
import { temporaryFolder } from './support/temporary-folder.ts'

test('it is made once, whole, and for its owner alone', async (t) => {
  const folder = await temporaryFolder(t)
  const path = join(folder, 'auth-secret')
  const made = keptSecret(path)
  t.true(made.length >= 32)
  t.is(keptSecret(path), made)
  t.is(readFileSync(path, 'utf8'), made)
  t.is(statSync(path).mode & 0o777, 0o600)
  t.deepEqual(readdirSync(folder), ['auth-secret'])
})

test('what a killed process has left of one is no hindrance', async (t) => {
  const path = join(await temporaryFolder(t), 'auth-secret')
  writeFileSync(`${path}.new`, '')
  t.true(keptSecret(path).length >= 32)
})

test('what is no secret is told with its file, without its content, and left alone', async (t) => {
  for (const content of ['', 'x', 'a secret with blanks, and a comma, of more than 32', null]) {
    const path = join(await temporaryFolder(t), 'auth-secret')
    if (content === null) mkdirSync(path)
    else writeFileSync(path, content)
    const error = t.throws(() => keptSecret(path))
    t.regex(
      error?.message ?? '',
      new RegExp(`^${path} cannot be used \\(.+\\): restore it from a copy, or move it away`),
    )
    if (content) t.false(error?.message.includes(`${content} `))
    t.true(existsSync(path))
  }
})

test('where it cannot be made its file is told', async (t) => {
  const path = join(await temporaryFolder(t), 'missing/auth-secret')
  t.throws(() => keptSecret(path), { message: new RegExp(`^${path} cannot be made \\(ENOENT`) })
})
