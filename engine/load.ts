// Everything that a batch's commands may look at or change, loaded under lock in the one fixed order.
import { Books } from './books.ts'
import type { Command } from './command.ts'
import { limits } from './limits.ts'
import type { BatchTransaction, ReservationRow, ShowHead } from './ports.ts'
import type { SeatsOfShow, ShowMemory } from './show-memory.ts'

/** What the commands of a batch name, whatever else it is about. */
export interface Named {
  readonly reservations: readonly ReservationRow[]
  /** Null where the reservations must say whose they are, or those of a wake-up are locked first. */
  readonly balances: ReadonlyMap<string, number> | null
}

export interface Wanted {
  readonly partition: number
  readonly shows: readonly ShowHead[]
  readonly named: Named
  readonly commands: readonly Command[]
  /** Which holds a wake-up is about; null for a batch without one. */
  readonly overdue:
    | { readonly before: number; readonly max: number }
    | { readonly reservationIds: readonly string[] }
    | null
}

/** On one trip with what is asked for beside it. */
export async function loadNamed(
  transaction: BatchTransaction,
  commands: readonly Command[],
  hasWakes: boolean,
): Promise<Named> {
  const [reservations, balances] = await Promise.all([
    transaction.loadReservations(namedReservations(commands)),
    hasWakes || commands.some(isPaidBack) ? null : transaction.loadBalances(payers(commands, [])),
  ])
  return { reservations, balances }
}

export async function load(
  transaction: BatchTransaction,
  wanted: Wanted,
  memory: ShowMemory,
): Promise<{ books: Books; overdue: readonly ReservationRow[] }> {
  const { commands, named, partition, shows } = wanted
  const served = new Set(shows.filter((head) => head.partition === partition).map((head) => head.showId))
  const decided = commands.filter((command) => served.has(command.showId))

  const overdue = await loadOverdue(transaction, wanted)
  const reservations = [...new Map([...named.reservations, ...overdue].map((row) => [row.id, row])).values()]
  const strangers = overdue.map(({ showId }) => showId).filter((showId) => !served.has(showId))
  const overdueShows = strangers.length === 0 ? [] : await transaction.loadShows(sorted(strangers))

  const heads = [...shows.filter(({ showId }) => served.has(showId)), ...overdueShows].sort(byShowId)
  const [balances, seats] = await Promise.all([
    named.balances ?? transaction.loadBalances(payers(commands, reservations)),
    Promise.all(heads.map((head) => loadSeats(transaction, head, decided, reservations, memory))),
  ])
  const seatsOfBuyers = new Map(seats.map((each) => [each.showId, each.seatsOfBuyers]))
  const takenSeats = new Map(seats.map((each) => [each.showId, each.takenSeats]))
  return { books: new Books({ shows: heads, reservations, seatsOfBuyers, takenSeats, balances }), overdue }
}

/** From memory if it is right; else all of a show that is asked for much, or of which all is looked at, and of others what the batch touches. */
async function loadSeats(
  transaction: BatchTransaction,
  head: ShowHead,
  commands: readonly Command[],
  reservations: readonly ReservationRow[],
  memory: ShowMemory,
): Promise<SeatsOfShow & { readonly showId: string }> {
  const { showId } = head
  const remembered = memory.recall(head)
  if (remembered) return { ...remembered, showId }
  const ofShow = commands.filter((command) => command.showId === showId)
  const seatIds = seatsOf(showId, ofShow, reservations)
  if (seatIds === 'all' || ofShow.length >= limits.rememberedFromCommands) {
    const [seatsOfBuyers, takenSeats] = await Promise.all([
      transaction.countSeatsOfShow(showId),
      transaction.loadTakenSeats(showId, 'all'),
    ])
    return { ...memory.keep(head, { takenSeats, seatsOfBuyers }), showId }
  }
  const [counts, takenSeats] = await Promise.all([
    transaction.countSeatsOfBuyers(buyers(ofShow)),
    transaction.loadTakenSeats(showId, seatIds),
  ])
  return {
    showId,
    takenSeats,
    seatsOfBuyers: new Map(counts.map(({ userId, seats }) => [userId, seats])),
  }
}

/**
 * Those that may exist. A reserve command makes a new reservation, since both ids are made of the same, unless it is a repeat, or a
 * parked one was sent again in the meantime; for that a batch that failed is taken apart: alone, each is looked up.
 */
function namedReservations(commands: readonly Command[]): string[] {
  const isNew = ({ type, redriveOf }: Command) =>
    commands.length > 1 && type === 'reserve' && redriveOf === undefined
  const named = commands.filter((command) => command.subjectId !== command.showId && !isNew(command))
  return sorted(named.map(({ subjectId }) => subjectId))
}

function loadOverdue(transaction: BatchTransaction, { partition, overdue }: Wanted) {
  if (overdue === null) return []
  if ('reservationIds' in overdue) return transaction.loadReservations(sorted(overdue.reservationIds))
  return transaction.loadOverdue(partition, overdue.before, overdue.max)
}

const byShowId = (a: ShowHead, b: ShowHead): number => (a.showId < b.showId ? -1 : 1)

const sorted = (keys: readonly string[]): string[] => [...new Set(keys)].sort()

function buyers(commands: readonly Command[]): { showId: string; userId: string }[] {
  const found = new Map<string, { showId: string; userId: string }>()
  for (const { type, showId, userId } of commands)
    if (type === 'reserve') found.set(`${showId}\n${userId}`, { showId, userId })
  return [...found.values()]
}

function seatsOf(
  showId: string,
  commands: readonly Command[],
  reservations: readonly ReservationRow[],
): readonly string[] | 'all' {
  const seatIds = reservations.filter((row) => row.showId === showId).flatMap(seatsOfContext)
  for (const command of commands) {
    if (command.showId !== showId || command.type !== 'reserve') continue
    if ('bestAvailable' in command) return 'all'
    seatIds.push(...command.seatIds)
  }
  return sorted(seatIds)
}

const seatsOfContext = (row: ReservationRow): string[] =>
  (JSON.parse(row.context) as { seats?: { id: string }[] }).seats?.map(({ id }) => id) ?? []

const isPaidBack = ({ type }: Command): boolean => type === 'cancel' || type === 'refund'

/** Whose balances may move: who pays, and who is paid back. */
function payers(commands: readonly Command[], reservations: readonly ReservationRow[]): string[] {
  const owners = new Map(reservations.map((row) => [row.id, row.userId]))
  for (const { type, subjectId, userId } of commands) if (type === 'reserve') owners.set(subjectId, userId)
  return sorted(
    commands.flatMap((command) => {
      if (command.type === 'pay') return [command.userId]
      const owner = isPaidBack(command) ? owners.get(command.subjectId) : undefined
      return owner === undefined ? [] : [owner]
    }),
  )
}
