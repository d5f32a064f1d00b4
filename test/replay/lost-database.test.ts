// A database that goes away while it is read: a clear sentence and an exit code of its own, whatever was asked, and no
// half of an answer.
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'ava'
import { openMaster } from '../../adapters/master/master.ts'
import { ownSchema } from '../support/mysql-master.ts'
import { testServers } from '../support/servers.ts'
import { wayTo } from '../support/way.ts'
import { replay, temporaryFolder } from './command-line.ts'
import { partitions, RecordedSale } from './recorded-sale.ts'

let url = ''
let drop = async () => {}

test.before(async (t) => {
  t.timeout(120_000)
  const schema = await ownSchema(testServers().masterUrl)
  ;({ url, drop } = schema)
  const master = await openMaster({ url, partitions })
  await RecordedSale.record(master, { seed: 5, buyers: 20, commands: 400 })
  await master.close()
})
test.after.always(() => drop())

for (const [name, command] of [
  ['verify', () => ['verify']],
  ['an audit', () => ['audit', '--show', 'spring-1']],
  ['what-if', () => ['what-if', '--show', 'spring-1']],
  ['an export', (folder) => ['export', join(folder, 'half.jsonl')]],
] as readonly [string, (folder: string) => string[]][])
  test(`${name} says that the database went away, wherever in the middle`, async (t) => {
    t.timeout(120_000)
    const whole = await wayTo(t, url)
    const asked = await replay(...command(await temporaryFolder(t)), '--from', whole.to(url))
    t.is(asked.code, 0, asked.stderr)
    const folder = await temporaryFolder(t)
    for (const share of [0.2, 0.5, 0.9]) {
      const broken = await wayTo(t, url)
      broken.breakAfter(whole.bytesBack * share)
      const { code, stdout, stderr } = await replay(...command(folder), '--from', broken.to(url))
      t.is(code, 7, stderr)
      t.is(stdout, '')
      t.regex(stderr, /The database can't be read: \S/)
      t.deepEqual(await readdir(folder), [], 'no half of a file is left')
    }
  })
