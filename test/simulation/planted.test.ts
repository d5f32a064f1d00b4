// Bugs planted on purpose: each is found by the invariant that it breaks, within so many evenings that go well without it.
// How many it takes, docs/RELIABILITY.md says, which `npm run simulate -- --planted --write` finds out.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { bugs } from './planted/all.ts'
import { simulate } from './simulate.ts'
import { hasFailed, tellFailure } from './tell.ts'

const page = readFileSync(join(import.meta.dirname, '../../docs/RELIABILITY.md'), 'utf8')

for (const [bug, { design, invariant }] of Object.entries(bugs)) {
  const [, found = '0'] = page.match(new RegExp(`^\\| ${bug} \\|.* (\\d+) \\|$`, 'm')) ?? []
  // A change of the engine makes other evenings of the same seeds: it may take some more of them, not ten times as many.
  const seedsMax = Math.min(20 + 10 * Number(found), 2_000)
  test(`planted: ${bug}; found by ${invariant}`, async (t) => {
    t.timeout(240_000)
    t.not(found, '0', 'docs/RELIABILITY.md says after how many: npm run simulate -- --planted --write')
    const finds = async (seed: number) =>
      (await simulate({ seed, design })).violations.some((violation) => violation.invariant === invariant)
    let seed = 1
    while (seed <= seedsMax && !(await finds(seed))) seed++
    t.true(seed <= seedsMax, `seeds 1 to ${seedsMax} do not show it`)
    t.log(`after ${seed} of at most ${seedsMax} seeds`)
    const sound = await simulate({ seed })
    t.false(hasFailed(sound), tellFailure(sound))
  })
}
