// What a Fastify server can do at most that asks Redis once for each request: no schema, no caller, no limit.
import fastify from 'fastify'
import { Redis } from 'ioredis'

const { REDIS_URL = '', PORT = '0' } = process.env
const redis = new Redis(REDIS_URL)
const app = fastify()
app.post('/', async () => ({ number: await redis.incr('bare') }))
app.get('/', async () => ({ number: await redis.get('bare') }))
await app.listen({ port: Number(PORT), host: '127.0.0.1' })
process.once('SIGTERM', () => app.close().then(() => process.exit(0)))
console.log('ready')
