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

export interface RedisOptions {
  /** The file of its users, and who the app servers are among them; otherwise everybody may do everything. */
  readonly users?: { readonly file: string; readonly name: string; readonly password: string }
  readonly log?: string
}

export async function startRedis({ users, log }: RedisOptions = {}): Promise<Redis> {
  const command = program('redis-server')
  const [port] = await freePorts(1)
  const folder = new PrivateFolder('redis')
  const server = new Server(
    {
      name: 'Redis',
      command,
      args: [
        ...[configuration, '--port', `${port}`, '--bind', '127.0.0.1', '--dir', folder.path],
        ...(users ? ['--aclfile', users.file] : []),
      ],
      ...(log && { log }),
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
  const who = users ? `${users.name}:${users.password}@` : ''
  return { url: `redis://${who}127.0.0.1:${port}`, server }
}
