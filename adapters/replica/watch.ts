// Knows how the replica fares, once a second, so that no request finds out for itself. It is not asked how far behind it takes
// itself to be, which is wrong when it hears nothing from the master: the master says where it stands, and the replica is
// asked for that.
import { Transient } from '../../engine/failures.ts'
import { limits } from '../../engine/limits.ts'
import type { Clock, Log, ReplicaStatus } from '../../engine/ports.ts'
import { within } from '../../engine/within.ts'

export interface WatchParts {
  /** Of the master. */
  readonly commitPoint: () => Promise<string>
  readonly hasReached: (commitPoint: string, timeoutMs: number) => Promise<boolean>
  /** The latest time of the master that stands on the replica; null when there is none. */
  readonly newestHeartbeat: () => Promise<number | null>
  readonly clock: Clock
  readonly log: Log
}

export class ReplicaWatch {
  readonly #parts: WatchParts
  #status: ReplicaStatus = { state: 'down', lagMs: null }
  #asOf = 0
  #isKnown = false
  readonly #known = Promise.withResolvers<void>()
  #up = new AbortController()

  constructor(parts: WatchParts) {
    this.#parts = parts
    this.#up.abort()
  }

  /** Resolves with the first probe. */
  get known(): Promise<void> {
    return this.#known.promise
  }

  get status(): ReplicaStatus {
    return this.#status
  }

  /** What the replica shows is no older than this. */
  get asOf(): number {
    return this.#asOf
  }

  /** Aborts when the replica is up no longer. */
  get up(): AbortSignal {
    return this.#up.signal
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.look()
      await this.#parts.clock.sleep(limits.replicaProbeIntervalMs, signal)
    }
  }

  /** One probe, to its end: a replica that is silent is not asked again before it speaks or the connection is lost. */
  async look(): Promise<void> {
    const { clock } = this.#parts
    const done = new AbortController()
    const probe = this.#probe().then(
      (status) => this.#enter(status),
      (error) => this.distrust(error),
    )
    const late = clock.sleep(limits.replicaProbeTimeoutMs, done.signal).then(() => {
      if (!done.signal.aborted) this.distrust(new Transient('the replica says nothing'))
    })
    await probe
    done.abort(null)
    await late
  }

  /** It is down, until a probe shows that it is up again. */
  distrust(error: unknown): void {
    this.#enter({ state: 'down', lagMs: null }, error)
  }

  async #probe(): Promise<ReplicaStatus> {
    const { hasReached, newestHeartbeat, clock } = this.#parts
    const askedAt = clock.now()
    const commitPoint = await this.#commitPointOfMaster()
    if (commitPoint && (await hasReached(commitPoint, limits.replicaCatchUpMs)))
      return this.#shows(askedAt, clock.now() - askedAt)
    const newest = await newestHeartbeat()
    const asOf = Math.max(this.#asOf, newest ?? 0)
    // A master that is away writes nothing that a replica could be behind.
    return this.#shows(asOf, commitPoint === null ? null : clock.now() - asOf)
  }

  #shows(asOf: number, lagMs: number | null): ReplicaStatus {
    this.#asOf = asOf
    return { state: (lagMs ?? 0) > limits.replicaLagMaxMs ? 'lagging' : 'up', lagMs }
  }

  /** Null when the master does not say in time, which is no fault of the replica. */
  #commitPointOfMaster(): Promise<string | null> {
    const { commitPoint, clock } = this.#parts
    const asked = commitPoint().catch(() => null)
    return within(clock, limits.replicaProbeTimeoutMs / 2, asked, null)
  }

  #enter(status: ReplicaStatus, error?: unknown): void {
    const { log } = this.#parts
    const before = this.#status
    this.#status = status
    if (this.#isKnown && status.state === before.state) return
    this.#isKnown = true
    this.#known.resolve()
    const { lagMs } = status
    if (status.state === 'up') {
      this.#up = new AbortController()
      log.info({ lagMs }, 'look-ups go to the replica')
      return
    }
    this.#up.abort()
    const why = status.state === 'lagging' ? 'the replica is far behind' : 'the replica can not be used'
    log.warn({ lagMs, error }, `${why}: look-ups go to the master`)
  }
}
