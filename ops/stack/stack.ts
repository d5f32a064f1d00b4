// The deployment of compose.yaml on the loopback interface, from the same configuration: HAProxy in front of three app servers,
// MariaDB or MySQL as master and replica, Redis, RabbitMQ. It lives as long as the process that starts it.
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseEnv } from 'node:util'
import {
  type Addresses,
  account,
  accountFiles,
  makeSecrets,
  type Secrets,
  settingFiles,
  settingsIn,
  writeSecrets,
} from '../secrets.ts'
import { PrivateFolder } from '../servers/folder.ts'
import { startHaproxy } from '../servers/haproxy.ts'
import { freePorts } from '../servers/ports.ts'
import type { Server } from '../servers/server.ts'
import { type Servers, startServers } from '../servers/start.ts'
import { type AppServerOptions, appServer } from './app-server.ts'

/** Longer than an app server may take: its delay, then its requests, then its batch in hand. */
const stopLimitMs = 40_000
/** What they have in hand can't be finished, and is decided later. */
const hastyStopLimitMs = 5_000
const readyTimeoutMs = 60_000
const deploymentSettings = join(import.meta.dirname, '../app-server.env')

export interface StackOptions {
  /** Where its secrets and logs are. */
  readonly folder: PrivateFolder
  /** Where buyers come in; a free one where it is not given. */
  readonly port?: number
  /** Of every app server, beside those of the deployment. */
  readonly settings?: Readonly<Record<string, string>>
}

export interface AppServer {
  readonly name: string
  readonly address: string
  readonly server: Server
}

export type AppChange = Partial<Pick<AppServerOptions, 'main' | 'settings'>>

export class Stack {
  /** Where buyers come in. */
  readonly outside: string
  /** Where developers and administrators come in. */
  readonly inside: string
  readonly services: Servers
  readonly secrets: Secrets
  readonly secretsFolder: string
  readonly addresses: Addresses
  readonly #ports: readonly number[]
  readonly #options: StackOptions
  readonly #apps: AppServer[] = []
  #balancer: Server | null = null
  #masterUrl: string
  /** What the app servers run since their last restart in turn. */
  #release: AppChange = {}

  constructor(services: Servers, secrets: Secrets, ports: readonly number[], options: StackOptions) {
    const [outside, inside, ...appPorts] = ports
    this.outside = `http://127.0.0.1:${outside}`
    this.inside = `http://127.0.0.1:${inside}`
    this.services = services
    this.#masterUrl = services.masterUrl
    this.secrets = secrets
    this.secretsFolder = secretsIn(options.folder)
    this.addresses = addressesOf(services)
    this.#ports = appPorts
    this.#options = options
  }

  /** Where decisions are made. */
  get masterUrl(): string {
    return this.#masterUrl
  }

  get apps(): readonly AppServer[] {
    return this.#apps
  }

  get balancer(): Server | null {
    return this.#balancer
  }

  /** The file that gets what a part prints. */
  logOf(name: string): string {
    return logOf(this.#options.folder, name)
  }

  /** App servers, then the load balancer, which lets nobody in before. */
  async start(): Promise<void> {
    for (const number of this.#ports.keys()) this.#apps.push(this.#newApp(number))
    await Promise.all(this.#apps.map(({ server }) => server.start()))
    const [one, two, three] = this.#ports.map((port) => `127.0.0.1:${port}`) as [string, string, string]
    this.#balancer = await startHaproxy({
      appServers: [one, two, three],
      outside: new URL(this.outside).host,
      inside: new URL(this.inside).host,
      log: this.logOf('haproxy'),
    })
    await this.#allReady()
  }

  /** One after the other, each back before the next one goes, perhaps as another version or with other settings. */
  async restartInTurn(release: AppChange = this.#release): Promise<void> {
    this.#release = release
    for (const number of this.#apps.keys()) {
      await this.#replace(number, stopLimitMs)
      await this.#allReady()
    }
  }

  /** Lets the app servers use another master, all at once: none of them can work with the old one. */
  async useMaster(url: string): Promise<void> {
    this.#masterUrl = url
    const addresses = { ...this.addresses, master: new URL(url).host }
    writeSecrets(this.secretsFolder, settingFiles(this.secrets, addresses))
    await Promise.all(Array.from(this.#apps.keys(), (number) => this.#replace(number, hastyStopLimitMs)))
    await this.#allReady()
  }

  /** Ends everything at once, and removes its data. */
  async stop(): Promise<void> {
    await this.#balancer?.stop()
    await Promise.all(this.#apps.map(({ server }) => server.stop()))
    await this.services.stop()
  }

  async #replace(number: number, limitMs: number): Promise<void> {
    const before = this.#apps[number]
    await before?.server.end('SIGTERM', limitMs)
    await before?.server.stop()
    const next = this.#newApp(number)
    this.#apps[number] = next
    await next.server.start()
  }

  /** Whether the load balancer sends requests to each of the app servers, by their names. */
  async inTurn(): Promise<ReadonlyMap<string, boolean>> {
    const answer = await fetch(`${this.inside}/load-balancer/status;csv`)
    const rows = (await answer.text()).split('\n').map((line) => line.split(','))
    const [head = []] = rows
    const status = head.indexOf('status')
    const servers = rows.filter(([backend, name]) => backend === 'ready' && name !== 'BACKEND')
    return new Map(servers.map((row) => [row[1] ?? '', row[status]?.startsWith('UP') ?? false]))
  }

  /** Resolves once the load balancer sends requests to every app server. */
  async #allReady(): Promise<void> {
    const deadline = Date.now() + readyTimeoutMs
    for (;;) {
      const inTurn = await this.inTurn().catch(() => null)
      if (inTurn?.size === this.#apps.length && [...inTurn.values()].every(Boolean)) return
      if (Date.now() > deadline)
        throw new Error(`Not all app servers are ready: ${JSON.stringify([...(inTurn ?? [])])}.`)
      await sleep(100)
    }
  }

  #newApp(number: number): AppServer {
    const { main, settings } = this.#release
    const port = this.#ports[number]
    const name = `app-${number + 1}`
    const options = {
      name,
      log: this.logOf(name),
      ...(main && { main }),
      settings: {
        ...deploymentEnvironment(),
        ...settingsIn(this.secretsFolder),
        HOST: '127.0.0.1',
        PORT: `${port}`,
        TRUSTED_PROXIES: '127.0.0.1',
        ...this.#options.settings,
        ...settings,
      },
    }
    return { name, address: `http://127.0.0.1:${port}`, server: appServer(options, new PrivateFolder(name)) }
  }
}

/** All of it or nothing: when a part does not start, the others are stopped. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { folder, port } = options
  const secrets = makeSecrets()
  const secretsFolder = secretsIn(folder)
  writeSecrets(secretsFolder, accountFiles(secrets))
  mkdirSync(folder.join('logs'), { recursive: true })
  const services = await startServers({
    replication: 'semi-synchronous',
    accounts: { ...secrets, schemas: account },
    redis: {
      users: { file: join(secretsFolder, 'redis-users.acl'), name: account, password: secrets.redisPassword },
    },
    rabbitmq: {
      user: {
        file: join(secretsFolder, 'rabbitmq-user.conf'),
        name: account,
        password: secrets.amqpPassword,
      },
    },
    logOf: (name) => logOf(folder, name),
  })
  const [outside = 0, ...others] = await freePorts(5)
  const stack = new Stack(services, secrets, [port ?? outside, ...others], options)
  try {
    writeSecrets(secretsFolder, settingFiles(secrets, stack.addresses))
    await stack.start()
    return stack
  } catch (error) {
    await stack.stop()
    throw error
  }
}

function addressesOf({ masterUrl, replicaUrl, redisUrl, amqpUrl }: Servers): Addresses {
  const hostOf = (url: string) => new URL(url).host
  return {
    master: hostOf(masterUrl),
    replica: hostOf(replicaUrl),
    redis: hostOf(redisUrl),
    rabbitmq: hostOf(amqpUrl),
  }
}

const secretsIn = (folder: PrivateFolder): string => folder.join('secrets')

const logOf = (folder: PrivateFolder, name: string): string => folder.join(`logs/${name}.log`)

const deploymentEnvironment = () =>
  parseEnv(readFileSync(deploymentSettings, 'utf8')) as Record<string, string>
