// A private HAProxy with the configuration of the deployment, in front of app servers.
import { join } from 'node:path'
import { PrivateFolder } from './folder.ts'
import { program } from './programs.ts'
import { Server } from './server.ts'

const configuration = join(import.meta.dirname, '../haproxy/haproxy.cfg')

export interface HaproxyOptions {
  /** `host:port` of each of the three. */
  readonly appServers: readonly [string, string, string]
  /** Where buyers come in. */
  readonly outside: string
  /** Where developers and administrators come in. */
  readonly inside: string
  readonly log?: string
}

export async function startHaproxy({ appServers, outside, inside, log }: HaproxyOptions): Promise<Server> {
  const command = program('haproxy')
  const [APP_1, APP_2, APP_3] = appServers
  const server = new Server(
    {
      name: 'HAProxy',
      command,
      ...(log && { log }),
      args: ['-W', '-db', '-f', configuration],
      environment: { OUTSIDE: outside, INSIDE: inside, APP_1, APP_2, APP_3 },
      ready: /Loading success/,
    },
    new PrivateFolder('haproxy'),
  )
  try {
    await server.start()
    return server
  } catch (error) {
    await server.stop()
    throw error
  }
}
