// Starts Holdfast: settings, parts, schema, HTTP; and stops it in the reverse order. The only file that knows every part.
import { existsSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Composition } from './compose/composition.ts'
import { greetingOf } from './compose/greeting.ts'
import { tidyHeap } from './compose/heap.ts'
import { type Config, readConfig } from './config.ts'
import { limits } from './engine/limits.ts'
import { buildApp } from './http/app.ts'
import { listen } from './http/listen.ts'
import type { App } from './http/parts.ts'
import { createLog } from './log.ts'
import { commandLine } from './ops/command-line.ts'
import { seedDemoConcert } from './ops/demo-concert.ts'

const usage = `npm start

  Starts the server. What it is to do otherwise than by default is said in its environment, or in a file named .env: .env.example
  has every setting. Once it is ready it prints its address: buyers buy there, /admin
  runs the sale, /visualizer shows it at work, and /docs is the API to try.`

type Log = ReturnType<typeof createLog>

async function start(): Promise<void> {
  if (existsSync('.env')) process.loadEnvFile('.env')
  const config = readConfig(process.env)
  try {
    await startWith(config)
  } catch (error) {
    throw config.services === null ? await ofItsFiles(config, error) : error
  }
}

/** Whichever step of a start it is that a file cannot be used for, it is told as of its folder. */
const ofItsFiles = async ({ dataDir }: Config, error: unknown): Promise<unknown> =>
  (await import('./adapters/embedded-file.ts')).unusable(dataDir, error)

async function startWith(config: Config): Promise<void> {
  const log = createLog(config.logLevel)
  const composition = await compose(config, log)
  const { administration, master: catalogue } = composition.http
  if (config.services === null) await seedDemoConcert({ administration, catalogue }, config)
  const app = await buildApp(composition.http)
  stopOnSignals(app, composition, { ...config, log })
  await composition.start()
  const address = await listen(app, config)
  tidyHeap()
  console.log(greetingOf(config, composition.server, address))
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

/** What somebody can put right is a sentence; anything else is a fault, and comes with its stack. */
const isSentence = (error: unknown): error is Error =>
  error instanceof Error && ['Error', 'ConfigError', 'Transient', 'UnknownVersion'].includes(error.name)

commandLine(usage, {})
try {
  await start()
} catch (error) {
  console.error(isSentence(error) ? error.message : error)
  process.exit(1)
}
