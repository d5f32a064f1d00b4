// Who may do what. A route names its audience; who asks is found out before anything is counted or read, and who may
// not is turned away before the body is parsed.
import type { IncomingMessage } from 'node:http'
import type { FastifyRequest } from 'fastify'
import { HoldfastError } from '../engine/errors.ts'
import type { Authenticator, Caller, Role } from './auth.ts'
import type { App } from './parts.ts'

export type Access = 'public' | readonly [Role, ...Role[]]

declare module 'fastify' {
  interface FastifyRequest {
    /** Null for nobody in particular, and on a token that does not hold. */
    caller: Caller | null
  }
  interface FastifyContextConfig {
    /** Every route under /v1 must say it. */
    access?: Access
  }
}

/** Null for nobody in particular, and on a token that does not hold, which is looked at once for each request. */
export type IdentifyCaller = (request: IncomingMessage) => Caller | null

/** Two hooks: this one belongs before the rate limit, which counts per user. */
export function identifyCallers(app: App, authenticator: Authenticator): IdentifyCaller {
  const nobodies = new WeakSet<IncomingMessage>()
  const identify = (request: IncomingMessage) => {
    const { authorization } = request.headers
    if (authorization === undefined || nobodies.has(request)) return null
    const caller = callerOrNobody(authenticator, authorization)
    if (caller === null) nobodies.add(request)
    return caller
  }
  app.decorateRequest('caller', null)
  app.addHook('onRequest', (request, _reply, done) => {
    request.caller = identify(request.raw)
    done()
  })
  return identify
}

function callerOrNobody(authenticator: Authenticator, authorization: string): Caller | null {
  try {
    return authenticator.authenticate(authorization)
  } catch (error) {
    if (error instanceof HoldfastError && error.code === 'unauthorized') return null
    throw error
  }
}

/** Runs after the rate limit and before the body is read. */
export function enforceAccess(app: App): void {
  app.addHook('onRoute', ({ url, config }) => {
    if (url.startsWith('/v1/') && config?.access === undefined)
      throw new Error(`the route ${url} does not say who may use it`)
  })
  app.addHook('preParsing', (request, _reply, payload, done) => {
    const { access = 'public' } = request.routeOptions.config
    if (access === 'public') return done(null, payload)
    if (request.caller === null) return done(new HoldfastError('unauthorized'))
    const { role } = request.caller
    if (!access.includes(role))
      return done(new HoldfastError('forbidden', `This is for ${access.join(' or ')}, not for ${role}.`))
    done(null, payload)
  })
}

/** Of a route that is not public. */
export function callerOf(request: FastifyRequest): Caller {
  if (request.caller === null) throw new HoldfastError('unauthorized')
  return request.caller
}
