import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { openArchive } from '../../adapters/archive/archive.ts'
import { openMaster } from '../../adapters/master/master.ts'
import { type JournalEntry, openEntry } from '../../engine/journal.ts'
import { recordedEvening, replay, replayed, replayIn } from './command-line.ts'
import { openedAt, partitions } from './recorded-sale.ts'

let folder = ''
let evening = ''
let entries: JournalEntry[] = []

test.before(async (t) => {
  t.timeout(60_000)
  folder = await mkdtemp(join(tmpdir(), 'holdfast-'))
  evening = await recordedEvening(folder)
  const master = await openMaster({ url: `sqlite:${evening}`, partitions })
  const refusal = { showId: 'spring-1', userId: '<b>ann</b>', commandId: 'c', seatIds: ['A-1-1', 'A-4-1'] }
  await master.append([{ ...refusal, at: openedAt + 500, code: 'seats_taken' }], 0, openedAt)
  await master.append([{ ...refusal, at: openedAt + 900, code: 'seats_taken' }], 2, openedAt + 1_000)
  await master.close()
  const archive = openArchive(`sqlite:${evening}`)
  entries = (await archive.atOneMoment((records) => records.journal('spring-1', 0, 10_000))).map(openEntry)
  await archive.close()
})
test.after.always(() => rm(folder, { recursive: true, force: true }))

interface Group {
  readonly kind: string
  readonly reason: string
  readonly count: number
  readonly atStake: number
  readonly first: number
  readonly last: number
  readonly samples: readonly string[]
}

const audit = (...args: string[]) => replayed('audit', '--show', 'spring-1', '--from', evening, ...args)
const groupOf = (groups: Group[], kind: string, reason: string) =>
  groups.find((group) => group.kind === kind && group.reason === reason)

test('every failure is in one group, with its count, time and samples', async (t) => {
  const { data } = await audit()
  const taken = entries.filter(({ code }) => code === 'seats_taken')
  const group = groupOf(data.groups, 'rejected', 'seats_taken')
  t.is(group?.count, taken.length)
  t.is(group?.first, taken[0]?.decidedAt)
  t.is(group?.last, taken.at(-1)?.decidedAt)
  t.true(taken.some(({ subjectId }) => group?.samples.includes(subjectId)))
  const failed = entries.filter(({ outcome, to }) => outcome !== 'accepted' || to === 'expired')
  const decided = data.groups.filter(({ kind }: Group) => kind !== 'turned away' && kind !== 'overdue')
  t.is(
    decided.reduce((sum: number, { count }: Group) => sum + count, 0),
    failed.length,
  )
})

test('the money at stake is what was asked for', async (t) => {
  const { data } = await audit('--state', 'expired')
  const price = (entry: JournalEntry) => {
    const hold = entries.find(({ subjectId, to }) => subjectId === entry.subjectId && to === 'held')
    const seats = (hold?.event.seats ?? []) as { price: number }[]
    return seats.reduce((sum, seat) => sum + seat.price, 0)
  }
  const expired = entries.filter(({ to, from }) => to === 'expired' && from === 'held')
  t.is(
    data.groups[0].atStake,
    expired.map(price).reduce((a, b) => a + b, 0),
  )
  t.is(data.groups.length, 1)
})

test('those turned away at the door are counted, and how many the log lost', async (t) => {
  const { data } = await audit()
  t.like(groupOf(data.groups, 'turned away', 'seats_taken'), { count: 2, atStake: 2 * (110_000 + 66_000) })
  t.deepEqual(data.door, { kept: 2, lost: 2 })
  const { stdout } = await replay('audit', '--show', 'spring-1', '--from', evening)
  t.regex(stdout, /covers 50\.0 % at least/)
  t.false(stdout.includes('<b>ann'))
})

test('holds that nobody gave back after their deadline are overdue', async (t) => {
  const open = new Map<string, number>()
  for (const { effects, subjectId } of entries)
    for (const { type, params } of effects)
      if (type === 'setDeadline')
        if (params.at === null) open.delete(subjectId)
        else open.set(subjectId, Number(params.at))
  const { data } = await audit('--state', 'overdue')
  t.is(data.failures, [...open.values()].filter((deadline) => deadline < Date.now()).length)
})

test('a time, a state and a reason narrow it down', async (t) => {
  const since = new Date(openedAt + 5_000).toISOString()
  const until = new Date(openedAt + 9_000).toISOString()
  const { data } = await audit('--since', since, '--until', until, '--reason', 'seats_taken')
  const expected = entries.filter(
    ({ code, decidedAt }) =>
      code === 'seats_taken' && decidedAt >= openedAt + 5_000 && decidedAt < openedAt + 9_000,
  )
  t.is(data.failures, expected.length)
})

test('the page has a chart over time, and what came from outside is text in it', async (t) => {
  const page = join(folder, 'audit.html')
  t.is((await replay('audit', '--show', 'spring-1', '--from', evening, '--html', page)).code, 0)
  const html = await readFile(page, 'utf8')
  t.regex(html, /<svg .*<rect /s)
  t.false(html.includes('<b>'))
  t.notRegex(html, /<script|src=|href=|@import|url\(/)
})

test('what is asked for wrongly is told', async (t) => {
  for (const [args, code] of [
    [['--state', 'gone'], 2],
    [['--since', 'yesterday'], 2],
  ] as const)
    t.is((await audit(...args)).code, code)
  t.is((await replay('audit', '--from', evening)).code, 2)
  t.is((await replay('audit', '--show', 'none', '--from', evening)).code, 3)
})

test('one reservation can be walked through, forwards and backwards', async (t) => {
  const { subjectId } = entries.find(({ to }) => to === 'paid') ?? { subjectId: '' }
  const ended = await replayIn({}, 'n\np\nl\nf\n2\nwhat\nq\nn\n', 'step', subjectId, '--from', evening)
  t.is(ended.code, 0)
  const steps = [...ended.stdout.matchAll(/Step (\d+) of (\d+)/g)].map(([, step]) => Number(step))
  const last = Number(/Step 1 of (\d+)/.exec(ended.stdout)?.[1])
  t.deepEqual(steps, [1, 2, 1, last, 1, 2])
  t.regex(ended.stdout, /context after +\{"seats"/)
  t.regex(ended.stdout, /balanceCoversAmount/)
  t.regex(ended.stdout, /What\? n: next/)
})
