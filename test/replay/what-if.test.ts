import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { openArchive } from '../../adapters/archive/archive.ts'
import { openEntry } from '../../engine/journal.ts'
import { asItem, hallOnSale } from '../support/hall-on-sale.ts'
import { recordedEvening, replay, replayed } from './command-line.ts'

let folder = ''
let evening = ''

test.before(async (t) => {
  t.timeout(60_000)
  folder = await mkdtemp(join(tmpdir(), 'holdfast-'))
  evening = await recordedEvening(folder, { seed: 11, buyers: 40, commands: 700 })
})
test.after.always(() => rm(folder, { recursive: true, force: true }))

const whatIf = (...rules: string[]) => replayed('what-if', '--show', 'spring-1', '--from', evening, ...rules)

test('the evening that is played again has contention, expiry, cancellation, refunds and what was parked', async (t) => {
  const archive = openArchive(`sqlite:${evening}`)
  const entries = await archive.atOneMoment((records) => records.journal('spring-1', 0, 10_000))
  await archive.close()
  const seen = new Set(
    entries.map(openEntry).map(({ event, code, outcome }) => `${event.type} ${code ?? outcome}`),
  )
  for (const wanted of [
    ...['reserve accepted', 'reserve seats_taken', 'reserve seat_limit', 'reserve show_not_on_sale'],
    ...['pay accepted', 'pay insufficient_balance', 'pay hold_expired', 'extend accepted', 'expire accepted'],
    ...['cancel accepted', 'refund accepted', 'park parked', 'pause accepted', 'resume accepted'],
  ])
    t.true(seen.has(wanted), wanted)
})

test('under the rules that it had, an evening comes out as it was, to the byte', async (t) => {
  for (const show of ['spring-1', 'spring-2']) {
    const { code, data } = await replayed('what-if', '--show', show, '--from', evening)
    t.is(code, 0, JSON.stringify(data.divergence))
    t.true(data.isExact)
    t.deepEqual(data.after, data.before)
  }
})

test('an export comes out exactly, too', async (t) => {
  const path = join(folder, 'one-show.jsonl')
  await replay('export', path, '--from', evening, '--show', 'spring-1')
  const { code, data } = await replayed('what-if', '--show', 'spring-1', '--from', path)
  t.is(code, 0, JSON.stringify(data.divergence))
  t.true(data.isExact)
})

test('a wish for the best seats that was parked though its reservation was there comes out as it was', async (t) => {
  const { decide, file, master, pay, reserve } = await hallOnSale(t, ['show'])
  await master.keepCurrency('KRW')
  await decide(asItem(reserve('ann', 'show', 'hall-1-1')))
  const command = {
    ...pay('ann', 'show'),
    id: 'sent-again',
    type: 'reserve',
    bestAvailable: { count: 1 },
    redriveOf: 'parked',
    redriveBy: 'root',
  } as const
  await decide({ kind: 'park', delivery: 2, command, reason: 'a fault' })
  const { code, data } = await replayed('what-if', '--show', 'show', '--from', file)
  t.is(code, 0, JSON.stringify(data.divergence))
  t.true(data.isExact)
})

test('rules that say the same as those that it had change nothing', async (t) => {
  const { data } = await whatIf('--hold-ttl', '6s', '--seat-limit', '4')
  t.true(data.isExact, JSON.stringify(data.divergence))
})

test('other rules make another evening, the same one each time', async (t) => {
  const [short, again] = [await whatIf('--hold-ttl', '2s'), await whatIf('--hold-ttl', '2s')]
  t.deepEqual(again.data, short.data)
  t.is(short.code, 0)
  t.true(short.data.after.reached.expired > short.data.before.reached.expired)
  const one = await whatIf('--seat-limit', '1')
  t.true(one.data.after.refusals.seat_limit > one.data.before.refusals.seat_limit)
  const graceful = await whatIf('--grace', '4s')
  t.true(graceful.data.after.reached.expired < graceful.data.before.reached.expired)
})

test('no seat is sold twice and no money is made under any rules', async (t) => {
  for (const rules of [
    ['--hold-ttl', '1s'],
    ['--seat-limit', '9'],
  ]) {
    const { data } = await whatIf(...rules)
    t.true(data.after.seatsSold + data.after.seatsHeld <= 72)
    t.true(data.after.seatsSold >= 0 && data.after.revenue >= 0)
  }
})

const machine = new URL('../../machines/reservation.ts', import.meta.url).href

test('a candidate machine is played by all buyers against each other', async (t) => {
  const path = join(folder, 'same.ts')
  await writeFile(path, `export { reservationV1 as default } from '${machine}'\n`)
  const { code, data } = await whatIf('--machine', path)
  t.is(code, 0)
  t.deepEqual(data.after, data.before)
})

test('it says what it can not know', async (t) => {
  const { stdout } = await replay('what-if', '--show', 'spring-1', '--from', evening, '--hold-ttl', '2s')
  t.regex(stdout, /People would have acted otherwise/)
  t.regex(stdout, /turned away at the door and are not played/)
})

// ── one version against another ───────────────────────────────────────────────────────────────────────────

/** A candidate made of the chart that is there, with one thing changed. */
async function candidate(name: string, change: string): Promise<string> {
  const path = join(folder, `${name}.ts`)
  await writeFile(
    path,
    `import { reservationV1 } from '${machine}'\nexport default reservationV1.provide(${change})\n`,
  )
  return path
}

test('the same machine under another name decides a whole evening alike', async (t) => {
  const { code, data } = await replayed('verify', '--version', '1', '--from', evening)
  t.is(code, 0)
  t.is(data.decidedOtherwise, 0)
  t.true(data.entries > 500)
})

test('a stricter machine shows how many would end otherwise, which, and why', async (t) => {
  const path = await candidate(
    'strict',
    '{ guards: { isWithinSeatLimit: ({ event }) => event.seatsOfBuyer === 0 } }',
  )
  const { code, data } = await replayed('verify', '--show', 'spring-1', '--machine', path, '--from', evening)
  t.is(code, 1)
  t.true(data.endOtherwise > 0 && data.decidedOtherwise >= data.endOtherwise)
  const sample =
    data.samples.find((each: { recorded: string }) => each.recorded === 'paid') ?? data.samples[0]
  t.regex(sample.why, /isWithinSeatLimit said/)

  const one = await replayed('diff', sample.id, '--machine', path, '--from', evening)
  t.is(one.code, 1)
  t.is(one.data.divergesAt, sample.position)
  const same = await replayed('diff', sample.id, '--version', '1', '--from', evening)
  t.is(same.code, 0)
  t.is(same.data.divergesAt, null)
})

test('a candidate that throws, or is none, ends with a sentence and a code of its own', async (t) => {
  const throwing = await candidate(
    'throwing',
    "{ guards: { isFresh: () => { throw new Error('no such fact') } } }",
  )
  const broken = join(folder, 'broken.ts')
  await writeFile(broken, 'export default {')
  const other = join(folder, 'other.ts')
  await writeFile(other, 'export const nothing = 1\n')
  const cases: [args: string[], code: number, message: RegExp][] = [
    [
      ['verify', '--machine', throwing],
      6,
      /throwing\.ts threw at spring-1 #\d+ \(reserve\)[\s\S]*no such fact/,
    ],
    [['what-if', '--show', 'spring-1', '--machine', throwing], 6, /threw at spring-1[\s\S]*no such fact/],
    [['verify', '--machine', broken], 6, /can't be run/],
    [['verify', '--machine', other], 6, /exports 0 machines/],
    [['verify', '--machine', join(folder, 'none.ts')], 2, /There is no/],
    [['verify', '--version', '9'], 5, /knows no reservation@9; it knows 1/],
    [['diff', 'x'], 2, /needs --machine FILE or --version V/],
    [['diff', 'spring-1', '--version', '1'], 2, /spring-1 is a show/],
    [['what-if', '--show', 'spring-1', '--hold-ttl', '5'], 2, /a duration with its unit/],
    [
      ['what-if', '--show', 'spring-1', '--hold-ttl', '0s'],
      2,
      /--hold-ttl takes .* from 1s to 24h, not 0s\./,
    ],
    [['what-if', '--show', 'spring-1', '--hold-ttl', '9999999h'], 2, /from 1s to 24h, not 9999999h\./],
    [['what-if', '--show', 'spring-1', '--grace', '2h'], 2, /--grace takes .* 1h at most, not 2h\./],
    [['what-if', '--show', 'spring-1', '--seat-limit', '51'], 2, /a whole number from 1 to 50, not 51\./],
    [['what-if'], 2, /needs --show/],
  ]
  for (const [args, code, message] of cases) {
    const ended = await replay(...args, '--from', evening)
    t.is(ended.code, code, `${args.join(' ')}: ${ended.stderr}`)
    t.regex(ended.stderr, message)
  }
})
