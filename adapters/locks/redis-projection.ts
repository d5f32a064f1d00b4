// Each show's seats on Redis, one hash `seats:<show>`: seat → "<status> <reservation>" or "blocked", and under the
// empty name the revision. Every change is published from inside the script that makes it, in the same name's channel.
import { randomUUID } from 'node:crypto'
import { EventEmitter } from 'node:events'
import { limits } from '../../engine/limits.ts'
import type { SeatChange, SeatMap, SeatProjection, TakenSeat, TakenStatus } from '../../engine/ports.ts'
import { gathered } from '../gathered.ts'
import type { RedisConnection } from '../redis/connection.ts'
import { answered, loadScript, type Script } from '../redis/script.ts'
import { readSeatMove, type SeatMove } from './redis-seat-move.ts'

/** A projection that stood still for this long is dropped; the next one who asks has it rebuilt. */
const idleMs = 7 * 24 * 3_600_000
const stagedMs = 60_000
/** Small enough that Redis serves others in between. */
const seatsStagedAtOnce = 1_000
/** Requests that share the answers of one turn. */
const revisionsAskedMax = 1_000
/** No seat has this name. */
const revisionField = ''

export class RedisProjection implements SeatProjection {
  readonly #connection: RedisConnection
  readonly #apply: Script
  readonly #stage: Script
  readonly #replace: Script
  readonly #tellRevision: Script
  readonly #watchers = new EventEmitter().setMaxListeners(0)
  /** Ends the subscription of a show that somebody watches. */
  readonly #subscribed = new Map<string, () => void>()
  /** As last read; most who read find the same revision again. The one that was used longest ago stands first. */
  readonly #maps = new Map<string, SeatMap>()
  readonly #reading = new Map<string, Promise<SeatMap | null>>()
  /** Of all shows that are asked for within one turn of the event loop, each once. */
  readonly #revisionOf = gathered(async (showIds: readonly string[]) => {
    const asked = [...new Set(showIds)].map(
      async (showId) => [showId, await this.#askRevision(showId)] as const,
    )
    const revisions = new Map(await Promise.all(asked))
    return showIds.map((showId) => revisions.get(showId) ?? null)
  }, revisionsAskedMax)

  constructor(connection: RedisConnection) {
    const { commands, listener } = connection
    const file = (name: string) => new URL(`./${name}.lua`, import.meta.url)
    this.#connection = connection
    this.#apply = loadScript(commands, file('redis-apply-seats'))
    this.#stage = loadScript(commands, file('redis-stage-seats'))
    this.#replace = loadScript(commands, file('redis-replace-seats'))
    this.#tellRevision = loadScript(listener, file('redis-tell-revision'))
  }

  async read(showId: string): Promise<SeatMap | null> {
    const revision = await this.#revisionOf(showId)
    if (revision === null) return null
    const known = this.#maps.get(showId)
    if (known?.revision === revision) return known
    const earlier = this.#reading.get(showId)
    const map = await (earlier ?? this.#readAnew(showId))
    // One that somebody else had begun may be older than what was asked for here; the next one can't be.
    if (earlier === undefined || map === null || map.revision >= revision) return map
    return this.#reading.get(showId) ?? this.#readAnew(showId)
  }

  #readAnew(showId: string): Promise<SeatMap | null> {
    const reading = this.#readWhole(showId)
      .then((map) => this.#keep(showId, map))
      .finally(() => this.#reading.delete(showId))
    this.#reading.set(showId, reading)
    return reading
  }

  #keep(showId: string, map: SeatMap | null): SeatMap | null {
    this.#maps.delete(showId)
    if (map !== null) this.#maps.set(showId, map)
    const [oldest] = this.#maps.keys()
    if (this.#maps.size > limits.plansCachedMax && oldest !== undefined) this.#maps.delete(oldest)
    return map
  }

  async #askRevision(showId: string): Promise<number | null> {
    const revision = await answered(this.#connection.commands.hget(this.#key(showId), revisionField))
    return revision === null ? null : Number(revision)
  }

  async #readWhole(showId: string): Promise<SeatMap | null> {
    const reply = (await answered(this.#connection.commands.call('HGETALL', this.#key(showId)))) as string[]
    const taken = new Map<string, TakenSeat>()
    let revision: number | null = null
    for (let index = 0; index < reply.length; index += 2) {
      const [field, value] = [reply[index] as string, reply[index + 1] as string]
      if (field === revisionField) revision = Number(value)
      else taken.set(field, decode(value))
    }
    return revision === null ? null : { revision, taken }
  }

  async apply(
    showId: string,
    from: number,
    to: number,
    changes: readonly SeatChange[],
  ): Promise<'applied' | 'stale' | 'gap'> {
    const last = new Map(changes.map(({ seatId, taken }) => [seatId, taken]))
    const freed: string[] = []
    const taken: string[] = []
    for (const [seatId, seat] of last) {
      if (seat === null) freed.push(seatId)
      else taken.push(seatId, encode(seat))
    }
    const name = this.#key(showId)
    const change = JSON.stringify({ from, to, changes })
    const outcome = await this.#apply(
      [name],
      [name, from, to, change, idleMs, freed.length, ...freed, ...taken],
    )
    return outcome as 'applied' | 'stale' | 'gap'
  }

  async replace(showId: string, { revision, taken }: SeatMap): Promise<void> {
    const fields = [revisionField, String(revision)]
    for (const [seatId, seat] of taken) fields.push(seatId, encode(seat))
    const staged = this.#connection.key(`seats-staged:${randomUUID()}`)
    for (let start = 0; start < fields.length; start += 2 * seatsStagedAtOnce)
      await this.#stage([staged], [stagedMs, ...fields.slice(start, start + 2 * seatsStagedAtOnce)])
    const name = this.#key(showId)
    await this.#replace([name, staged], [name, revision, idleMs])
  }

  watch(showId: string, seen: (change: SeatMove) => void): () => void {
    const name = this.#key(showId)
    this.#watchers.on(name, seen)
    if (!this.#subscribed.has(name)) this.#subscribed.set(name, this.#subscribe(name))
    return () => {
      this.#watchers.off(name, seen)
      if (this.#watchers.listenerCount(name) > 0) return
      this.#subscribed.get(name)?.()
      this.#subscribed.delete(name)
    }
  }

  #subscribe(name: string): () => void {
    return this.#connection.subscriptions.open(name, {
      hear: (message) => {
        const move = readSeatMove(message)
        if (move !== null) this.#watchers.emit(name, move)
      },
      // In vain only when the connection is lost again, and then it comes again with the next one.
      joining: () => void this.#tellRevision([name], [name]).catch(() => {}),
    })
  }

  #key(showId: string): string {
    return this.#connection.key(`seats:${showId}`)
  }
}

const encode = ({ status, reservationId }: TakenSeat): string =>
  reservationId === null ? status : `${status} ${reservationId}`

function decode(value: string): TakenSeat {
  const [status, reservationId = null] = value.split(' ')
  return { status: status as TakenStatus, reservationId }
}
