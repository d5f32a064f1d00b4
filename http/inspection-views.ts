// How single subjects, their steps, and what is overdue look to a developer.
import { type Static, Type } from 'typebox'
import { readCommand } from '../engine/command.ts'
import type { Found, Overdue } from '../engine/inspect.ts'
import type { JournalEntry } from '../engine/journal.ts'
import type { ParkedCommand, ReservationRow } from '../engine/ports.ts'
import { branchFinder, type Chart } from '../machines/chart.ts'
import type { ReservationContext } from '../machines/reservation.ts'
import { Count, Named, Nullable, rfc3339, rfc3339OrNull, Time } from './schemas.ts'

export const Subject = Named('Subject', {
  id: Type.String(),
  showId: Type.String(),
  userId: Type.String(),
  state: Nullable(Type.String()),
  seats: Type.Array(Type.String()),
  deadline: Nullable(Time),
  createdAt: Nullable(Time),
  updatedAt: Time,
  decisions: Nullable(Count),
})

const Anything = Type.Unsafe<Record<string, unknown>>({ type: 'object', additionalProperties: true })

export const Step = Named('DecisionStep', {
  /** Null for what was asked of a subject that never was. */
  seq: Nullable(Count),
  position: Count,
  at: Time,
  acceptedAt: Time,
  commandId: Type.String(),
  userId: Type.String(),
  event: Type.String(),
  outcome: Type.Enum(['accepted', 'refused', 'parked']),
  code: Nullable(Type.String()),
  from: Type.String(),
  to: Type.String(),
  /** The place of the branch in the chart; null where this version of the machine has none. */
  branch: Nullable(Type.Integer()),
  machine: Type.String(),
  facts: Anything,
  verdicts: Type.Array(Type.Object({ rule: Type.String(), holds: Type.Boolean() })),
  effects: Type.Array(Type.Object({ type: Type.String(), params: Anything })),
  partition: Count,
  epoch: Count,
  delivery: Count,
  /** The parked command that this one sent again. */
  redriveOf: Nullable(Type.String()),
})

export const FoundView = Named('FoundSubject', {
  subject: Subject,
  at: Time,
  position: Count,
  event: Type.String(),
  code: Nullable(Type.String()),
  from: Nullable(Type.String()),
  to: Nullable(Type.String()),
})

export const OverdueView = Named('Overdue', {
  pastDeadline: Type.Array(Subject),
  waitingLong: Type.Array(Subject),
  parked: Type.Array(
    Type.Object({
      id: Type.String(),
      at: Time,
      reason: Type.String(),
      showId: Nullable(Type.String()),
      /** Null where what was parked is no command. */
      subjectId: Nullable(Type.String()),
    }),
  ),
  redriven: Type.Array(
    Type.Object({ id: Type.String(), at: Time, subjectId: Type.String(), redriveOf: Type.String() }),
  ),
  asOf: Time,
})

/** @param last the last decision about it */
export function showSubject(
  { subjectId: id, showId, userId, to, decidedAt, seq }: JournalEntry,
  reservation: ReservationRow | null,
): Static<typeof Subject> {
  if (reservation !== null) return showRow(reservation)
  return {
    id,
    showId,
    userId,
    state: to,
    seats: [],
    deadline: null,
    createdAt: null,
    updatedAt: rfc3339(decidedAt),
    decisions: seq,
  }
}

function showRow(row: ReservationRow): Static<typeof Subject> {
  const { id, showId, userId, state, seq: decisions } = row
  const { seats = [] } = JSON.parse(row.context) as Partial<ReservationContext>
  return {
    id,
    showId,
    userId,
    state,
    decisions,
    seats: seats.map((seat) => seat.id),
    deadline: rfc3339OrNull(row.deadline),
    createdAt: rfc3339(row.createdAt),
    updatedAt: rfc3339(row.updatedAt),
  }
}

export const showFound = ({ entry, reservation }: Found): Static<typeof FoundView> => ({
  subject: showSubject(entry, reservation),
  at: rfc3339(entry.decidedAt),
  position: entry.position,
  event: entry.event.type,
  code: entry.code,
  from: entry.from,
  to: entry.to,
})

export function showStep(chart: Chart, entry: JournalEntry): Static<typeof Step> {
  const { type, ...facts } = entry.event
  const from = entry.from ?? chart.initial
  const branch = branchFinder(chart)(from, type, entry.verdicts)
  const { seq, position, commandId, userId, outcome, code, machine, partition, epoch, delivery } = entry
  return {
    seq,
    position,
    commandId,
    userId,
    outcome,
    code,
    machine,
    partition,
    epoch,
    delivery,
    facts,
    from,
    at: rfc3339(entry.decidedAt),
    acceptedAt: rfc3339(entry.acceptedAt),
    event: type,
    to: entry.to ?? from,
    branch: branch < 0 ? null : branch,
    verdicts: Object.entries(entry.verdicts).map(([rule, holds]) => ({ rule, holds })),
    effects: entry.effects.map(({ type: effect, params }) => ({ type: effect, params: { ...params } })),
    redriveOf: entry.redriveOf ?? null,
  }
}

export const showOverdue = (
  { pastDeadline, waitingLong, parked, redriven }: Overdue,
  asOf: number,
): Static<typeof OverdueView> => ({
  pastDeadline: pastDeadline.map(showRow),
  waitingLong: waitingLong.map(showRow),
  parked: parked.map(showParked),
  redriven: redriven.map(({ commandId: id, decidedAt, subjectId, redriveOf = '' }) => ({
    id,
    at: rfc3339(decidedAt),
    subjectId,
    redriveOf,
  })),
  asOf: rfc3339(asOf),
})

const showParked = ({ id, at, reason, showId, body }: ParkedCommand) => ({
  id,
  at: rfc3339(at),
  reason,
  showId,
  subjectId: readCommand(body)?.subjectId ?? null,
})
