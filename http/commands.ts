// What all commands have in common on the wire: the key, the wait, and an answer that is either a receipt or the decision.
import type { IncomingHttpHeaders } from 'node:http'
import type { FastifyReply } from 'fastify'
import { type Static, Type } from 'typebox'
import { HoldfastError } from '../engine/errors.ts'
import type { Accepted, Ask } from '../engine/intake.ts'
import type { Answer } from '../engine/ports.ts'
import { saleWords } from '../engine/sale.ts'
import type { Caller } from './auth.ts'
import { preferenceApplied, waitMsOf } from './preferences.ts'
import { Named } from './schemas.ts'

/** The broker has it, it will be decided in order, and the decision will stand at the reservation. */
export const Receipt = Named(
  'Receipt',
  { id: Type.String(), commandId: Type.String(), state: Type.Literal('queued') },
  {
    description:
      'Accepted: it will be decided in order. The decision will stand at the reservation as `lastCommand`.',
  },
)

export type Receipt = Static<typeof Receipt>

/** Of headers that are valid. */
export const askOf = ({ userId }: Caller, headers: IncomingHttpHeaders): Ask => ({
  userId,
  idempotencyKey: String(headers['idempotency-key']),
  waitMs: waitMsOf(headers),
})

/** Sets a header of the answer, whatever the answer will be. */
export type SetHeader = (name: string, value: string) => void

export const headerOf =
  (reply: FastifyReply): SetHeader =>
  (name, value) =>
    void reply.header(name, value)

export interface Decided<Body> {
  readonly status: 200 | 201
  /** The body for an accepted decision. */
  readonly show: (answer: Answer) => Body | Promise<Body>
}

interface Decision<Body> {
  readonly status: 200 | 201 | 202
  readonly body: Body | Receipt
}

export function sendDecision<Body>(reply: FastifyReply, { status, body }: Decision<Body>): Body | Receipt {
  reply.code(status)
  return body
}

/**
 * A receipt, with 202, where nobody waited or nothing was decided in time.
 * @throws {HoldfastError} with the code of a refusal
 */
export async function answerCommand<Body extends object>(
  header: SetHeader,
  { waitMs }: Pick<Ask, 'waitMs'>,
  { subjectId, commandId, answer }: Accepted,
  { status, show }: Decided<Body>,
): Promise<Decision<Body>> {
  if (waitMs > 0) header(preferenceApplied, `wait=${waitMs / 1_000}`)
  if (answer === null) return { status: 202, body: { id: subjectId, commandId, state: 'queued' } }
  if (answer.outcome === 'accepted') return { status, body: await show(answer) }
  const { code, details, state } = answer
  throw new HoldfastError(code ?? 'internal', detailOf(answer), {
    ...details,
    id: subjectId,
    commandId,
    state,
  })
}

/** Undefined where there is no more to say than its code does. */
function detailOf({ details: { seatLimit, seatsOfBuyer, seatsRequested, sectionUnknown, sale } }: Answer) {
  if (sale !== undefined) return saleWords[sale as keyof typeof saleWords]
  if (seatLimit !== undefined)
    return `The show allows a buyer ${seatLimit} seats; you have ${seatsOfBuyer} and asked for ${seatsRequested} more.`
  return sectionUnknown === undefined ? undefined : 'The plan of this show has no such section.'
}
