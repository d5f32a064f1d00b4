// A recorded journal as what the engine was given: commands as they came through the queue, and wake-ups.
import type { Command } from '../engine/command.ts'
import type { Item } from '../engine/handle.ts'
import type { JournalEntry } from '../engine/journal.ts'
import type { PricedSeat } from '../machines/reservation.ts'

/** The item that the entry was the decision about. */
export function itemOf(entry: JournalEntry): Item {
  const { event, delivery, acceptedAt, subjectId } = entry
  if (event.type === 'expire') return { kind: 'wake', delivery, until: acceptedAt, only: subjectId }
  const command = commandOf(entry)
  if (event.type === 'park') return { kind: 'park', delivery, command, reason: String(event.reason) }
  return { kind: 'command', delivery, command }
}

function commandOf(entry: JournalEntry): Command {
  const { commandId: id, showId, subjectId, userId, fingerprint, acceptedAt, event } = entry
  const { redriveOf, redriveBy, redriveReason } = entry
  const common = {
    id,
    showId,
    subjectId,
    userId,
    fingerprint,
    acceptedAt,
    ...(redriveOf === undefined ? {} : { redriveOf }),
    ...(redriveBy === undefined ? {} : { redriveBy }),
    ...(redriveReason === undefined ? {} : { redriveReason }),
  }
  // Of what was parked nothing is decided but that it ends here; whether it made a reservation its entry says.
  if (event.type === 'park')
    return entry.bestAvailable || (entry.from === 'queued' && entry.seq === 1)
      ? {
          ...common,
          type: 'reserve',
          ...(entry.bestAvailable ? { bestAvailable: { ...entry.bestAvailable } } : { seatIds: [] }),
        }
      : { ...common, type: 'pay' }
  if (event.type !== 'reserve') return { ...common, type: event.type } as Command
  return { ...common, type: 'reserve', ...wishOf(entry) } as Command
}

/** Of named seats every one is a fact: free, taken or unknown. */
function wishOf({ event, bestAvailable }: JournalEntry): object {
  if (bestAvailable !== undefined) return { bestAvailable }
  const free = (event.seats as readonly PricedSeat[]).map(({ id }) => id)
  return {
    seatIds: [
      ...free,
      ...(event.seatsTaken as readonly string[]),
      ...(event.seatsUnknown as readonly string[]),
    ],
  }
}

export const claimsSeenBy = ({ event }: JournalEntry): readonly string[] =>
  (event.seatsClaimed as readonly string[] | undefined) ?? []
