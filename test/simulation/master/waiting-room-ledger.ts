// The master's part of the waiting room in the simulation: each room's row is locked by whatever changes it.
import { createHash } from 'node:crypto'
import { seedHashOf } from '../../../engine/draw.ts'
import { assert, FencedOut } from '../../../engine/failures.ts'
import { limits } from '../../../engine/limits.ts'
import type { ReservationRow } from '../../../engine/ports.ts'
import type {
  Admission,
  AdmissionRequest,
  Draw,
  FreezeRequest,
  InletPolicy,
  InletSettings,
  MetForecast,
  NumberRange,
  Opening,
  RoomRecord,
  Turn,
  WaitingRoomLedger,
} from '../../../engine/waiting-room-ports.ts'

interface Room {
  readonly closesAt: number
  policy: InletPolicy
  hasOpened: boolean
  serving: number
  generation: number
  grantedThrough: number
  admittedTotal: number
  noShows: number
  draw: (Draw & { readonly seed: string }) | null
  /** By generation and first number. */
  readonly crowdPages: Set<string>
  readonly forecasts: Map<number, MetForecast>
  readonly admissions: Map<number, Admission>
  readonly lastOfUser: Map<string, Admission>
  /** Numbers whose sessions were ended. */
  readonly ended: Set<number>
}

/** One statement on the room's row. */
type InRow = <T>(showId: string, work: () => T) => Promise<T>

export class SimulatedLedger implements WaitingRoomLedger {
  readonly #rooms = new Map<string, Room>()
  readonly #inRow: InRow
  readonly #reservations: ReadonlyMap<string, ReservationRow>

  constructor(inRow: InRow, reservations: ReadonlyMap<string, ReservationRow>) {
    this.#inRow = inRow
    this.#reservations = reservations
  }

  /** Every admission of a show, for the auditor. */
  admissions(showId: string): readonly Admission[] {
    return [...(this.#rooms.get(showId)?.admissions.values() ?? [])]
  }

  ensure(showId: string, settings: InletSettings, closesAt: number): Promise<RoomRecord> {
    return this.#inRow(showId, () => {
      const room: Room = this.#rooms.get(showId) ?? {
        closesAt,
        serving: 0,
        generation: 0,
        grantedThrough: 0,
        admittedTotal: 0,
        noShows: 0,
        draw: null,
        crowdPages: new Set(),
        forecasts: new Map(),
        policy: { ...settings, isPaused: false, version: 1 },
        hasOpened: false,
        admissions: new Map(),
        lastOfUser: new Map(),
        ended: new Set(),
      }
      this.#rooms.set(showId, room)
      return recordOf(showId, room)
    })
  }

  async list(now: number): Promise<readonly RoomRecord[]> {
    return [...this.#rooms]
      .filter(([, { closesAt }]) => closesAt > now)
      .map(([showId, room]) => recordOf(showId, room))
  }

  change(
    ...[showId, change, { clock, opensAt }]: Parameters<WaitingRoomLedger['change']>
  ): Promise<InletPolicy | 'settled'> {
    return this.#change(showId, (room) => {
      const { isLottery = room.policy.isLottery } = change
      const now = clock.now()
      const isOpen = now >= opensAt || room.hasOpened || room.serving > 0
      const isSettled = isOpen || (room.draw?.drawn ?? null) !== null
      if (isLottery !== room.policy.isLottery && isSettled) return 'settled'
      room.policy = { ...room.policy, ...change, version: room.policy.version + 1 }
      // One seed a show, however often its lottery is called off and on.
      if (room.policy.isLottery && room.draw === null) {
        const seed = createHash('sha256').update(`the seed of ${showId}`).digest('hex')
        room.draw = { seed, seedHash: seedHashOf(seed), committedAt: now, drawn: null }
      }
      return room.policy
    })
  }

  grant(showId: string): Promise<NumberRange> {
    return this.#change(showId, (room) => this.grantNext(room))
  }

  open(showId: string, now: number, opensAt: number): Promise<Opening> {
    return this.#change(showId, (room) => {
      room.hasOpened ||= now >= opensAt
      const sessions = this.#prolonged(showId, room).filter(({ endsAt }) => endsAt > now)
      const { serving, generation, policy, hasOpened } = room
      const drawnThrough = room.draw?.drawn?.crowd.through ?? null
      const range = this.grantNext(room)
      return { range, serving, generation, policy, hasOpened, sessions, drawnThrough }
    })
  }

  markOpened(showId: string): Promise<RoomRecord> {
    return this.#change(showId, (room) => {
      room.hasOpened = true
      return recordOf(showId, room)
    })
  }

  lead(showId: string): Promise<number> {
    return this.#change(showId, (room) => ++room.generation)
  }

  admit(request: AdmissionRequest): Promise<readonly Admission[] | null> {
    const { showId, generation, policy, turns, lapsed, serving, now } = request
    return this.#change(showId, (room) => {
      assertLeads(room, showId, generation)
      if (room.policy.version !== policy.version) return null
      const admissions = turns.map((turn) => {
        const earlier = this.#admission(room, turn)
        if (earlier !== null) return earlier
        room.admittedTotal++
        return begin(turn, request)
      })
      for (const admission of admissions) put(room, admission)
      for (const number of lapsed) if (this.#end(room, number, now)) room.noShows++
      room.serving = Math.max(room.serving, serving)
      return admissions
    })
  }

  async lastAdmission(showId: string, userId: string): Promise<Admission | null> {
    return this.#rooms.get(showId)?.lastOfUser.get(userId) ?? null
  }

  end(showId: string, number: number, at: number): Promise<void> {
    return this.#change(showId, (room) => {
      this.#end(room, number, at)
      room.ended.add(number)
    })
  }

  async draw(showId: string): Promise<Draw | null> {
    const room = this.#rooms.get(showId)
    if (!room?.draw || !(room.policy.isLottery || room.draw.drawn)) return null
    return publicly(room.draw)
  }

  /** Each page once; of the crowd only its digest is looked at in a simulation. */
  writeCrowd(showId: string, generation: number, [first]: readonly Turn[]): Promise<void> {
    return this.#change(showId, (room) => {
      assertLeads(room, showId, generation)
      if (first === undefined) return
      const page = `${generation} ${first.number}`
      if (room.crowdPages.has(page))
        throw new Error(`the page ${page} of the crowd of ${showId} is there already`)
      room.crowdPages.add(page)
    })
  }

  freeze({ showId, generation, policy, crowd, now }: FreezeRequest): Promise<Draw | null> {
    return this.#change(showId, (room) => {
      assertLeads(room, showId, generation)
      if (room.draw === null) return null
      if (room.draw.drawn === null) {
        if (room.policy.version !== policy.version) return null
        room.draw = { ...room.draw, drawn: { seed: room.draw.seed, crowd, at: now } }
      }
      return publicly(room.draw)
    })
  }

  async writeForecasts(showId: string, forecasts: readonly MetForecast[]): Promise<void> {
    const kept = this.#rooms.get(showId)?.forecasts
    for (const forecast of forecasts) if (!kept?.has(forecast.toldAt)) kept?.set(forecast.toldAt, forecast)
  }

  async forecasts(showId: string, limit: number): Promise<readonly MetForecast[]> {
    const kept = [...(this.#rooms.get(showId)?.forecasts.values() ?? [])]
    return kept.sort((a, b) => b.metAt - a.metAt).slice(0, limit)
  }

  protected grantNext(room: Pick<Room, 'grantedThrough'>): NumberRange {
    const granted = room.grantedThrough
    const size = Math.max(Math.ceil(granted / 4), limits.numberRangeMin)
    room.grantedThrough = granted + Math.min(size, limits.numberRangeMax)
    return { from: granted + 1, through: room.grantedThrough }
  }

  /** Everybody's last admission, as far as holds have prolonged it. */
  #prolonged(showId: string, room: Room): Admission[] {
    const last = new Map(room.lastOfUser)
    for (const { showId: of, userId, deadline, createdAt } of this.#reservations.values()) {
      const admission = last.get(userId)
      if (of !== showId || deadline === null || admission === undefined) continue
      if (room.ended.has(admission.number) || createdAt < admission.admittedAt) continue
      last.set(userId, { ...admission, endsAt: Math.max(admission.endsAt, deadline) })
    }
    return [...last.values()]
  }

  /** What used the number up already. */
  #admission(room: Room, { userId, number }: Turn): Admission | null {
    const last = room.lastOfUser.get(userId)
    return last !== undefined && number <= last.issuedThrough ? last : null
  }

  #end(room: Room, number: number, at: number): boolean {
    const admission = room.admissions.get(number)
    if (admission === undefined || admission.endsAt <= at) return false
    put(room, { ...admission, endsAt: at })
    return true
  }

  #change<T>(showId: string, work: (room: Room) => T): Promise<T> {
    return this.#inRow(showId, () => {
      const room = this.#rooms.get(showId)
      assert(room, `the waiting room of ${showId} is on record`)
      return work(room)
    })
  }
}

function put(room: Room, admission: Admission): void {
  room.admissions.set(admission.number, admission)
  const last = room.lastOfUser.get(admission.userId)
  if (last === undefined || last.number <= admission.number) room.lastOfUser.set(admission.userId, admission)
}

function begin({ userId, number }: Turn, { issued, policy, now }: AdmissionRequest): Admission {
  assert(number <= issued, `number ${number} was issued`)
  return { number, userId, admittedAt: now, endsAt: now + policy.sessionTtlMs, issuedThrough: issued }
}

function assertLeads({ generation: leading }: Room, showId: string, generation: number): void {
  if (leading !== generation)
    throw new FencedOut(`the inlet of ${showId} is led by generation ${leading}, not ${generation}`)
}

/** The seed is given out with the crowd that it draws. */
const publicly = ({ seedHash, committedAt, drawn }: Draw): Draw => ({ seedHash, committedAt, drawn })

const recordOf = (showId: string, room: Room): RoomRecord => ({
  showId,
  policy: room.policy,
  hasOpened: room.hasOpened,
  serving: room.serving,
  generation: room.generation,
  admittedTotal: room.admittedTotal,
  noShows: room.noShows,
})
