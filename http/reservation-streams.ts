// Who follows a reservation is sent it whenever it changes: when something is announced about it, and at every heartbeat
// anyway, since an announcement may be missed. What is sent is read from the master.
import { itemsOf } from '../engine/announcement.ts'
import type { Announcement, AnnouncementFeed, Log } from '../engine/ports.ts'
import type { EventStream } from './event-streams.ts'
import type { Reservation } from './representations.ts'

export class ReservationStreams {
  readonly #followers = new Map<string, Set<() => void>>()
  readonly #log: Log

  constructor(announcements: AnnouncementFeed, log: Log) {
    this.#log = log
    announcements.listen('reservation.*', (announcement) => this.#tell(announcement))
  }

  /** Sends it as it stands, and again each time that it reads otherwise; a failure ends the stream. */
  follow(reservationId: string, stream: EventStream, read: () => Promise<Reservation>): void {
    let sent = ''
    const refresh = coalesced(async () => {
      const reservation = await read()
      const text = JSON.stringify(reservation)
      if (text === sent) return
      sent = text
      stream.send({ event: 'reservation', data: reservation })
    })
    const changed = () => {
      refresh().catch((error) => {
        this.#log.warn({ err: error }, 'a reservation could not be read for its stream')
        stream.end()
      })
    }
    const followers = this.#followers.get(reservationId) ?? new Set()
    this.#followers.set(reservationId, followers.add(changed))
    stream.onBeat(changed)
    stream.onEnd(() => {
      followers.delete(changed)
      if (followers.size === 0) this.#followers.delete(reservationId)
    })
    changed()
  }

  #tell(announcement: Announcement): void {
    if (this.#followers.size === 0) return
    for (const { subjectId } of itemsOf(announcement))
      for (const changed of this.#followers.get(subjectId) ?? []) changed()
  }
}

/** One run at a time; what is asked for during a run is done by one more. */
function coalesced(work: () => Promise<void>): () => Promise<void> {
  let isRunning = false
  let isAsked = false
  return async () => {
    isAsked = true
    if (isRunning) return
    isRunning = true
    try {
      while (isAsked) {
        isAsked = false
        await work()
      }
    } finally {
      isRunning = false
    }
  }
}
