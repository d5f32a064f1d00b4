// Where the embedded mode keeps its files.
import { existsSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { assertWhole, makeDataFolder } from '../compose/data-folder.ts'
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

const contents = { full: 'content', empty: '', gone: null } as const
type Contents = keyof typeof contents

for (const [files, refused] of [
  [['gone', 'gone', 'gone', 'gone'], null],
  [['empty', 'gone', 'gone', 'gone'], null],
  [['full', 'gone', 'gone', 'gone'], null],
  [['full', 'empty', 'gone', 'gone'], null],
  [['full', 'full', 'gone', 'gone'], null],
  [['full', 'full', 'empty', 'gone'], null],
  [['full', 'full', 'full', 'gone'], null],
  [['full', 'full', 'full', 'full'], null],
  [['full', 'full', 'gone', 'empty'], null],
  [['full', 'gone', 'full', 'full'], 'master.db is gone, and locks.db beside it is not'],
  [['full', 'empty', 'full', 'full'], 'master.db is empty, and locks.db beside it is not'],
  [['full', 'empty', 'full', 'gone'], 'master.db is empty, and waiting-rooms.db beside it is not'],
  [['gone', 'full', 'full', 'full'], 'broker.db is gone, and locks.db beside it is not'],
  [['empty', 'full', 'gone', 'gone'], 'broker.db is empty, and master.db beside it is not'],
] as [[Contents, Contents, Contents, Contents], string | null][])
  test(`broker, master, waiting rooms, locks ${files.join(', ')}: ${refused ?? 'a start'}`, async (t) => {
    const folder = await temporaryFolder(t)
    for (const [index, name] of ['broker.db', 'master.db', 'waiting-rooms.db', 'locks.db'].entries()) {
      const content = contents[files[index] ?? 'gone']
      if (content !== null) writeFileSync(join(folder, name), content)
    }
    if (refused === null) return t.notThrows(() => assertWhole(folder))
    const message = `${join(folder, refused)}: restore it from a copy, or move all of DATA_DIR away to begin anew.`
    t.throws(() => assertWhole(folder), { message })
  })
