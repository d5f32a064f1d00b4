// Shows and plans as the engine reads them, from the master; and a stored venue, concert or show as its port names it.
import type { Catalogue, Concert, ScheduledShow, Venue } from '../../engine/ports.ts'
import type { Database } from './connect.ts'
import { ShowModel, VenueModel } from './models.ts'

export const catalogue = ({ queries }: Pick<Database, 'queries'>): Catalogue => ({
  async show(showId) {
    const show = await ShowModel.query(queries).findById(showId)
    return show ? showOf(show) : null
  },

  async plan(venueId) {
    const venue = await VenueModel.query(queries).findById(venueId).select('plan')
    return venue?.plan ?? null
  },
})

export const venueOf = ({ id, name, seatCount, plan }: Venue): Venue => ({ id, name, seatCount, plan })

export const concertOf = ({ id, name, description }: Concert): Concert => ({ id, name, description })

export const showOf = (show: ScheduledShow): ScheduledShow => ({
  id: show.id,
  concertId: show.concertId,
  venueId: show.venueId,
  currency: show.currency,
  startsAt: show.startsAt,
  opensAt: show.opensAt,
  closesAt: show.closesAt,
  holdTtlMs: show.holdTtlMs,
  seatLimit: show.seatLimit,
  extensionMs: show.extensionMs,
  extensionsMax: show.extensionsMax,
  refundableUntil: show.refundableUntil,
  hasWaitingRoom: show.hasWaitingRoom,
  prices: show.prices,
})
