// Requests of every route, made of the contract itself: no answer may be a fault of the server, break the contract, carry out
// what the contract does not allow, or tell one buyer of another. `npm run fuzz` sends two hundred thousand of them.
import test from 'ava'
import { startEmbedded } from '../support/embedded-server.ts'
import { runSeed } from '../support/seed.ts'
import { fuzz, tellShares } from './fuzz/fuzz.ts'
import { fastRoutes } from './fuzz/requests.ts'

const requests = 5_000
const fastMin = 30

test('whatever is asked of any route, by anybody, is answered as the contract says', async (t) => {
  t.timeout(240_000)
  const server = await startEmbedded({ RATE_LIMIT_MAX: '1000000000' })
  t.teardown(() => server.stop())
  const { faults, routes } = await fuzz({ server, requests, seed: runSeed })
  const { lines, share, fast } = tellShares(routes)
  t.log(lines.join('\n'))
  t.deepEqual(faults, [], `repeat: npm run fuzz -- --requests ${requests} --seed ${runSeed}`)
  t.true(share >= 0.2, 'a fifth of the requests, at least, is carried out')
  t.true(fast >= fastMin, `${fast} requests went past Fastify`)
  for (const name of fastRoutes) t.true((routes.get(name)?.fast ?? 0) > 0, `${name} goes past Fastify`)
})
