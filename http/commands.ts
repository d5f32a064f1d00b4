// What all commands have in common on the wire: the key, the wait, and an answer that is either a receipt or the decision.
import type { FastifyReply, FastifyRequest } from 'fastify'
import { type Static, Type } from 'typebox'
import { HoldfastError } from '../engine/errors.ts'
import type { Accepted, Ask } from '../engine/intake.ts'
import type { Answer } from '../engine/ports.ts'
import { callerOf } from './access.ts'
import { applyPreference, waitMsOf } from './preferences.ts'

/** The broker has it, it will be decided in order, and the decision will stand at the reservation. */
export const Receipt = Type.Object(
  { id: Type.String(), commandId: Type.String(), state: Type.Literal('queued') },
  {
    description:
      'Accepted: it will be decided in order. The decision will stand at the subject as `lastCommand`.',
  },
)

export type Receipt = Static<typeof Receipt>

export function askOf(request: FastifyRequest): Ask {
  const { headers } = request
  return {
    userId: callerOf(request).userId,
    idempotencyKey: String(headers['idempotency-key']),
    waitMs: waitMsOf(request),
  }
}

export interface Decided<Body> {
  readonly status: 200 | 201
  /** The body for an accepted decision. */
  readonly show: (answer: Answer) => Body | Promise<Body>
}

/**
 * The body of the answer: a receipt, with 202, where nobody waited or nothing was decided in time.
 * @throws {HoldfastError} with the code of a refusal
 */
export async function answerCommand<Body>(
  reply: FastifyReply,
  { waitMs }: Pick<Ask, 'waitMs'>,
  { subjectId, commandId, answer }: Accepted,
  { status, show }: Decided<Body>,
): Promise<Body | Receipt> {
  if (waitMs > 0) applyPreference(reply, `wait=${waitMs / 1_000}`)
  reply.code(answer === null ? 202 : status)
  if (answer === null) return { id: subjectId, commandId, state: 'queued' }
  if (answer.outcome === 'accepted') return show(answer)
  const { code, details, state } = answer
  throw new HoldfastError(code ?? 'internal', undefined, { ...details, id: subjectId, commandId, state })
}
