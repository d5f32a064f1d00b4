// Starts Holdfast: settings, parts, schema, HTTP; and stops it in the reverse order. The only file that knows every part.
import { existsSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Composition } from './compose/composition.ts'
import { tidyHeap } from './compose/heap.ts'
import { type Config, readConfig, type Services } from './config.ts'
import { limits } from './engine/limits.ts'
import { buildApp } from './http/app.ts'
import { listen } from './http/listen.ts'
import type { App } from './http/parts.ts'
import { createLog } from './log.ts'
import { seedDemoConcert } from './ops/demo-concert.ts'

type Log = ReturnType<typeof createLog>

async function start(): Promise<void> {
  if (existsSync('.env')) process.loadEnvFile('.env')
  const config = readConfig(process.env)
  const log = createLog(config.logLevel)
  const composition = await compose(config, log)
  const { administration, master: catalogue } = composition.http
  if (config.services === null) await seedDemoConcert({ administration, catalogue }, config)
  const app = await buildApp(composition.http)
  stopOnSignals(app, composition, { ...config, log })
  await composition.start()
  const address = await listen(app, config)
  tidyHeap()
  greet(config, composition, address)
}

/** Loads the adapters of its own mode alone: half of what a first start does is to compile what it loads. */
async function compose(config: Config, log: Log): Promise<Composition> {
  const { services } = config
  if (services === null) return (await import('./compose/embedded.ts')).composeEmbedded(config, log)
  return (await import('./compose/deployment.ts')).composeDeployment(services, config, log)
}

interface Stop {
  readonly stopDelayMs: number
  readonly log: Log
}

/** Readiness off, then no new connections, the requests in hand finished, then the engine, then the adapters. */
function stopOnSignals(app: App, composition: Composition, { stopDelayMs, log }: Stop): void {
  const stop = async (signal: string) => {
    log.info({ signal, stopDelayMs }, 'stopping')
    const limitMs = stopDelayMs + limits.closeTimeoutMs + limits.stopTimeoutMs
    setTimeout(() => process.exit(1), limitMs).unref()
    composition.leave()
    await sleep(stopDelayMs)
    await Promise.race([app.close(), sleep(limits.closeTimeoutMs)])
    await composition.stop()
    log.info({ signal }, 'stopped')
    process.exit(0)
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.once(signal, () => {
      stop(signal).catch((error) => {
        log.error({ error }, 'stopped, but not in order')
        process.exit(1)
      })
    })
}

const loopbackHosts = new Set(['127.0.0.1', '::1', 'localhost'])

function greet(config: Config, { server }: Composition, address: string): void {
  const { devLogin, host, services } = config
  const where = services === null ? embeddedWhere(config) : `${deploymentWhere(services)}, as ${server}`
  const lines = [
    `Holdfast is ready at ${address}, ${where}.`,
    '',
    `  Look at it      ${address}/docs`,
    `  See it run      ${address}/visualizer`,
    ...(services === null ? [`  What is on      curl ${address}/v1/concerts/demo/shows`] : []),
    ...(devLogin
      ? [
          `  Log in          curl ${address}/v1/dev/login -H 'Content-Type: application/json' -d '{"userId":"ann","role":"buyer"}'`,
        ]
      : []),
    ...(services === null ? ['  See it work     npm run demo'] : []),
    '',
    ...(devLogin && !loopbackHosts.has(host)
      ? ['Whoever reaches this address can log in as anybody: DEV_LOGIN=off ends that.', '']
      : []),
  ]
  console.log(lines.join('\n'))
}

const embeddedWhere = ({ dataDir }: Config): string => `everything in this process, its files in ${dataDir}`

/** Hosts alone: the URLs carry passwords. */
function deploymentWhere({ masterUrl, replicaUrl, redisUrl, amqpUrl }: Services): string {
  const [master, replica, redis, broker] = [masterUrl, replicaUrl, redisUrl, amqpUrl].map(
    (url) => new URL(url).host,
  )
  return `one server of a deployment (master ${master}, replica ${replica}, Redis ${redis}, RabbitMQ ${broker})`
}

/** What somebody can put right is a sentence; anything else is a fault, and comes with its stack. */
const isSentence = (error: unknown): error is Error =>
  error instanceof Error && ['Error', 'ConfigError', 'Transient', 'UnknownVersion'].includes(error.name)

try {
  await start()
} catch (error) {
  console.error(isSentence(error) ? error.message : error)
  process.exit(1)
}
