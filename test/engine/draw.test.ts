// The arithmetic of the draw: what anybody must get from the same seed and the same crowd.
import { createHash } from 'node:crypto'
import test from 'ava'
import { crowdMax, drawLots as draw, type Lots, seedHashOf } from '../../engine/draw.ts'

const seed = 'ab'.repeat(32)
const digest = 'cd'.repeat(32)

const drawLots = (from: string, crowd: { through: number; digest: string }): Promise<Lots> =>
  draw(from, crowd, async () => {})

test('the draw of docs/WAITING-ROOM.md comes out as it stands there', async (t) => {
  t.deepEqual([...(await drawLots(seed, { through: 10, digest }))], [0, 4, 5, 1, 8, 2, 10, 9, 7, 6, 3])
  t.is(seedHashOf(seed), createHash('sha256').update(seed).digest('hex'))
})

test('everybody draws one lot, and every lot is drawn', async (t) => {
  for (const through of [0, 1, 2, 3, 17, 50_000]) {
    const lots = await drawLots(seed, { through, digest })
    t.deepEqual(
      [...lots].sort((a, b) => a - b),
      Array.from({ length: through + 1 }, (_, lot) => lot),
    )
  }
})

test('another seed, another crowd or another number of people is another draw', async (t) => {
  const draws = [
    await drawLots(seed, { through: 100, digest }),
    await drawLots(`${seed.slice(1)}c`, { through: 100, digest }),
    await drawLots(seed, { through: 100, digest: `${digest.slice(1)}e` }),
    (await drawLots(seed, { through: 101, digest })).subarray(0, 101),
  ]
  t.is(new Set(draws.map((lots) => lots.join())).size, draws.length)
})

test('every order is as likely as any other', async (t) => {
  const draws = 12_000
  const counts = new Map<string, number>()
  for (let index = 0; index < draws; index++) {
    const order = (await drawLots(seedHashOf(String(index)), { through: 4, digest })).join()
    counts.set(order, (counts.get(order) ?? 0) + 1)
  }
  const expected = draws / 24
  const chiSquare = [...counts.values()].reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
  t.is(counts.size, 24)
  t.true(chiSquare < 49.7, `chi-square ${chiSquare} with 23 degrees of freedom: less than once in a thousand`)
})

test('a crowd that no lot can be written for is refused', async (t) => {
  await t.throwsAsync(drawLots(seed, { through: crowdMax + 1, digest }), { name: 'BrokenInvariant' })
})
