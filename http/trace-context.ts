// W3C trace context goes through: the trace that a request belongs to is named in its answer, whoever gives that.
import type { IncomingHttpHeaders } from 'node:http'

const form = /^[\da-f]{2}-[\da-f]{32}-[\da-f]{16}-[\da-f]{2}$/

/** Null where there is none, or something else by that name. */
export function traceparentOf({ traceparent }: IncomingHttpHeaders): string | null {
  return typeof traceparent === 'string' && form.test(traceparent) ? traceparent : null
}
