// RFC 7240: what a client would like, and what of it was done. What is not understood is ignored.
import type { IncomingHttpHeaders } from 'node:http'
import type { FastifyReply } from 'fastify'
import { limits } from '../engine/limits.ts'

/** How long the client waits for a decision, in ms; the longest wait is ours. */
export function waitMsOf(headers: IncomingHttpHeaders): number {
  const [, seconds] =
    /(?:^|,)\s*wait\s*=\s*"?(\d{1,6})"?\s*(?:[,;]|$)/i.exec(String(headers.prefer ?? '')) ?? []
  return seconds === undefined ? 0 : Math.min(Number(seconds) * 1_000, limits.waitMaxMs)
}

export const isPreferred = (headers: IncomingHttpHeaders, name: string): boolean =>
  String(headers.prefer ?? '')
    .split(',')
    .some((preference) => preference.trim().toLowerCase() === name)

export const preferenceApplied = 'Preference-Applied'

export function applyPreference(reply: FastifyReply, preference: string): void {
  const applied = reply.getHeader(preferenceApplied)
  reply.header(preferenceApplied, applied === undefined ? preference : `${applied}, ${preference}`)
}
