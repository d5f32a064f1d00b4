// Reading what one has just written. Answers to writes carry a Consistency-Token; a look-up that brings one shows
// everything that was committed by then, whether the replica is behind or not.
import type { FastifyRequest, FastifySchema } from 'fastify'
import { type TObject, Type } from 'typebox'
import { limits } from '../engine/limits.ts'
import type { LookUps } from '../engine/ports.ts'
import { within } from '../engine/within.ts'
import { ConsistencyTokens } from './consistency-token.ts'
import type { App, HttpParts } from './parts.ts'
import { applyPreference, isPreferred } from './preferences.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** It writes to the master itself, seldom enough to be always answered with a token. */
    isWrite?: boolean
  }
}

export const ConsistencyHeaders = Type.Object({
  'consistency-token': Type.Optional(
    Type.String({
      maxLength: 4_096,
      description: 'From the answer to a write: what was committed by then shows.',
    }),
  ),
})

type Parts = Pick<HttpParts, 'replica' | 'reservationIdKey' | 'clock' | 'log'>

/** Commands that were waited for are answered with a token when the client prefers it: reading it costs a query. */
export function giveConsistencyTokens(app: App, parts: Parts): void {
  const tokens = new ConsistencyTokens(parts.reservationIdKey)
  app.addHook('onSend', (request, reply, payload, done) => {
    const { method, routeOptions } = request
    const isDecided = method !== 'GET' && (reply.statusCode === 200 || reply.statusCode === 201)
    const isWanted =
      isDecided && takesPreferences(routeOptions.schema) && isPreferred(request.headers, 'consistency-token')
    if (!isDecided || !(routeOptions.config.isWrite || isWanted)) return done(null, payload)
    commitPointOf(parts).then((commitPoint) => {
      if (commitPoint !== '') {
        reply.header('Consistency-Token', tokens.sign(commitPoint))
        if (isWanted) applyPreference(reply, 'consistency-token')
      }
      done(null, payload)
    }, done)
  })
}

const takesPreferences = (schema: FastifySchema | undefined): boolean =>
  (schema?.headers as TObject | undefined)?.properties.prefer !== undefined

/** Empty when the master does not say in time: the write stands, and only the token is missing. */
async function commitPointOf({ replica, clock, log }: Parts): Promise<string> {
  try {
    return await within(clock, limits.consistencyWaitMs, replica.commitPoint(), '')
  } catch (error) {
    log.warn({ err: error }, 'a write is answered without a Consistency-Token')
    return ''
  }
}

/** Where this request is to look. */
export function lookUpsFor({
  replica,
  reservationIdKey,
}: Parts): (request: FastifyRequest) => Promise<LookUps> {
  const tokens = new ConsistencyTokens(reservationIdKey)
  return async ({ headers }) => {
    const token = headers['consistency-token']
    return replica.lookUps(token === undefined ? null : tokens.open(String(token)))
  }
}
