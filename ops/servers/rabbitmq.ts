// A private RabbitMQ with the configuration of the deployment: its own node, its own port mapper, loopback only.
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { PrivateFolder } from './folder.ts'
import { freePorts } from './ports.ts'
import { program } from './programs.ts'
import { Server } from './server.ts'

const run = promisify(execFile)
const configuration = join(import.meta.dirname, '../rabbitmq/rabbitmq.conf')

export interface Rabbitmq {
  readonly url: string
  readonly server: Server
  /** `rabbitmqctl` with these arguments; resolves with what it prints. */
  control(...args: string[]): Promise<string>
}

/** A port mapper that the Erlang machine starts itself would be a daemon that nobody stops. */
const withPortMapper = `
"$1" -port "$ERL_EPMD_PORT" &
until "$1" -port "$ERL_EPMD_PORT" -names >/dev/null 2>&1; do sleep 0.05; done
exec "$2"`

export interface RabbitmqOptions {
  /** The file that makes a user at the first start, and who that is; otherwise it is RabbitMQ's guest. */
  readonly user?: { readonly file: string; readonly name: string; readonly password: string }
  readonly log?: string
}

export async function startRabbitmq({ user, log }: RabbitmqOptions = {}): Promise<Rabbitmq> {
  const programs = {
    server: find('rabbitmq-server'),
    control: find('rabbitmqctl'),
    portMapper: program('epmd'),
  }
  const [port, distributionPort, portMapperPort] = await freePorts(3)
  const folder = new PrivateFolder('rabbitmq')
  const environment = {
    HOME: folder.path, // the cookie's place
    RABBITMQ_CONF_ENV_FILE: folder.join('none'),
    RABBITMQ_CONFIG_FILE: configuration,
    ...(user && { RABBITMQ_CONFIG_FILES: user.file }),
    RABBITMQ_NODENAME: `holdfast-${port}@localhost`,
    RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
    RABBITMQ_NODE_PORT: `${port}`,
    RABBITMQ_DIST_PORT: `${distributionPort}`,
    RABBITMQ_MNESIA_BASE: folder.join('data'),
    RABBITMQ_LOG_BASE: folder.join('log'),
    RABBITMQ_GENERATED_CONFIG_DIR: folder.join('generated'),
    RABBITMQ_ENABLED_PLUGINS_FILE: folder.join('plugins'),
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-kernel inet_dist_use_interface {127,0,0,1}',
    ERL_FLAGS: '-start_epmd false', // of each Erlang machine: the server starts another one to look for the port mapper
    ERL_EPMD_ADDRESS: '127.0.0.1',
    ERL_EPMD_PORT: `${portMapperPort}`,
  }
  const server = new Server(
    {
      name: 'RabbitMQ',
      command: 'sh',
      args: ['-c', withPortMapper, 'rabbitmq', programs.portMapper, programs.server],
      environment,
      ...(log && { log }),
      ready: /completed with \d+ plugins/,
    },
    folder,
  )
  try {
    await server.start()
  } catch (error) {
    await server.stop()
    throw error
  }
  return {
    server,
    url: `amqp://${user?.name ?? 'guest'}:${user?.password ?? 'guest'}@127.0.0.1:${port}`,
    async control(...args) {
      const { stdout } = await run(programs.control, args, { env: { ...process.env, ...environment } })
      return stdout
    },
  }
}

/** Debian's wrapper on the PATH would switch to a user of its own, whose environment is another one. */
const find = (name: string): string => program(`/usr/lib/rabbitmq/bin/${name}`, name)
