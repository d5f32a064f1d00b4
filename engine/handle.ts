// The spine: what becomes of a batch of deliveries, in seven steps and one transaction on the master.
// It decides, and leaves to its caller what to do with a batch that fails (consumer.ts).
import { answerOf } from './answer.ts'
import type { SeatMove } from './books.ts'
import { type Command, decode } from './command.ts'
import { type Bench, decideCommand, decideExpiry, decidePark } from './decide.ts'
import { assert, BrokenInvariant, FencedOut } from './failures.ts'
import { type JournalEntry, type JournalRow, openEntry } from './journal.ts'
import { limits } from './limits.ts'
import { load, loadNamed, type Wanted } from './load.ts'
import type { Machines } from './machines.ts'
import { parkedBytes, parkedCommand } from './parked.ts'
import type { Answer, Claims, Clock, Delivery, Master } from './ports.ts'
import type { ShowMemory } from './show-memory.ts'
import type { ShowPlan, Shows } from './shows.ts'
import { noStopwatch, type Stage, type Stopwatch } from './stages.ts'

export interface Decider {
  readonly master: Pick<Master, 'transaction'>
  readonly claims: Pick<Claims, 'claimed'>
  readonly clock: Pick<Clock, 'now'>
  readonly machines: Machines
  readonly shows: Shows
  readonly holdGraceMs: number
  readonly memory: ShowMemory
  readonly stopwatch?: Stopwatch
}

/** The right to decide for a partition, for as long as the master says that the epoch is this one. */
export interface Tenure {
  readonly partition: number
  readonly epoch: number
}

/** One thing to be decided, in the order of the queue. */
export type Item = { readonly delivery: number } & (
  | { readonly kind: 'command'; readonly command: Command }
  /** Ends what is overdue at `until`; with `only`, which comes alone, no more than that reservation. */
  | { readonly kind: 'wake'; readonly until: number; readonly only?: string }
  | { readonly kind: 'park'; readonly command: Command; readonly reason: string }
  | { readonly kind: 'unreadable'; readonly bytes: Buffer; readonly reason: string }
)

export interface Handled {
  readonly entries: readonly JournalEntry[]
  /** What the journal had already of the commands that it was asked for. */
  readonly repeated: readonly JournalEntry[]
  readonly answers: readonly { readonly replyTo: string; readonly answer: Answer }[]
  readonly seatMoves: readonly SeatMove[]
  /** More holds are overdue than one wake-up ends. */
  readonly hasMoreOverdue: boolean
}

/**
 * Whether the journal is asked for the commands that it knows. Where it is not, a repeat breaks the batch: the journal takes no
 * command twice.
 */
export type Repeats = 'looked up' | 'not expected'

const noEntries: ReadonlyMap<string, JournalRow> = new Map()

/** Of wake-ups alone where nothing is overdue: nothing was written, not even a stamp. */
const wokenInVain: Handled = {
  entries: [],
  repeated: [],
  answers: [],
  seatMoves: [],
  hasMoreOverdue: false,
}

/**
 * 1 parse.
 * @throws {UnknownVersion} for an envelope that only a newer server can have sent
 */
export function parse(deliveries: readonly Delivery[]): Item[] {
  return deliveries.flatMap(({ number: delivery, body }) => {
    const { commands, wakes, unreadable } = decode(body)
    return [
      ...commands.map((command) => ({ kind: 'command', delivery, command }) as const),
      ...wakes.map(({ until }) => ({ kind: 'wake', delivery, until }) as const),
      ...unreadable.map(({ bytes, reason }) => ({ kind: 'unreadable', delivery, bytes, reason }) as const),
    ]
  })
}

/**
 * @throws {Transient} nothing was decided; handle the same items again
 * @throws {FencedOut} nothing was decided; another consumer owns the partition
 * @throws {UnknownVersion} nothing was decided; this server must not guess
 * @throws {BrokenInvariant} nothing was decided; where repeats were not expected, one of them may be the reason
 */
export async function handle(
  decider: Decider,
  tenure: Tenure,
  items: readonly Item[],
  repeats: Repeats = 'looked up',
): Promise<Handled> {
  const commands = items.flatMap((item) => ('command' in item ? [item.command] : []))
  const wakes = items.filter((item) => item.kind === 'wake')
  const plans = await findPlans(decider, commands)
  const claims = await findClaims(decider, commands)
  const { memory, stopwatch = noStopwatch } = decider
  const lap = laps(stopwatch)
  const touched = new Set(plans.keys())

  const decided = decider.master.transaction(async (transaction) => {
    // 2 begin, fence; what comes behind it on the same trip is read under its lock
    const [fence, stored, shows, named] = await Promise.all([
      transaction.fence(tenure.partition),
      repeats === 'looked up'
        ? transaction.findEntries([...new Set(commands.map((command) => command.id))])
        : noEntries,
      transaction.loadShows([...plans.keys()].sort()),
      loadNamed(transaction, commands, wakes.length > 0),
    ])
    if (fence.epoch !== tenure.epoch)
      throw new FencedOut(`partition ${tenure.partition} is at epoch ${fence.epoch}, not ${tenure.epoch}`)
    const decidedAt = Math.max(decider.clock.now(), fence.lastStamp)
    for (const { acceptedAt } of commands) stopwatch.took('queue', Math.max(0, decidedAt - acceptedAt))

    // 3 dedupe
    const repeated = [...stored.values()].map(openEntry)
    const known = new Map(repeated.map((entry) => [entry.commandId, entry]))

    // 4 load
    const fresh = commands.filter((command) => !known.has(command.id))
    const wanted: Wanted = {
      partition: tenure.partition,
      shows,
      named,
      commands: fresh,
      overdue: overdueAt(wakes, decider.holdGraceMs),
    }
    const { books, overdue } = await load(transaction, wanted, memory)
    if (overdue.length === 0 && wakes.length === items.length) return null
    // A wake-up for many names the shows of holds that are well, too.
    if (wakes.some(({ only }) => only !== undefined)) for (const { showId } of overdue) touched.add(showId)
    lap('load')

    // 5 step, in order
    const bench: Bench = { ...decider, ...tenure, books, plans, claims, decidedAt }
    const entries: JournalEntry[] = []
    const answers: { replyTo: string; answer: Answer }[] = []
    for (const item of items) {
      if (item.kind === 'unreadable') {
        books.park(parkedBytes(item.bytes, item.reason, decidedAt))
      } else if (item.kind === 'wake') {
        for (const row of overdue) {
          const entry = decideExpiry(bench, row, item.until, item.delivery)
          if (entry) entries.push(entry)
        }
      } else {
        const original = known.get(item.command.id)
        assert(
          repeats === 'looked up' || books.hasShow(item.command.showId),
          'what would be parked is not in the journal',
        )
        if (!original && !books.hasShow(item.command.showId)) {
          books.park(
            parkedCommand(
              item.command,
              `there is no show ${item.command.showId} in this partition`,
              decidedAt,
            ),
          )
          continue
        }
        const entry = original ?? decideItem(bench, item)
        if (!original) {
          known.set(entry.commandId, entry)
          entries.push(entry)
        }
        if (item.command.replyTo !== undefined)
          answers.push({ replyTo: item.command.replyTo, answer: answerOf(entry) })
      }
    }

    // 6 write, 7 commit
    lap('step')
    await transaction.write(books.changes({ ...tenure, stamp: decidedAt }))
    lap('write')
    const hasMoreOverdue = overdue.length === limits.sweepBatchMax
    const seatMoves = books.seatMoves()
    const handled: Handled = { entries, repeated, answers, seatMoves, hasMoreOverdue }
    return { handled, showMoves: books.showMoves(seatMoves) }
  })
  try {
    const done = await decided
    if (done === null) return wokenInVain
    lap('commit')
    stopwatch.decided(commands.length)
    for (const move of done.showMoves) memory.follow(move)
    return done.handled
  } catch (error) {
    // Nothing was written; if what is remembered is the reason, the next attempt breaks as well, and forgets it.
    if (repeats === 'looked up' || !(error instanceof BrokenInvariant)) memory.forget(touched)
    throw error
  }
}

/** Each call ends a stage that began with the call before. */
function laps({ now, took }: Stopwatch): (stage: Stage) => void {
  let since = now()
  return (stage) => {
    const until = now()
    took(stage, until - since)
    since = until
  }
}

function decideItem(bench: Bench, item: Extract<Item, { kind: 'command' | 'park' }>): JournalEntry {
  if (item.kind === 'command') return decideCommand(bench, item.command, item.delivery)
  bench.books.park(parkedCommand(item.command, item.reason, bench.decidedAt))
  return decidePark(bench, item.command, item.reason, item.delivery)
}

function overdueAt(
  wakes: readonly Extract<Item, { kind: 'wake' }>[],
  holdGraceMs: number,
): Wanted['overdue'] {
  if (wakes.length === 0) return null
  const only = wakes.flatMap((wake) => wake.only ?? [])
  if (only.length > 0) return { reservationIds: only }
  return { before: Math.max(...wakes.map(({ until }) => until)) - holdGraceMs, max: limits.sweepBatchMax }
}

async function findPlans({ shows }: Decider, commands: readonly Command[]): Promise<Map<string, ShowPlan>> {
  const plans = new Map<string, ShowPlan>()
  for (const showId of new Set(commands.map((command) => command.showId))) {
    const plan = await shows.find(showId)
    if (plan) plans.set(showId, plan)
  }
  return plans
}

async function findClaims({ claims, clock }: Decider, commands: readonly Command[]) {
  const found = new Map<string, ReadonlyMap<string, string>>()
  for (const command of commands) {
    if (!('bestAvailable' in command) || found.has(command.showId)) continue
    // Without its claims a choice is only less courteous.
    found.set(command.showId, await claims.claimed(command.showId, clock.now()).catch(() => new Map()))
  }
  return found
}
