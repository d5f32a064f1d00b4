// The lock-per-seat peer behind a queue, so that the database sees no more at once than it can take: BullMQ as its manual
// shows it, a worker with concurrency, and the request waits for its job.
import fastifyJwt from '@fastify/jwt'
import { Queue, QueueEvents, Worker } from 'bullmq'
import Fastify from 'fastify'
import {
  openStore,
  type PayOutcome,
  type PeerOptions,
  type Reserve,
  reserveBody,
} from '../lock-per-seat/service.ts'

interface Work {
  readonly userId: string
  readonly reserve?: Reserve['Body'] & { readonly key: string }
  readonly pay?: string
}

/** @param name of the queue; the app servers of one service share it */
export async function buildQueuedPeer(options: PeerOptions, name: string) {
  const app = Fastify({ logger: false })
  const store = openStore(options)
  const { hostname: host, port } = new URL(options.redisUrl)
  const connection = { host, port: Number(port) }
  const queue = new Queue<Work>(name, {
    connection,
    defaultJobOptions: { removeOnComplete: true, removeOnFail: true },
  })
  const events = new QueueEvents(name, { connection })
  const worker = new Worker<Work>(
    name,
    async ({ id = '', data: { userId, reserve, pay } }) => {
      if (reserve) return store.reserve(id, userId, reserve, reserve.key)
      return pay === undefined ? null : store.pay(userId, pay)
    },
    { connection, concurrency: options.connections },
  )
  // Every job that is waited for listens to both.
  queue.setMaxListeners(0)
  events.setMaxListeners(0)
  await Promise.all([queue.waitUntilReady(), events.waitUntilReady(), worker.waitUntilReady()])

  await app.register(fastifyJwt, { secret: options.authSecret, verify: { cache: 100_000 } })
  app.addHook('onRequest', (request) => request.jwtVerify())
  app.addHook('onClose', async () => {
    await worker.close()
    await Promise.all([events.close(), queue.close(), store.close()])
  })

  app.post<Reserve>('/v1/reservations', { schema: { body: reserveBody } }, async (request, reply) => {
    const userId = (request.user as { sub: string }).sub
    const reserve = { ...request.body, key: request.headers['idempotency-key'] }
    const job = await queue.add('reserve', { userId, reserve })
    const held = await job.waitUntilFinished(events)
    return held ? reply.code(201).send(held) : reply.code(409).send({ code: 'seats_taken' })
  })

  app.post<{ Params: { id: string } }>('/v1/reservations/:id/payment', async (request, reply) => {
    const userId = (request.user as { sub: string }).sub
    const job = await queue.add('pay', { userId, pay: request.params.id })
    const outcome = (await job.waitUntilFinished(events)) as PayOutcome
    return outcome === 'paid'
      ? { state: 'paid' }
      : reply.code(outcome === 'insufficient' ? 402 : 409).send({ outcome })
  })

  return app
}
