// Whoever comes while a server has its hands full is told so at once, and is welcome again as soon as somebody has gone.
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import test from 'ava'
import fastify from 'fastify'
import { refuseOverload } from '../../http/overload.ts'
import type { App } from '../../http/parts.ts'

const inHandMax = 3

test('commands beyond what a server serves well get 503 and when to come again; others are answered as ever', async (t) => {
  const app = fastify().withTypeProvider<TypeBoxTypeProvider>() as unknown as App
  app.decorateRequest('problemCode', null)
  refuseOverload(app, inHandMax)
  const arrived: (() => void)[] = []
  app.post('/v1/reservations', async () => {
    await new Promise<void>((resolve) => void arrived.push(resolve))
    return { state: 'held' }
  })
  app.get('/v1/reservations', async () => ({ items: [] }))
  const address = await app.listen({ host: '127.0.0.1', port: 0 })
  t.teardown(() => app.close())
  const post = (signal?: AbortSignal) =>
    fetch(`${address}/v1/reservations`, {
      ...{ method: 'POST', body: '{"showId":"s"}', headers: { 'Content-Type': 'application/json' } },
      ...(signal && { signal }),
    })
  const untilArrived = async (count: number) => {
    while (arrived.length < count) await new Promise((resolve) => setImmediate(resolve))
  }

  const leaving = new AbortController()
  const served = [post(), post()]
  const gone = post(leaving.signal)
  await untilArrived(inHandMax)
  for (let more = 0; more < 5; more++) {
    const refused = await post()
    t.is(refused.status, 503)
    t.is(refused.headers.get('retry-after'), '1')
    t.is(refused.headers.get('content-type'), 'application/problem+json')
    const body = (await refused.json()) as Record<string, unknown>
    t.like(body, { code: 'overloaded', status: 503, mayHaveBeenAccepted: false })
    t.is(body.requestId, refused.headers.get('request-id'))
  }
  t.is((await fetch(`${address}/v1/reservations`)).status, 200)

  // Who hangs up makes room as who is answered does.
  leaving.abort()
  await t.throwsAsync(gone)
  while (arrived.length === inHandMax) await post(AbortSignal.timeout(50)).catch(() => null)
  for (const go of arrived) go()
  for (const reply of await Promise.all(served)) t.is(reply.status, 200)
})
