// Holdfast itself: one server of a deployment, as `npm start` with the four service URLs.
import { join } from 'node:path'
import { freePorts } from '../../ops/servers/ports.ts'
import { seatIdsOf, stadiumPlan } from '../stadium.ts'
import { signToken } from '../tokens.ts'
import { type Contender, type Setting, startProcess } from './contender.ts'

const main = join(import.meta.dirname, '../../main.ts')

export async function startHoldfast({ servers, seats, authSecret }: Setting): Promise<Contender> {
  const [port = 0] = await freePorts(1)
  const { child, stop } = await startProcess(main, {
    ...{ MASTER_URL: servers.masterUrl, REPLICA_URL: servers.replicaUrl },
    ...{ REDIS_URL: servers.redisUrl, AMQP_URL: servers.amqpUrl },
    ...{ AUTH_SECRET: authSecret, QUEUE_TOKEN_KEYS: authSecret, PORT: String(port), LOG_LEVEL: 'error' },
  })
  const plan = stadiumPlan(seats)
  const post = async (path: string, body: object) => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
      method: 'POST',
      headers: {
        Authorization: `Bearer ${signToken(authSecret, 'bench', 'admin')}`,
        'Content-Type': 'application/json',
        'Idempotency-Key': path,
      },
      body: JSON.stringify(body),
    })
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`)
  }
  const showId = 'stadium-1'
  await post('/v1/admin/venues', { id: 'stadium', name: plan.name, plan })
  await post('/v1/admin/concerts', { id: 'bench', name: 'Benchmark', description: 'A show to measure with.' })
  await post('/v1/admin/shows', {
    ...{
      id: showId,
      concertId: 'bench',
      venueId: 'stadium',
      hasWaitingRoom: false,
      prices: { Standard: 1_000 },
    },
    ...{ startsAt: '2099-01-01T00:00:00.000Z', opensAt: '2020-01-01T00:00:00.000Z' },
    closesAt: '2099-01-01T00:00:00.000Z',
  })
  return { name: 'holdfast', pids: [child.pid ?? 0], port, showId, seatIds: seatIdsOf(plan), stop }
}
