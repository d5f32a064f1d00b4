// After how many seeds each planted bug is found by the invariant that it names: the table of docs/RELIABILITY.md.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { bugs } from '../planted/all.ts'
import { hasFailed } from '../tell.ts'
import { playAll } from './pool.ts'

const path = join(import.meta.dirname, '../../../docs/RELIABILITY.md')
const [begin, end] = ['<!-- planted bugs -->', '<!-- end of planted bugs -->']
const seedsMax = 2_000

export interface Search {
  readonly jobs: number
  readonly say: (text: string) => void
  readonly isWritten: boolean
}

/** @returns whether each was found, and the same seeds go well without any */
export async function searchPlanted({ jobs, say, isWritten }: Search): Promise<boolean> {
  const rows: string[] = []
  let last = 0
  let isGood = true
  for (const [bug, { invariant, part }] of Object.entries(bugs)) {
    let found: number | null = null
    await playAll(jobs, seedsFor(bug), ({ seed }, { violations }) => {
      if (violations.some((violation) => violation.invariant === invariant))
        found = Math.min(found ?? seed, seed)
      return found === null ? 'more' : 'enough'
    })
    isGood &&= found !== null
    last = Math.max(last, found ?? 0)
    say(`${bug}: ${found === null ? 'not found' : `${invariant} after ${found}`}`)
    rows.push(`| ${bug} | ${part} | ${invariant} | ${found ?? 'not found'} |`)
  }
  await playAll(jobs, seedsFor(null, last), (_, summary) => {
    if (hasFailed(summary)) isGood = false
    return 'more'
  })
  say(`without any of them, seeds 1 to ${last} ${isGood ? 'go well' : 'do not all go well'}`)
  const table = ['| planted bug | in the place of | found by | after seeds |', '|---|---|---|---|', ...rows]
  if (isWritten) write(table.join('\n'))
  return isGood
}

function* seedsFor(bug: string | null, through = seedsMax) {
  for (let seed = 1; seed <= through; seed++) yield { seed, bug }
}

function write(table: string): void {
  const text = readFileSync(path, 'utf8')
  const [before, rest = ''] = text.split(begin)
  const [, after = ''] = rest.split(end)
  writeFileSync(path, `${before}${begin}\n${table}\n${end}${after}`)
}
