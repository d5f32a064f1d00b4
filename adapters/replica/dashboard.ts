// How the sales go, for a page of shows: one statement per figure, each bounded by the shows of the page.
import type { Knex } from 'knex'
import type { SeatStatus, ShowFigures, TakenStatus } from '../../engine/ports.ts'
import { revenueOf } from '../master/ledger.ts'

interface ListedShow {
  readonly showId: string
  readonly concertId: string
  readonly startsAt: number
  readonly state: string
  readonly currency: string
  readonly seatCount: number
}

export async function dashboard(
  knex: Knex,
  which: (shows: Knex.QueryBuilder) => void,
): Promise<readonly ShowFigures[]> {
  const shows: readonly ListedShow[] = await knex('shows')
    .join('show_heads', 'show_heads.show_id', 'shows.id')
    .join('venues', 'venues.id', 'shows.venue_id')
    .modify(which)
    .orderBy('shows.id')
    .select({
      showId: 'shows.id',
      concertId: 'shows.concert_id',
      startsAt: 'shows.starts_at',
      state: 'show_heads.state',
      currency: 'shows.currency',
      seatCount: 'venues.seat_count',
    })
  if (shows.length === 0) return []

  const showIds = shows.map(({ showId }) => showId)
  const reservations = await countReservations(knex, showIds)
  const taken = await countTakenSeats(knex, showIds)
  const revenues = await sumRevenues(knex, showIds)
  const parked = await countParked(knex, showIds)
  return shows.map(({ seatCount, ...show }) => ({
    ...show,
    revenue: revenues.get(show.showId) ?? 0,
    reservations: reservations.get(show.showId) ?? {},
    seats: seatsOf(seatCount, taken.get(show.showId) ?? {}),
    parked: parked.get(show.showId) ?? 0,
  }))
}

type Counts = Readonly<Record<string, number>>

/** A reservation's id begins with its show and a dot: a range of the primary key, and no index that every sale pays for. */
async function countReservations(knex: Knex, showIds: readonly string[]): Promise<Map<string, Counts>> {
  const records = await knex('reservations')
    .where((ofShows) => {
      for (const showId of showIds) ofShows.orWhereBetween('id', [`${showId}.`, `${showId}/`])
    })
    .groupBy('show_id', 'state')
    .select({ showId: 'show_id', key: 'state', count: knex.raw('COUNT(*)') })
  return countsPerShow(records)
}

async function countTakenSeats(knex: Knex, showIds: readonly string[]): Promise<Map<string, Counts>> {
  const records = await knex('taken_seats')
    .whereIn('show_id', showIds)
    .groupBy('show_id', 'status')
    .select({ showId: 'show_id', key: 'status', count: knex.raw('COUNT(*)') })
  return countsPerShow(records)
}

async function sumRevenues(knex: Knex, showIds: readonly string[]): Promise<Map<string, number>> {
  const showOf = new Map(showIds.map((showId) => [revenueOf(showId), showId]))
  const records = await knex('ledger')
    .whereIn('account', [...showOf.keys()])
    .groupBy('account')
    .select({ account: 'account', revenue: knex.raw('SUM(amount)') })
  return new Map(records.map(({ account, revenue }) => [showOf.get(account) ?? '', Number(revenue)]))
}

async function countParked(knex: Knex, showIds: readonly string[]): Promise<Map<string, number>> {
  const records = await knex('parked')
    .whereIn('show_id', showIds)
    .groupBy('show_id')
    .select({ showId: 'show_id', count: knex.raw('COUNT(*)') })
  return new Map(records.map(({ showId, count }) => [showId, Number(count)]))
}

function countsPerShow(
  records: readonly { showId: string; key: string; count: unknown }[],
): Map<string, Counts> {
  const counts = new Map<string, Counts>()
  for (const { showId, key, count } of records)
    counts.set(showId, { ...counts.get(showId), [key]: Number(count) })
  return counts
}

function seatsOf(seatCount: number, taken: Counts): Record<SeatStatus, number> {
  const { held = 0, sold = 0, blocked = 0 } = taken as Partial<Record<TakenStatus, number>>
  return { free: seatCount - held - sold - blocked, held, sold, blocked }
}
