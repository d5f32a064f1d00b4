// Builds the HTTP interface from its parts, ready to listen or to be injected into; it never listens itself.
import { randomUUID } from 'node:crypto'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import fastify, { type FastifyReply, type FastifyRequest, LogController } from 'fastify'
import { HoldfastError } from '../engine/errors.ts'
import { limits } from '../engine/limits.ts'
import { enforceAccess, identifyCallers } from './access.ts'
import { giveConsistencyTokens } from './consistency.ts'
import { answerClientError, answerErrors, sendProblem } from './errors.ts'
import { EventStreams } from './event-streams.ts'
import { FastPath } from './fast-path.ts'
import { measure } from './metrics.ts'
import { publishContract } from './openapi.ts'
import { OverdueWatch } from './overdue-watch.ts'
import { CommandsInHand, refuseOverload } from './overload.ts'
import type { App, HttpParts } from './parts.ts'
import { limitRates } from './rate-limit.ts'
import { requestLog } from './request-log.ts'
import { adminRoutes } from './routes/admin.ts'
import { balanceRoutes } from './routes/balance.ts'
import { catalogueRoutes } from './routes/catalogue.ts'
import { devLoginRoutes } from './routes/dev-login.ts'
import { healthRoutes } from './routes/health.ts'
import { inspectionRoutes } from './routes/inspection.ts'
import { machineRoutes } from './routes/machines.ts'
import { operationsRoutes } from './routes/operations.ts'
import { pageRoutes } from './routes/pages.ts'
import { reservationCommandRoutes } from './routes/reservation-commands.ts'
import { reservationRoutes } from './routes/reservations.ts'
import { seatRoutes } from './routes/seats.ts'
import { visualizerRoutes } from './routes/visualizer.ts'
import { inletRoutes, proofRoute, waitingRoomRoutes } from './routes/waiting-room.ts'
import { secure, sendSecurityHeaders } from './security-headers.ts'
import { traceparentOf } from './trace-context.ts'

export async function buildApp(parts: HttpParts): Promise<App> {
  const { settings, authenticator, log } = parts
  const app: App = fastify({
    ...serverOptions,
    loggerInstance: log,
    childLoggerFactory: requestLog,
    trustProxy: settings.trustedProxies.length > 0 && [...settings.trustedProxies],
  }).withTypeProvider<TypeBoxTypeProvider>()

  app.removeContentTypeParser('text/plain')
  sendSecurityHeaders(app)
  const identify = identifyCallers(app, authenticator)
  const countAlone = await limitRates(app, parts)
  enforceAccess(app)
  traceRequests(app)
  refuseWithoutHost(app)
  refuseUnknownQueries(app)
  const leaving = leavingSignal(app, parts.leaving)
  hangUpWhenLeaving(app, leaving)
  giveConsistencyTokens(app, parts)
  answerErrors(app)
  const metrics = measure(app, parts)
  await publishContract(app)
  const inHand = new CommandsInHand({
    now: parts.stages.now,
    inHandMs: limits.commandsInHandMs,
    inHandMax: limits.commandsInHandMax,
    inHandMin: limits.commandsInHandMin,
  })
  const fastPath = new FastPath(app, { ...parts, identify, countAlone, inHand, leaving, metrics })
  refuseOverload(app, inHand, metrics.refused)

  const streams = new EventStreams(parts.clock, metrics)
  app.addHook('preClose', async () => streams.close())
  healthRoutes(app, parts, metrics, leaving)
  if (settings.devLogin) devLoginRoutes(app, parts)
  catalogueRoutes(app, parts)
  seatRoutes(app, parts, streams)
  reservationCommandRoutes(app, parts, fastPath)
  reservationRoutes(app, parts, streams)
  waitingRoomRoutes(app, parts, { streams, fastPath })
  proofRoute(app, parts)
  balanceRoutes(app, parts)
  adminRoutes(app, parts)
  operationsRoutes(app, parts)
  inletRoutes(app, parts)
  const overdue = new OverdueWatch(parts)
  machineRoutes(app, parts, { streams, overdue })
  inspectionRoutes(app, parts, overdue)
  visualizerRoutes(app)
  pageRoutes(app, parts)
  return app
}

const serverOptions = {
  /** A machine that is busy makes a start slow, not wrong. */
  pluginTimeout: limits.startPatienceMs,
  ajv: { customOptions: { coerceTypes: false, removeAdditional: false } },
  bodyLimit: limits.bodyBytesMax,
  clientErrorHandler: answerClientError,
  connectionTimeout: limits.connectionIdleMaxMs,
  logController: new LogController({ disableRequestLogging: true }),
  /** Of an address that leads to no route: the hooks of requests don't see it. */
  frameworkErrors: (error: unknown, request: FastifyRequest, reply: FastifyReply) => {
    secure(request, reply)
    trace(request, reply)
    sendProblem(error, request, reply)
  },
  genReqId: () => randomUUID(),
  http: {
    connectionsCheckingInterval: 1_000,
    headersTimeout: limits.headersTimeoutMs,
    maxHeaderSize: limits.headerBytesMax,
    requireHostHeader: false,
  },
  requestTimeout: limits.requestTimeoutMs,
  // What still arrives on an open connection while the server stops is answered as ever, and the connection closed.
  return503OnClosing: false,
  routerOptions: { maxParamLength: 256 },
} as const

/** Every answer says which request it answers. */
function traceRequests(app: App): void {
  app.addHook('onRequest', (request, reply, done) => {
    trace(request, reply)
    done()
  })
}

function trace(request: FastifyRequest, reply: FastifyReply): void {
  reply.header('Request-Id', request.id)
  const traceparent = traceparentOf(request.headers)
  if (traceparent !== null) {
    reply.header('traceparent', traceparent)
    request.log = request.log.child({ traceparent })
  }
}

/** As HTTP/1.1 wants it; where Node does that, its answer says nothing. */
function refuseWithoutHost(app: App): void {
  app.addHook('onRequest', ({ raw: { headers, httpVersion } }, _reply, done) => {
    const isMissing = headers.host === undefined && httpVersion === '1.1'
    done(isMissing ? new HoldfastError('invalid_request', 'The Host header is missing.') : undefined)
  })
}

/** Aborts when the server is about to stop, and when it stops without having said so before. */
function leavingSignal(app: App, announced: AbortSignal): AbortSignal {
  const closing = new AbortController()
  app.addHook('preClose', async () => closing.abort())
  return AbortSignal.any([announced, closing.signal])
}

/** Whoever is answered while the server stops would else keep the connection, and the server, for a while. */
function hangUpWhenLeaving(app: App, leaving: AbortSignal): void {
  app.addHook('onSend', (_request, reply, payload, done) => {
    if (leaving.aborted) reply.header('Connection', 'close')
    done(null, payload)
  })
}

/** A query that a route does not know is a mistake of the caller, as a member of a body is. */
function refuseUnknownQueries(app: App): void {
  app.addHook('onRoute', (route) => {
    if (!route.url.startsWith('/v1/')) return
    route.schema = {
      querystring: { type: 'object', properties: {}, additionalProperties: false },
      ...route.schema,
    }
  })
}
