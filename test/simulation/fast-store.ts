// The simulation's fast store: claims, key fingerprints and the seat projection, all of which a flush loses.
import { limits } from '../../engine/limits.ts'
import type {
  ClaimOutcome,
  ClaimRequest,
  Claims,
  Leases,
  SeatChange,
  SeatMap,
  SeatProjection,
  TakenSeat,
} from '../../engine/ports.ts'

interface Claim {
  readonly showId: string
  readonly seatId: string
  readonly reservationId: string
  readonly until: number
}

interface Kept<T> {
  readonly value: T
  readonly until: number
}

type Watcher = Parameters<SeatProjection['watch']>[1]

/** The waiting rooms that are kept beside the rest, and lost with it. */
export interface KeptRooms {
  hasSession(showId: string, userId: string, now: number): boolean
  lose(): void
}

export class FastStore implements Claims, SeatProjection {
  readonly #claims = new Map<string, Claim>()
  readonly #fingerprints = new Map<string, Kept<string>>()
  /** Until when each reservation that was claimed for counts as waiting. */
  readonly #claimedFor = new Map<string, number>()
  readonly #maps = new Map<string, { revision: number; taken: Map<string, TakenSeat> }>()
  readonly #leases = new Map<string, { readonly holder: string; readonly until: number }>()
  readonly #kept: readonly Map<string, unknown>[] = [
    ...[this.#claims, this.#fingerprints, this.#claimedFor, this.#maps, this.#leases],
  ]
  readonly #rooms: KeptRooms
  readonly #watchers = new Map<string, Set<Watcher>>()

  constructor(rooms: KeptRooms) {
    this.#rooms = rooms
  }

  flush(): void {
    for (const kept of this.#kept) kept.clear()
    this.#rooms.lose()
  }

  /** @returns how to go back to what is there now */
  copy(): () => void {
    const copies = this.#kept.map((kept) => [kept, structuredClone(kept)] as const)
    return () => {
      for (const [kept, copy] of copies) {
        kept.clear()
        for (const [key, value] of copy) (kept as Map<unknown, unknown>).set(key, value)
      }
      this.#rooms.lose()
    }
  }

  liveClaims(now: number): Claim[] {
    return [...this.#claims.values()].filter(({ until }) => until > now)
  }

  get projections(): ReadonlyMap<string, SeatMap> {
    return this.#maps
  }

  // ── claims ──────────────────────────────────────────────────────────────────────────────────────────────

  async claim(request: ClaimRequest): Promise<ClaimOutcome> {
    const { showId, reservationId, commandId, fingerprint, userId, seatIds, admissionRequired, now } = request
    const known = this.#fingerprint(commandId, now)
    if (known !== null && known !== fingerprint) return { outcome: 'idempotency_mismatch' }
    const isFirst = known === null
    if (isFirst && admissionRequired && !this.#rooms.hasSession(showId, userId, now))
      return { outcome: 'not_admitted' }

    const refused = seatIds.flatMap((seatId) => this.#refusal(request, seatId))
    if (isFirst && refused.length > 0) {
      const until = Math.max(...refused.map((each) => each.until))
      const named = refused.map(({ seatId }) => seatId)
      return { outcome: 'taken', seatIds: named, until: Number.isFinite(until) ? until : null }
    }

    this.#fingerprints.set(commandId, { value: fingerprint, until: now + limits.fingerprintTtlMs })
    this.#claimedFor.set(reservationId, now + limits.queuedVisibleMs)
    for (const seatId of seatIds)
      if (!refused.some((each) => each.seatId === seatId))
        this.#claims.set(pair(showId, seatId), {
          showId,
          seatId,
          reservationId,
          until: now + limits.claimTtlMs,
        })
    return { outcome: 'claimed' }
  }

  async remember(commandId: string, fingerprint: string, now: number): Promise<boolean> {
    const known = this.#fingerprint(commandId, now)
    if (known !== null && known !== fingerprint) return false
    this.#fingerprints.set(commandId, { value: fingerprint, until: now + limits.fingerprintTtlMs })
    return true
  }

  async wasClaimed(reservationId: string, now: number): Promise<boolean> {
    return (this.#claimedFor.get(reservationId) ?? 0) > now
  }

  async release(showId: string, reservationIds: readonly string[]): Promise<void> {
    const ended = new Set(reservationIds)
    for (const [key, claim] of this.#claims)
      if (claim.showId === showId && ended.has(claim.reservationId)) this.#claims.delete(key)
  }

  async claimed(showId: string, now: number): Promise<ReadonlyMap<string, string>> {
    const live = this.liveClaims(now).filter((claim) => claim.showId === showId)
    return new Map(live.map(({ seatId, reservationId }) => [seatId, reservationId]))
  }

  #fingerprint(commandId: string, now: number): string | null {
    const kept = this.#fingerprints.get(commandId)
    return kept !== undefined && kept.until > now ? kept.value : null
  }

  #refusal(
    { showId, reservationId, now }: ClaimRequest,
    seatId: string,
  ): { seatId: string; until: number }[] {
    const taken = this.#maps.get(showId)?.taken.get(seatId)
    if (taken && taken.reservationId !== reservationId) return [{ seatId, until: Number.POSITIVE_INFINITY }]
    const claim = this.#claims.get(pair(showId, seatId))
    const isFree = claim === undefined || claim.until <= now || claim.reservationId === reservationId
    return isFree ? [] : [{ seatId, until: claim.until }]
  }

  // ── leases ──────────────────────────────────────────────────────────────────────────────────────────────

  readonly leases: Leases = {
    acquire: async (job, holder, ttlMs, now) => {
      const lease = this.#leases.get(job)
      if (lease !== undefined && lease.holder !== holder && lease.until > now) return false
      this.#leases.set(job, { holder, until: now + ttlMs })
      return true
    },
    release: async (job, holder) => {
      if (this.#leases.get(job)?.holder === holder) this.#leases.delete(job)
    },
  }

  // ── projection ──────────────────────────────────────────────────────────────────────────────────────────

  async read(showId: string): Promise<SeatMap | null> {
    const map = this.#maps.get(showId)
    return map ? { revision: map.revision, taken: new Map(map.taken) } : null
  }

  async apply(showId: string, from: number, to: number, changes: readonly SeatChange[]) {
    const map = this.#maps.get(showId)
    if (map && map.revision >= to) return 'stale'
    if (map?.revision !== from) {
      this.#maps.delete(showId)
      return 'gap'
    }
    map.revision = to
    for (const { seatId, taken } of changes) {
      if (taken === null) map.taken.delete(seatId)
      else map.taken.set(seatId, taken)
    }
    this.#tell(showId, { from, to, changes })
    return 'applied'
  }

  async replace(showId: string, { revision, taken }: SeatMap): Promise<void> {
    if ((this.#maps.get(showId)?.revision ?? 0) > revision) return
    this.#maps.set(showId, { revision, taken: new Map(taken) })
    this.#tell(showId, { from: revision, to: revision, changes: [] })
  }

  watch(showId: string, seen: Watcher): () => void {
    const watchers = this.#watchers.get(showId) ?? new Set()
    this.#watchers.set(showId, watchers.add(seen))
    return () => watchers.delete(seen)
  }

  /** Later than the change itself. */
  #tell(showId: string, change: Parameters<Watcher>[0]): void {
    for (const seen of this.#watchers.get(showId) ?? []) queueMicrotask(() => seen(change))
  }
}

const pair = (showId: string, id: string): string => `${showId}\n${id}`
