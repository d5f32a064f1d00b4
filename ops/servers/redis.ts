// A private Redis with the configuration of the deployment.
import { join } from 'node:path'
import { PrivateFolder } from './folder.ts'
import { freePorts } from './ports.ts'
import { program } from './programs.ts'
import { Server } from './server.ts'

const configuration = join(import.meta.dirname, '../redis/redis.conf')

export interface Redis {
  readonly url: string
  readonly server: Server
}

export async function startRedis(): Promise<Redis> {
  const command = program('redis-server')
  const [port] = await freePorts(1)
  const folder = new PrivateFolder('redis')
  const server = new Server(
    {
      name: 'Redis',
      command,
      args: [configuration, '--port', `${port}`, '--bind', '127.0.0.1', '--dir', folder.path],
      ready: /Ready to accept connections/,
    },
    folder,
  )
  try {
    await server.start()
  } catch (error) {
    await server.stop()
    throw error
  }
  return { url: `redis://127.0.0.1:${port}`, server }
}
