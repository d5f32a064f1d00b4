// From whatever went wrong to the answer that says so: an RFC 9457 problem document with a code of the closed table.
// The only place that knows which status a code has.
import { type ErrorCode, errorCodes, HoldfastError } from '../engine/errors.ts'
import { Transient } from '../engine/failures.ts'

export const statusOf = {
  seats_taken: 409,
  hold_expired: 409,
  invalid_state: 409,
  seat_limit: 409,
  insufficient_balance: 402,
  extension_limit: 409,
  not_refundable: 409,
  request_expired: 409,
  parked: 500,
  not_overdue: 409,
  not_admitted: 403,
  show_not_on_sale: 403,
  not_found: 404,
  idempotency_mismatch: 422,
  idempotency_key_required: 400,
  invalid_request: 400,
  unauthorized: 401,
  forbidden: 403,
  queue_token_invalid: 403,
  no_waiting_room: 404,
  already_exists: 409,
  payload_too_large: 413,
  headers_too_large: 431,
  unsupported_media_type: 415,
  expectation_failed: 417,
  request_timeout: 408,
  too_many_requests: 429,
  overloaded: 503,
  unavailable: 503,
  internal: 500,
} as const satisfies Record<ErrorCode, number>

/** Seconds until a repeat makes sense, where nothing closer is known. */
const retryAfterS: Partial<Record<ErrorCode, number>> = {
  too_many_requests: 60,
  overloaded: 1,
  unavailable: 2,
}

export const problemType = 'application/problem+json'
/** As Fastify writes the type of every JSON. */
export const problemContentType = `${problemType}; charset=utf-8`

export interface Problem {
  readonly code: ErrorCode
  readonly status: number
  readonly retryAfterS: number | null
  readonly body: Readonly<Record<string, unknown>>
}

/**
 * @param isCommand whether the request may have changed something before it failed
 */
export function problemOf(error: unknown, requestId: string, isCommand: boolean): Problem {
  const { code, message, details } = asHoldfastError(error, isCommand)
  const { retryAfterS: wait = retryAfterS[code] ?? null, ...members } = details
  return {
    code,
    status: statusOf[code],
    retryAfterS: wait === null ? null : Number(wait),
    body: {
      type: `urn:holdfast:problem:${code}`,
      title: errorCodes[code].meaning,
      status: statusOf[code],
      code,
      detail: message,
      whatNext: errorCodes[code].whatNext,
      requestId,
      ...members,
    },
  }
}

/** A failure that nobody foresaw may have come before or after the command was published. */
function asHoldfastError(error: unknown, isCommand: boolean): HoldfastError {
  const unknown = isCommand ? { mayHaveBeenAccepted: true } : {}
  if (error instanceof HoldfastError) {
    const isOutage = error.code === 'unavailable' || error.code === 'overloaded'
    return isOutage ? new HoldfastError(error.code, error.message, { ...unknown, ...error.details }) : error
  }
  if (error instanceof Transient) return new HoldfastError('unavailable', undefined, unknown)
  return ofFastify(error as FastifyFailure) ?? new HoldfastError('internal', undefined, unknown)
}

/** What the errors of Fastify and its plugins carry; see its docs/Reference/Errors.md. */
interface FastifyFailure {
  readonly code?: string
  readonly statusCode?: number
  readonly message?: string
  readonly validation?: readonly (Fault & { readonly instancePath: string })[]
  readonly validationContext?: string
}

interface Fault {
  readonly message?: string
  readonly params?: Readonly<Record<string, unknown>>
}

/** Of a file outside of those that are given out, of nothing at all, too long. */
const addressFaults = new Set([403, 404, 414])

function ofFastify(error: FastifyFailure): HoldfastError | null {
  if (error.validation) return ofValidation(error)
  if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE') return new HoldfastError('payload_too_large')
  if (error.code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return new HoldfastError('unsupported_media_type')
  const { statusCode = 500 } = error
  if (addressFaults.has(statusCode)) return new HoldfastError('not_found')
  const isOfClient = 400 <= statusCode && statusCode < 500
  return isOfClient ? new HoldfastError('invalid_request', sentence(error.message)) : null
}

/**
 * Names the place and the rule, never the value: what was sent may be a secret or markup. Of what may be null, too, the rule is
 * told that it breaks as something else.
 */
function ofValidation({ validation = [], validationContext = 'request' }: FastifyFailure): HoldfastError {
  const fault = validation.find(({ params }) => params?.type !== 'null') ?? validation[0]
  const member = String(fault?.params?.missingProperty ?? '')
  const path = `${validationContext}${fault?.instancePath.replaceAll('/', '.') ?? ''}`
  if (validationContext === 'headers' && (member || path).endsWith('idempotency-key'))
    return new HoldfastError('idempotency_key_required')
  return new HoldfastError('invalid_request', sentence(`${path} ${ruleOf(fault)}`))
}

function ruleOf({ message, params = {} }: Fault = {}): string {
  const { additionalProperty, allowedValues } = params
  if (additionalProperty !== undefined) return `must not have '${printable(String(additionalProperty))}'`
  if (Array.isArray(allowedValues)) return `must be one of ${allowedValues.join(', ')}`
  return message ?? 'does not follow the contract'
}

const sentence = (text = ''): string => (text === '' || text.endsWith('.') ? text : `${text}.`)

const printable = (text: string): string => text.replaceAll(/[^ -~]/g, '?').slice(0, 64)
