// Sessions follow what becomes of reservations: a hold prolongs its buyer's session to the hold's end, a payment ends it.
// It listens to announcements, which every server hears whoever decided; one that is missed leaves a session its own end.
import { itemsOf } from './announcement.ts'
import type { Announcement, AnnouncementFeed, Clock, Decisions, Log, Show } from './ports.ts'
import type { WaitingRoomLedger, WaitingRooms } from './waiting-room-ports.ts'

export interface SessionKeeperParts {
  readonly rooms: WaitingRooms
  readonly ledger: WaitingRoomLedger
  readonly shows: { find(showId: string): Promise<{ readonly show: Show } | null> }
  readonly decisions: Pick<Decisions, 'reservation'>
  readonly clock: Pick<Clock, 'now'>
  readonly log: Log
}

export class SessionKeeper {
  readonly #parts: SessionKeeperParts
  readonly #hearing = new Set<Promise<void>>()

  constructor(parts: SessionKeeperParts) {
    this.#parts = parts
  }

  /** Returns how to stop. */
  follow(feed: AnnouncementFeed): () => void {
    return feed.listen('reservation.*', (announcement) => this.#hear(announcement))
  }

  /** Once all that was heard has been followed. */
  async settled(): Promise<void> {
    await Promise.all(this.#hearing)
  }

  /** The user's session, if one runs, lasts until then at least. */
  async renew(showId: string, userId: string, until: number): Promise<void> {
    const { rooms, clock } = this.#parts
    await rooms.renew(showId, userId, until, clock.now())
  }

  /** Ends the session in which the user paid: one that began later stays, however late the payment is heard of. */
  async end(showId: string, userId: string, paidAt: number): Promise<void> {
    const { rooms, ledger, clock } = this.#parts
    const admission = await ledger.lastAdmission(showId, userId)
    if (admission === null || admission.admittedAt > paidAt) return
    const now = clock.now()
    await ledger.end(showId, admission.number, now)
    await rooms.end(showId, userId, admission.number, now)
  }

  #hear(announcement: Announcement): void {
    const following = this.#followUp(announcement)
      .catch((error) => this.#leave(error))
      .finally(() => this.#hearing.delete(following))
    this.#hearing.add(following)
  }

  async #followUp(announcement: Announcement): Promise<void> {
    const { topic, showId } = announcement
    if (!['reservation.held', 'reservation.extended', 'reservation.paid'].includes(topic)) return
    const found = await this.#parts.shows.find(showId)
    if (!found?.show.hasWaitingRoom) return
    for (const { subjectId, at } of itemsOf(announcement))
      await this.#follow(topic, showId, subjectId, at).catch((error) => this.#leave(error))
  }

  #leave(error: unknown): void {
    this.#parts.log.warn({ error }, 'a session did not follow; it ends by itself')
  }

  async #follow(topic: string, showId: string, subjectId: string, at: number): Promise<void> {
    const reservation = await this.#parts.decisions.reservation(subjectId)
    if (reservation === null) return
    const { userId, deadline } = reservation
    if (topic === 'reservation.paid') await this.end(showId, userId, at)
    else if (deadline !== null) await this.renew(showId, userId, deadline)
  }
}
