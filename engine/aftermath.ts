// What only saves time, after the commit: answers, the seat projection, claims that are no longer needed, and a
// nudge for the relay. Any of it may be lost; the journal, the master and the sweep make up for it.
import type { SeatMove } from './books.ts'
import type { Handled } from './handle.ts'
import type { Answer, Answers, Claims, Decisions, Log, SeatProjection } from './ports.ts'
import type { Stopwatch } from './stages.ts'

export interface AftermathParts {
  readonly answers: Pick<Answers, 'send'>
  readonly claims: Pick<Claims, 'release'>
  readonly decisions: Pick<Decisions, 'seatMap'>
  readonly projection: Pick<SeatProjection, 'apply' | 'replace'>
  readonly relay: { nudge(partition: number): void }
  readonly sweep: { wake(partition: number): void }
  readonly log: Log
  readonly stopwatch: Stopwatch
}

export class Aftermath {
  readonly #parts: AftermathParts
  /** Per partition, so that a later batch's projection is never set before an earlier one's. */
  readonly #following = new Map<number, Promise<void>>()

  constructor(parts: AftermathParts) {
    this.#parts = parts
  }

  /** Returns at once; `settled` tells when all of it is done. */
  follow(partition: number, handled: readonly Handled[]): void {
    const committedAt = this.#parts.stopwatch.now()
    const before = this.#following.get(partition) ?? Promise.resolve()
    const after = before.then(async () => {
      for (const each of handled) await this.#carryOut(partition, each, committedAt)
    })
    this.#following.set(partition, after)
  }

  async settled(): Promise<void> {
    await Promise.all(this.#following.values())
  }

  async #carryOut(partition: number, handled: Handled, committedAt: number): Promise<void> {
    const { relay, sweep, projection, claims, stopwatch } = this.#parts
    await this.#attempt('answers', () => this.#answer(handled))
    if (handled.answers.length > 0) stopwatch.took('answer', stopwatch.now() - committedAt)
    for (const move of handled.seatMoves)
      await this.#attempt('projection', () => this.#project(projection, move))
    for (const [showId, reservationIds] of reserved(handled))
      await this.#attempt('claims', () => claims.release(showId, reservationIds))
    if (handled.entries.length > 0) relay.nudge(partition)
    if (handled.hasMoreOverdue) sweep.wake(partition)
  }

  async #answer({ answers }: Handled): Promise<void> {
    const perServer = new Map<string, Answer[]>()
    for (const { replyTo, answer } of answers) {
      const ofServer = perServer.get(replyTo)
      if (ofServer) ofServer.push(answer)
      else perServer.set(replyTo, [answer])
    }
    for (const [server, ofServer] of perServer) await this.#parts.answers.send(server, ofServer)
  }

  async #project(
    projection: AftermathParts['projection'],
    { showId, from, to, changes }: SeatMove,
  ): Promise<void> {
    if ((await projection.apply(showId, from, to, changes)) !== 'gap') return
    const map = await this.#parts.decisions.seatMap(showId)
    if (map) await projection.replace(showId, map)
  }

  async #attempt(what: string, work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      this.#parts.log.warn({ what, error }, 'left undone after a commit; it will be made up for')
    }
  }
}

/** Repeats among them: at the door each has claimed anew what is free by then. */
function reserved({ entries, repeated }: Handled): Map<string, string[]> {
  const perShow = new Map<string, string[]>()
  for (const { event, showId, subjectId } of [...entries, ...repeated]) {
    if (event.type !== 'reserve') continue
    const ofShow = perShow.get(showId)
    if (ofShow) ofShow.push(subjectId)
    else perShow.set(showId, [subjectId])
  }
  return perShow
}
