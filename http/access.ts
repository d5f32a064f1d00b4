// Who may do what. A route names its audience; who asks is found out before anything is counted or read, and who may
// not is turned away before the body is parsed.
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

/** Two hooks: this one belongs before the rate limit, which counts per user. */
export function identifyCallers(app: App, authenticator: Authenticator): void {
  app.decorateRequest('caller', null)
  app.addHook('onRequest', async (request) => {
    const { authorization } = request.headers
    if (authorization === undefined) return
    request.caller = await authenticator.authenticate(authorization).catch(nobody)
  })
}

const nobody = (error: unknown): null => {
  if (error instanceof HoldfastError && error.code === 'unauthorized') return null
  throw error
}

/** Runs after the rate limit and before the body is read. */
export function enforceAccess(app: App): void {
  app.addHook('onRoute', ({ url, config }) => {
    if (url.startsWith('/v1/') && config?.access === undefined)
      throw new Error(`the route ${url} does not say who may use it`)
  })
  app.addHook('preParsing', async (request) => {
    const { access = 'public' } = request.routeOptions.config
    if (access === 'public') return
    if (request.caller === null) throw new HoldfastError('unauthorized')
    if (!access.includes(request.caller.role)) throw new HoldfastError('forbidden')
  })
}

/** Of a route that is not public. */
export function callerOf(request: FastifyRequest): Caller {
  if (request.caller === null) throw new HoldfastError('unauthorized')
  return request.caller
}
