// Venues, concerts and shows as Objection knows them: for the catalogue and its administration, off the hot path.
import { Model, type Pojo, snakeCaseMappers } from 'objection'

export class VenueModel extends Model {
  static override readonly tableName = 'venues'
  static override readonly columnNameMappers = snakeCaseMappers()
  static override readonly jsonAttributes = ['plan']

  declare id: string
  declare name: string
  declare seatCount: number
  declare plan: unknown
}

export class ShowHeadModel extends Model {
  static override readonly tableName = 'show_heads'
  static override readonly idColumn = 'show_id'
  static override readonly columnNameMappers = snakeCaseMappers()

  declare showId: string
  declare partitionId: number
  declare state: string
  declare seq: number
  declare machineVersion: number
  declare position: number
  declare hash: Buffer
  declare seatsRevision: number
}

export class ShowModel extends Model {
  static override readonly tableName = 'shows'
  static override readonly columnNameMappers = snakeCaseMappers()
  static override readonly jsonAttributes = ['prices']
  static override readonly relationMappings = {
    head: {
      relation: Model.HasOneRelation,
      modelClass: ShowHeadModel,
      join: { from: 'shows.id', to: 'show_heads.show_id' },
    },
  }

  declare id: string
  declare concertId: string
  declare venueId: string
  declare currency: string
  declare startsAt: number
  declare opensAt: number
  declare closesAt: number
  declare holdTtlMs: number
  declare seatLimit: number
  declare extensionMs: number
  declare extensionsMax: number
  declare refundableUntil: number
  declare hasWaitingRoom: boolean
  declare prices: Record<string, number>
  declare head?: ShowHeadModel

  override $parseDatabaseJson(json: Pojo): Pojo {
    const parsed = super.$parseDatabaseJson(json)
    return 'hasWaitingRoom' in parsed ? { ...parsed, hasWaitingRoom: Boolean(parsed.hasWaitingRoom) } : parsed
  }
}

export class ConcertModel extends Model {
  static override readonly tableName = 'concerts'
  static override readonly columnNameMappers = snakeCaseMappers()
  static override readonly relationMappings = {
    shows: {
      relation: Model.HasManyRelation,
      modelClass: ShowModel,
      join: { from: 'concerts.id', to: 'shows.concert_id' },
    },
  }

  declare id: string
  declare name: string
  declare description: string
  declare shows?: ShowModel[]
}
