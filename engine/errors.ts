// The closed table of codes that a client can meet. `http/` alone gives them a status; docs/ERRORS.md lists them.

export const errorCodes = {
  seats_taken: {
    meaning: 'At least one of the seats belongs to somebody else, or no such group is free.',
    whatNext: 'Choose other seats; the answer names the taken ones and free seats near by.',
  },
  hold_expired: {
    meaning: 'The hold had run out when the command was accepted; nothing was charged.',
    whatNext: 'Reserve again under a new Idempotency-Key.',
  },
  invalid_state: {
    meaning: 'The reservation or show is in a state that does not allow this.',
    whatNext: 'Read its state and history, then decide.',
  },
  seat_limit: {
    meaning: 'The buyer would hold more seats of this show than the show allows.',
    whatNext: 'Ask for fewer seats, or give a hold back first.',
  },
  insufficient_balance: {
    meaning: 'The balance does not cover the amount; nothing was charged and the hold stands.',
    whatNext: 'Charge the balance, then pay under a new Idempotency-Key before the hold ends.',
  },
  extension_limit: {
    meaning: 'The hold was extended as often as the show allows.',
    whatNext: 'Pay or cancel before the hold ends.',
  },
  not_refundable: {
    meaning: "The show's refund rule does not allow a refund, or not any more.",
    whatNext: 'Ask the organiser, who can refund a reservation.',
  },
  request_expired: {
    meaning: 'The request waited in the queue for longer than anybody waits for an answer; nothing was held.',
    whatNext: 'Reserve again under a new Idempotency-Key.',
  },
  parked: {
    meaning: 'The command could not be decided and was set aside with its reason; nothing was changed.',
    whatNext: 'Try again under a new Idempotency-Key; an administrator sees the parked command.',
  },
  not_overdue: {
    meaning: 'The hold has not run out yet.',
    whatNext: 'Nothing: the engine looks again when its time has come.',
  },
  not_admitted: {
    meaning: 'The show has a waiting room and the buyer has no running session in it.',
    whatNext: 'Join the waiting room and come back with the Queue-Token once admitted.',
  },
  show_not_on_sale: {
    meaning: 'The sale of this show has not opened, is paused, or is over.',
    whatNext: 'Look at the show for its times, and come back.',
  },
  not_found: {
    meaning: 'There is no such thing, or it is not yours.',
    whatNext: 'Check the id, or the address: the contract is at /docs.',
  },
  idempotency_mismatch: {
    meaning: 'The Idempotency-Key was used before with another body.',
    whatNext: 'Use a new key for a new request; repeat a request with exactly its first body.',
  },
  idempotency_key_required: {
    meaning: 'The Idempotency-Key header is missing or malformed.',
    whatNext:
      'Send 1 to 255 bytes of your own choice without control characters, new for each new request; they are compared exactly, but for blanks at either end, which HTTP drops.',
  },
  invalid_request: {
    meaning: 'The request does not follow the contract.',
    whatNext: 'Correct what the answer names; the contract is at /docs.',
  },
  unauthorized: {
    meaning: 'The bearer token is missing, expired or not valid here.',
    whatNext: 'Log in again and send Authorization: Bearer <token>.',
  },
  forbidden: {
    meaning: 'Your role does not allow this.',
    whatNext: 'Use an account with the role that the contract names for this route.',
  },
  queue_token_invalid: {
    meaning:
      'The Queue-Token is missing, altered, expired, or was given to another user or for another show.',
    whatNext: "Join the show's waiting room again; the place of a token that is still valid is kept.",
  },
  no_waiting_room: { meaning: 'This show has no waiting room.', whatNext: 'Reserve without a Queue-Token.' },
  already_exists: {
    meaning: 'Something with this id exists already and differs.',
    whatNext: 'Choose another id.',
  },
  payload_too_large: { meaning: 'The body is larger than the limit.', whatNext: 'Send less at once.' },
  headers_too_large: { meaning: 'The headers are larger than the limit.', whatNext: 'Send fewer headers.' },
  unsupported_media_type: {
    meaning: 'The body is not JSON.',
    whatNext: 'Send Content-Type: application/json.',
  },
  expectation_failed: {
    meaning: 'The Expect header asks for something else than 100-continue.',
    whatNext: 'Send the request without it.',
  },
  request_timeout: {
    meaning: 'The request did not arrive whole within the time limit.',
    whatNext: 'Send it again under the same Idempotency-Key.',
  },
  too_many_requests: {
    meaning: 'More requests or streams than one user may have.',
    whatNext: 'Wait for the time in Retry-After.',
  },
  overloaded: {
    meaning: 'The server takes no more work at the moment.',
    whatNext:
      'Repeat with the same Idempotency-Key after Retry-After; `mayHaveBeenAccepted` says what is known.',
  },
  unavailable: {
    meaning: 'A service that is needed does not answer.',
    whatNext:
      'Repeat with the same Idempotency-Key after Retry-After; `mayHaveBeenAccepted` says what is known.',
  },
  internal: {
    meaning: 'A fault of the server.',
    whatNext: 'Report the request id; repeating with the same Idempotency-Key is safe.',
  },
} as const satisfies Record<string, { meaning: string; whatNext: string }>

export type ErrorCode = keyof typeof errorCodes

export const isErrorCode = (code: string): code is ErrorCode => Object.hasOwn(errorCodes, code)

/** An answer that says no. `details` go into the problem document beside the code. */
export class HoldfastError extends Error {
  override readonly name = 'HoldfastError'
  readonly code: ErrorCode
  readonly details: Readonly<Record<string, unknown>>

  constructor(code: ErrorCode, message?: string, details: Record<string, unknown> = {}) {
    // An answer, not a fault: a stack would cost a crowd that is turned away more than all else.
    const { stackTraceLimit } = Error
    if (code !== 'internal') Error.stackTraceLimit = 0
    super(message ?? errorCodes[code].meaning)
    Error.stackTraceLimit = stackTraceLimit
    this.code = code
    this.details = details
  }
}
