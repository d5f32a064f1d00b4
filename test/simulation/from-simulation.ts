// The auditor's evidence from a simulation: the rows that its master has committed, what the fast store has, what the
// clients wrote down, and what was announced.
import { itemsOf } from '../../engine/announcement.ts'
import type { Announcement } from '../../engine/ports.ts'
import type { Evidence } from '../auditor/evidence.ts'
import type { Notes } from './notes.ts'
import type { Services } from './server.ts'

export function evidenceOf({ master, fastStore, heard }: Services, notes: Notes, now: number): Evidence {
  const { tables } = master
  const seats = [...tables.taken].flatMap(([showId, taken]) =>
    [...taken].map(([seatId, { status, reservationId }]) => ({ showId, seatId, status, reservationId })),
  )
  return {
    master: {
      journal: tables.journal,
      reservations: [...tables.reservations.values()],
      seats,
      shows: [...tables.shows.values()],
      accounts: [...tables.balances].map(([userId, balance]) => ({ userId, balance })),
      ledger: [...tables.ledger.values()],
      outbox: [...tables.outbox.values()].flatMap(announcedOf),
      partitions: [...tables.partitions].map(([partition, row]) => ({ partition, ...row })),
      parked: [...tables.parked.values()],
      commits: tables.commits,
      waitingRooms: [...master.catalogue.shows.values()].flatMap(({ id: showId, hasWaitingRoom }) =>
        hasWaitingRoom ? [{ showId, admissions: master.waitingRooms.admissions(showId) }] : [],
      ),
    },
    fastStore: {
      projections: [...fastStore.projections].map(([showId, { revision, taken }]) => ({
        showId,
        revision,
        seats: [...taken].map(([seatId, { status, reservationId }]) => ({ seatId, status, reservationId })),
      })),
      claims: fastStore.liveClaims(now),
    },
    clients: {
      requests: notes.requests,
      charges: notes.charges,
      places: notes.places,
      lookUps: notes.lookUps,
    },
    heard: heard.flatMap(announcedOf),
    now,
  }
}

const announcedOf = (announcement: Announcement) =>
  itemsOf(announcement).map(({ id }) => ({ id, topic: announcement.topic, showId: announcement.showId }))
