// Requests of every route against the whole of Holdfast in this process.
import { commandLine, misused } from '../../../ops/command-line.ts'
import { startEmbedded } from '../../support/embedded-server.ts'
import { fuzz, tellShares } from './fuzz.ts'

const usage = 'npm run fuzz -- [--requests 200000] [--seed S]'
const { values } = commandLine(usage, {
  options: { requests: { type: 'string' }, seed: { type: 'string' } },
})
const requests = Number(values.requests ?? 200_000)
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31))
if (!Number.isSafeInteger(requests) || !Number.isSafeInteger(seed))
  misused(usage, '--requests and --seed are whole numbers.')

const say = (text: string) => void process.stdout.write(`${text}\n`)
const begunAt = performance.now()
say(`${requests} requests, seed ${seed}`)
const server = await startEmbedded({ RATE_LIMIT_MAX: '1000000000', LOG_LEVEL: 'error' })
try {
  const { faults, routes } = await fuzz({
    server,
    requests,
    seed,
    progress: (sent) => say(`${sent} sent in ${Math.round((performance.now() - begunAt) / 1_000)} s`),
  })
  const { lines, share } = tellShares(routes)
  say(`\nshare of 2xx\n${lines.join('\n')}\n`)
  for (const fault of faults) say(`${fault}\n`)
  const isGood = faults.length === 0 && share >= 0.2
  say(isGood ? 'no fault' : `repeat: npm run fuzz -- --requests ${requests} --seed ${seed}`)
  process.exitCode = isGood ? 0 : 1
} finally {
  await server.stop()
}
