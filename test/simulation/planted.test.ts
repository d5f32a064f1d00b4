// Bugs planted on purpose: each is found by the invariant that it breaks, within so many evenings that go well without it.
// Those are tried that docs/RELIABILITY.md lists; `npm run simulate -- --planted` searches all of them, over 2,000 seeds.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { bugs } from './planted/all.ts'
import { simulate } from './simulate.ts'
import { hasFailed, tellFailure } from './tell.ts'

const seedsMax = 40
const page = readFileSync(join(import.meta.dirname, '../../docs/RELIABILITY.md'), 'utf8')

for (const [bug, { design, invariant }] of Object.entries(bugs))
  if (page.includes(`\n| ${bug} |`))
    test(`planted: ${bug}; found by ${invariant}`, async (t) => {
      t.timeout(600_000)
      const finds = async (seed: number) =>
        (await simulate({ seed, design })).violations.some((violation) => violation.invariant === invariant)
      let seed = 1
      while (seed <= seedsMax && !(await finds(seed))) seed++
      t.true(seed <= seedsMax, `seeds 1 to ${seedsMax} do not show it`)
      const sound = await simulate({ seed })
      t.false(hasFailed(sound), tellFailure(sound))
    })
