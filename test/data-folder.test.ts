// Where the embedded mode keeps its files.
import { existsSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { makeDataFolder } from '../compose/data-folder.ts'
import { temporaryFolder } from './support/temporary-folder.ts'

test('it is made with all that leads to it, for this user alone', async (t) => {
  const path = join(await temporaryFolder(t), 'a/b')
  makeDataFolder(path)
  makeDataFolder(path)
  t.is(statSync(path).mode & 0o777, 0o700)
})

test('what cannot be one is told in a sentence that names the setting', async (t) => {
  const file = join(await temporaryFolder(t), 'file')
  writeFileSync(file, '')
  const wrong = [file, join(file, 'below'), ...(existsSync('/proc/self') ? ['/proc/data'] : [])]
  for (const path of wrong)
    t.throws(() => makeDataFolder(path), {
      message: new RegExp(
        `^Holdfast can keep no files in DATA_DIR, which is ${path} \\(.+\\): set it to a folder`,
      ),
    })
})
