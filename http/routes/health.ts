// For whoever runs the server: is it alive, is it of use, and how does it fare.
import { Type } from 'typebox'
import { HoldfastError } from '../../engine/errors.ts'
import { DependencyView, examineAll } from '../dependencies.ts'
import type { Metrics } from '../metrics.ts'
import type { App, HttpParts } from '../parts.ts'
import { answers, described, Named } from '../schemas.ts'

const Ready = Named('Readiness', {
  status: Type.Literal('ready'),
  dependencies: Type.Array(DependencyView),
})

/** @param leaving aborts when no new request should come here any more */
export function healthRoutes(
  app: App,
  { dependencies, clock, log }: HttpParts,
  { registry }: Metrics,
  leaving: AbortSignal,
): void {
  const unlimited = { config: { rateLimit: false as const } }

  const alive = Type.Object({ status: Type.Literal('ok') })
  app.get(
    '/healthz',
    {
      ...unlimited,
      schema: {
        tags: ['operations'],
        summary: 'The process is alive',
        response: answers({ 200: described(alive, 'Alive: it can answer') }),
      },
    },
    async () => ({ status: 'ok' as const }),
  )

  app.get(
    '/readyz',
    {
      ...unlimited,
      schema: {
        tags: ['operations'],
        summary: 'Every dependency with its state',
        response: answers({ 200: described(Ready, 'Ready, with the state of every dependency') }),
      },
    },
    async () => {
      if (leaving.aborted) throw new HoldfastError('unavailable', 'The server is stopping.')
      const states = await examineAll(dependencies, clock, log)
      const isNeeded = (name: string) =>
        dependencies.some((each) => each.name === name && each.need === 'needed')
      const down = states.filter(({ name, state }) => state === 'down' && isNeeded(name))
      if (down.length > 0)
        throw new HoldfastError('unavailable', `Not ready: ${down.map(({ name }) => name).join(', ')}.`, {
          dependencies: states,
        })
      return { status: 'ready' as const, dependencies: states }
    },
  )

  app.get(
    '/metrics',
    {
      ...unlimited,
      schema: {
        tags: ['operations'],
        summary: 'For Prometheus',
        response: answers({
          200: { description: 'Figures', content: { 'text/plain': { schema: Type.String() } } },
        }),
      },
    },
    async (_request, reply) => reply.type(registry.contentType).send(await registry.metrics()),
  )
}
