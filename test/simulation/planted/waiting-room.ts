// Planted: what the master keeps of a waiting room for the case that the fast store is lost.
import type { AdmissionRequest, Opening, WaitingRoomLedger } from '../../../engine/ports.ts'
import { asBuilt, type Design } from '../design.ts'
import type { RemoteMaster } from '../remote-master.ts'

const withLedger = (changed: (ledger: WaitingRoomLedger) => Partial<WaitingRoomLedger>): Design => ({
  ...asBuilt,
  seenMaster: (remote: RemoteMaster) => ({
    ...remote,
    waitingRooms: { ...remote.waitingRooms, ...changed(remote.waitingRooms) },
  }),
})

const opened =
  (change: (opening: Opening) => Partial<Opening>) =>
  (ledger: WaitingRoomLedger): Partial<WaitingRoomLedger> => ({
    open: async (...asked) => {
      const opening = await ledger.open(...asked)
      return { ...opening, ...change(opening) }
    },
  })

/** A store that has lost everything issues again what was issued. */
export const numberRangeReissued: Design = withLedger(
  opened(({ range, serving }) => ({ range: { from: serving + 1, through: range.through } })),
)

/** The floor under serving is not kept. */
export const servingBeginsAnew: Design = withLedger(opened(() => ({ serving: 0, sessions: [] })))

/** People are told to come in before the master knows of it. */
export const admissionNotWritten: Design = withLedger(() => ({
  admit: async ({ turns, issued, policy, now }: AdmissionRequest) =>
    turns.map(({ userId, number }) => ({
      number,
      userId,
      admittedAt: now,
      endsAt: now + policy.sessionTtlMs,
      issuedThrough: issued,
    })),
}))
