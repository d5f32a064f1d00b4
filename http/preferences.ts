// RFC 7240: what a client would like, and what of it was done. What is not understood is ignored.
import type { FastifyReply, FastifyRequest } from 'fastify'
import { limits } from '../engine/limits.ts'

/** How long the client waits for a decision, in ms; the longest wait is ours. */
export function waitMsOf({ headers }: Pick<FastifyRequest, 'headers'>): number {
  const [, seconds] =
    /(?:^|,)\s*wait\s*=\s*"?(\d{1,6})"?\s*(?:[,;]|$)/i.exec(String(headers.prefer ?? '')) ?? []
  return seconds === undefined ? 0 : Math.min(Number(seconds) * 1_000, limits.waitMaxMs)
}

export const isPreferred = ({ headers }: Pick<FastifyRequest, 'headers'>, name: string): boolean =>
  String(headers.prefer ?? '')
    .split(',')
    .some((preference) => preference.trim().toLowerCase() === name)

export function applyPreference(reply: FastifyReply, preference: string): void {
  const applied = reply.getHeader('Preference-Applied')
  reply.header('Preference-Applied', applied === undefined ? preference : `${applied}, ${preference}`)
}
