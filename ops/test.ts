// `npm test`, `npm run test:faults` and `npm run soak`: their tests, on the servers that TEST_*_URL name, or on servers of
// their own that are started first and stopped in the end. Further arguments go to ava: `npm test -- test/machines`.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { globSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { helpWhoAsks } from './command-line.ts'
import { environmentFor, givenServers } from './servers/given.ts'
import { browser, installMissing, installMissingServers } from './servers/install.ts'
import { type Servers, startServers } from './servers/start.ts'

const usage = `npm test [-- FILE… and what else ava takes]
npm run test:faults [-- FILE…]

  Without files all of them. On servers of yours where TEST_MASTER_URL, TEST_REPLICA_URL, TEST_REDIS_URL and TEST_AMQP_URL name them,
  else on servers of their own. TEST_SEED=7 gives all random tests one seed, FAST_CHECK_RUNS=1000 tries as many values of each property.`
helpWhoAsks(usage)

const root = join(import.meta.dirname, '..')
const ava = join(root, 'node_modules/ava/entrypoints/cli.js')
const given = process.argv.slice(2)
/** They take all cores, and are played once nobody else needs one. */
const evenings = ['test/simulation/simulation.test.ts', 'test/simulation/planted.test.ts']
const faults = ['--config', 'faults.config.js']
/** They mostly wait, for holds to end and services to come back, and leave the machine to others meanwhile. */
const waiting = [
  ...['clocks', 'deadlines', 'full-disks', 'input', 'links'],
  ...['poison', 'races', 'redelivery', 'redis-copies'],
].map((name) => `test/faults/${name}.test.ts`)
let wasInterrupted = false

try {
  process.exitCode = givenServers() ? await runTestsOnGivenServers() : await runTestsOnOwnServers()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}

async function runTestsOnGivenServers(): Promise<number> {
  await installMissing(console.error, browser)
  return runTests({})
}

async function runTestsOnOwnServers(): Promise<number> {
  await installMissingServers(console.error, browser)
  const servers: Servers = await startServers()
  try {
    return await runTests(environmentFor(servers))
  } finally {
    await servers.stop()
  }
}

/** @returns the exit code */
async function runTests(environment: Record<string, string>): Promise<number> {
  let code = 0
  for (const turn of turns()) if (!wasInterrupted) code = (await runAva(turn, environment)) || code
  return code
}

/** What ava is given, one run after the other. */
function turns(): string[][] {
  if (given.length === 0) return [[], evenings]
  if (!isDeepStrictEqual(given, faults)) return [given]
  const alone = globSync('test/faults/*.test.ts', { cwd: root }).filter((file) => !waiting.includes(file))
  return [
    [...faults, '--concurrency', '3', ...waiting],
    [...faults, ...alone],
  ]
}

/** An interruption ends ava first, then the servers, then this process. */
async function runAva(patterns: readonly string[], environment: Record<string, string>): Promise<number> {
  const tests = spawn(process.execPath, [ava, ...patterns], {
    cwd: root,
    env: { NODE_COMPILE_CACHE: join(root, 'node_modules/.cache/compiled'), ...process.env, ...environment },
    stdio: 'inherit',
  })
  const passOn = (signal: NodeJS.Signals) => {
    wasInterrupted = true
    tests.kill(signal)
  }
  process.on('SIGINT', passOn).on('SIGTERM', passOn)
  const [code] = await once(tests, 'exit')
  process.off('SIGINT', passOn).off('SIGTERM', passOn)
  return code ?? 1
}
