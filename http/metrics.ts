// What Prometheus sees of this server: requests, problems by code, open streams, the engine's stages, the process itself.
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { ErrorCode } from '../engine/errors.ts'
import type { App, HttpParts } from './parts.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Of the problem that it was answered with. */
    problemCode: ErrorCode | null
  }
}

export interface Metrics {
  readonly registry: Registry
  readonly openStreams: Gauge
  /** Counts an answer that says no and was given past Fastify. */
  readonly refused: (code: ErrorCode) => void
  /** Times an answer, which may have been given past Fastify. */
  readonly answered: (method: string, route: string, status: number, ms: number) => void
}

export function measure(app: App, { stages }: Pick<HttpParts, 'stages'>): Metrics {
  const registry = new Registry()
  for (const histogram of stages.histograms) registry.registerMetric(histogram)
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  const duration = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time from a request to its answer, without streams',
    labelNames: ['method', 'route', 'status'] as const,
    buckets: [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10],
    registers,
  })
  const problems = new Counter({
    name: 'http_problems_total',
    help: 'Answers that say no, by code',
    labelNames: ['code'] as const,
    registers,
  })
  const openStreams = new Gauge({ name: 'http_open_streams', help: 'Event streams that are open', registers })

  /** By method, route and status: finding the labels' histogram costs more than counting in it. */
  const durations = new Map<string, { observe(seconds: number): void }>()
  const durationOf = (method: string, route: string, status: number) => {
    const key = `${method} ${status} ${route}`
    const known = durations.get(key) ?? duration.labels({ method, route, status })
    durations.set(key, known)
    return known
  }
  const answered = (method: string, route: string, status: number, ms: number) =>
    durationOf(method, route, status).observe(ms / 1_000)

  app.decorateRequest('problemCode', null)
  app.addHook('onResponse', (request, reply, done) => {
    if (request.problemCode !== null) problems.inc({ code: request.problemCode })
    if (reply.getHeader('content-type') !== 'text/event-stream') {
      const route = request.routeOptions.url ?? 'none'
      answered(request.method, route, reply.statusCode, reply.elapsedTime)
    }
    done()
  })
  return { registry, openStreams, answered, refused: (code) => problems.inc({ code }) }
}
