// Starts the peer with its queue on the servers that the environment names, and says so.
import { buildQueuedPeer } from './service.ts'

const { MASTER_URL = '', REDIS_URL = '', AUTH_SECRET = '', PORT = '0', CONNECTIONS = '64' } = process.env
const { QUEUE = 'reservations' } = process.env
const options = {
  masterUrl: MASTER_URL,
  redisUrl: REDIS_URL,
  authSecret: AUTH_SECRET,
  connections: Number(CONNECTIONS),
}
const app = await buildQueuedPeer(options, QUEUE)
await app.listen({ port: Number(PORT), host: '127.0.0.1' })
process.once('SIGTERM', () => app.close().then(() => process.exit(0)))
console.log('ready')
