// Look-ups on one database, whichever it is: what is on sale, and how the sales go.
import type { Knex } from 'knex'
import { assert } from '../../engine/failures.ts'
import type { ShowView } from '../../engine/ports.ts'
import { concertOf, showOf, venueOf } from '../master/catalogue.ts'
import type { Dialect } from '../master/dialect.ts'
import { withFailures } from '../master/failures.ts'
import { ConcertModel, ShowModel, VenueModel } from '../master/models.ts'
import { dashboard } from './dashboard.ts'
import { inspection } from './inspection.ts'
import type { Questions } from './routing.ts'

export const questionsTo = (knex: Knex, dialect: Dialect): Questions =>
  withFailures<Questions>(dialect, {
    ...inspection(knex),

    async concerts(limit, after = '') {
      const concerts = await ConcertModel.query(knex).where('id', '>', after).orderBy('id').limit(limit)
      return concerts.map(concertOf)
    },

    async concert(id) {
      const concert = await ConcertModel.query(knex).findById(id)
      return concert ? concertOf(concert) : null
    },

    async showsOf(concertId, limit, after) {
      const shows = await ShowModel.query(knex)
        .withGraphFetched('head')
        .where({ concert_id: concertId })
        .modify((query) => {
          if (after)
            query.where((later) =>
              later
                .where('starts_at', '>', after.startsAt)
                .orWhere((same) => same.where('starts_at', after.startsAt).where('shows.id', '>', after.id)),
            )
        })
        .orderBy(['starts_at', 'shows.id'])
        .limit(limit)
      return shows.map(viewOf)
    },

    async show(id) {
      const show = await ShowModel.query(knex).withGraphFetched('head').findById(id)
      return show ? viewOf(show) : null
    },

    async venue(id) {
      const venue = await VenueModel.query(knex).findById(id)
      return venue ? venueOf(venue) : null
    },

    dashboard: (limit, after) =>
      dashboard(knex, (shows) => shows.where('shows.id', '>', after ?? '').limit(limit)),
    async figures(showId) {
      const [figures] = await dashboard(knex, (shows) => shows.where('shows.id', showId))
      return figures ?? null
    },
  })

function viewOf(show: ShowModel): ShowView {
  assert(show.head, `show ${show.id} has a head`)
  const { state, seatsRevision: revision } = show.head
  return { ...showOf(show), state, revision }
}
