// Recorded evenings, exported by releases that are out: every entry must still be decided as it was, on the version that it
// names, and all that is stored must still be what the entries make of it. A file is never changed; a new version of a
// machine brings an evening of its own (`npm run replay -- export`, from a server that it ran on).
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { type ChartBranch, chartOf } from '../../machines/chart.ts'
import { registry } from '../../machines/registry.ts'
import { replayed } from '../replay/command-line.ts'

const files = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.jsonl'))

interface Recorded {
  readonly machine: string
  readonly event: { readonly type: string }
  readonly from: string | null
  readonly code: string | null
}

const entries = files.flatMap((name) =>
  readFileSync(join(import.meta.dirname, name), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('["journal"'))
    .map((line): Recorded => JSON.parse(JSON.parse(line)[1].entry)),
)

for (const name of files)
  test(`${name} is decided as it was`, async (t) => {
    const { code, data, stderr } = await replayed('verify', '--from', join(import.meta.dirname, name))
    t.is(code, 0, `${stderr}${JSON.stringify(data?.differences)}`)
    t.true(data.entries > 0)
  })

test('every version of every machine has an evening, with every way on that buyers go', (t) => {
  for (const { name, version, machine } of registry) {
    const own = entries.filter((entry) => entry.machine === `${name}@${version}`)
    t.true(own.length > 0, `${name}@${version}`)
    const seen = new Set(own.map(({ from, event, code }) => `${from} ${event.type} ${code ?? 'accepted'}`))
    const isBuyers = ({ event, code }: ChartBranch) => code === null && event !== 'refund'
    for (const { from, event } of chartOf(machine).branches.filter(isBuyers))
      t.true(seen.has(`${from} ${event} accepted`), `${name}@${version}: ${from} ${event}`)
  }
})
