// The engine's thread from inside: connections of its own, the engine on them, and what it tells the server's first thread.
import { parentPort, workerData } from 'node:worker_threads'
import { sendAnswers } from '../adapters/broker/redis-answers.ts'
import { monotonicCounter } from '../adapters/clock/system.ts'
import { redisLocks } from '../adapters/locks/redis.ts'
import { redisTallies } from '../adapters/tallies/redis.ts'
import { readConfig } from '../config.ts'
import { assert } from '../engine/failures.ts'
import type { Answers } from '../engine/ports.ts'
import { Shows } from '../engine/shows.ts'
import type { Stage, Stopwatch } from '../engine/stages.ts'
import { createLog } from '../log.ts'
import { openConnections } from './connections.ts'
import { composeEngine, type Deciding } from './engine.ts'
import type { Order, Told } from './engine-thread.ts'
import { tidyHeap } from './heap.ts'

assert(parentPort, 'this is a thread')
const port = parentPort
const { server } = workerData as { readonly server: string }
const opened = new AsyncDisposableStack()
let deciding: Promise<Deciding> | null = null

const tell = (told: Told): void => port.postMessage(told)

async function start(): Promise<Deciding> {
  const { services, holdGraceMs, logLevel, partitions } = readConfig(process.env)
  assert(services, 'only a deployment has an engine in a thread')
  const log = createLog(logLevel)
  const connections = await openConnections(services, partitions, log, opened)
  const { master, replica, redis, broker, clock } = connections
  const { announcer, deadLetters } = broker
  const answers: Pick<Answers, 'send' | 'server'> = {
    server,
    async send(to, given) {
      if (to === server) tell({ kind: 'answers', answers: given })
      else await sendAnswers(redis, to, given)
    },
  }
  const { claims, projection } = redisLocks(redis)
  const engine = composeEngine(
    {
      announcer,
      answers,
      broker,
      claims,
      clock,
      deadLetters,
      master,
      projection,
      replica,
      servers: master.servers,
      tallies: redisTallies(redis),
    },
    { holdGraceMs, log, partitions, shows: new Shows(master), stopwatch: tellingStopwatch() },
  )
  await engine.start()
  tidyHeap()
  return engine
}

/** Tells all that was measured in a turn at once. */
function tellingStopwatch(): Stopwatch {
  let took: [Stage, number][] = []
  let decided: number[] = []
  const note = () => {
    if (took.length + decided.length > 0) return
    setImmediate(() => {
      tell({ kind: 'measured', took, decided })
      took = []
      decided = []
    })
  }
  return {
    now: monotonicCounter,
    took(stage, ms) {
      note()
      took.push([stage, ms])
    },
    decided(commands) {
      note()
      decided.push(commands)
    },
  }
}

port.on('message', async (order: Order) => {
  if (order === 'start') {
    deciding = start()
    deciding.then(
      () => tell({ kind: 'started' }),
      (error) => tell({ kind: 'failed', reason: error instanceof Error ? error.message : String(error) }),
    )
    return
  }
  // Told to stop while it starts, it would else go on with connections that are closed.
  const engine = await deciding?.catch(() => null)
  await engine?.stop()
  await opened.disposeAsync()
  port.close()
})
