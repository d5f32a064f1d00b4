// Venues, concerts and shows come into being here, each once per id.
import { fingerprint } from '../../engine/command.ts'
import { HoldfastError } from '../../engine/errors.ts'
import { UnknownVersion } from '../../engine/failures.ts'
import type { Administration, ScheduledShow } from '../../engine/ports.ts'
import { firstHead } from '../../engine/show-head.ts'
import { concertOf, showOf, venueOf } from './catalogue.ts'
import type { Database } from './connect.ts'
import { machineVersions } from './machine-versions.ts'
import { ConcertModel, ShowModel, VenueModel } from './models.ts'
import { settings } from './settings.ts'

export const administration = (database: Database): Administration => {
  const { dialect, queries } = database

  /** @throws {HoldfastError} `already_exists` when the id is taken by something that differs */
  async function makeOnce<Made extends { id: string }>(
    given: Made,
    insert: () => PromiseLike<unknown>,
    find: () => Promise<Made>,
  ): Promise<void> {
    try {
      await insert()
    } catch (error) {
      if (!dialect.isDuplicate(error)) throw error
      if (fingerprint(await find()) !== fingerprint(given))
        throw new HoldfastError('already_exists', undefined, { id: given.id })
    }
  }

  return {
    createVenue: (venue) =>
      makeOnce(
        venueOf(venue),
        () => VenueModel.query(queries).insert(venueOf(venue)),
        async () => venueOf(await VenueModel.query(queries).findById(venue.id).throwIfNotFound()),
      ),

    createConcert: (concert) =>
      makeOnce(
        concertOf(concert),
        () => ConcertModel.query(queries).insert(concertOf(concert)),
        async () => concertOf(await ConcertModel.query(queries).findById(concert.id).throwIfNotFound()),
      ),

    async createShow(show) {
      await assertPlaced(database, show)
      const { partition: partitionId, ...head } = await headOf(database, show.id)
      const graph = { ...showOf(show), head: { ...head, partitionId } }
      await makeOnce(
        showOf(show),
        () =>
          queries.transaction(
            async (transaction) => void (await ShowModel.query(transaction).insertGraph(graph)),
          ),
        async () => showOf(await ShowModel.query(queries).findById(show.id).throwIfNotFound()),
      )
    },
  }
}

/** @throws {HoldfastError} `not_found` for a show of no concert, or in no venue */
async function assertPlaced({ queries }: Database, { concertId, venueId }: ScheduledShow): Promise<void> {
  const concert = await ConcertModel.query(queries).findById(concertId).select('id')
  if (!concert) throw new HoldfastError('not_found', `There is no concert ${concertId}.`, { concertId })
  const venue = await VenueModel.query(queries).findById(venueId).select('id')
  if (!venue) throw new HoldfastError('not_found', `There is no venue ${venueId}.`, { venueId })
}

async function headOf(database: Database, showId: string) {
  const { partitions } = await settings(database).settings()
  const version = (await machineVersions(database).active()).get('show')
  if (version === undefined) throw new UnknownVersion('no version of the machine show is active')
  return firstHead(showId, partitions, version)
}
