// What a run is told as: one paragraph for a failure, with the command that repeats it, and tables for the whole.
import { createHash } from 'node:crypto'
import type { Violation } from '../auditor/evidence.ts'
import { asBuilt, type Design } from './design.ts'
import { buyersUsually, type Plan, type Report, simulate } from './simulate.ts'

const violationsTold = 10
const linesTold = 80

type Judged = Pick<Report, 'seed' | 'violations' | 'shortfalls'>

export const hasFailed = ({ violations, shortfalls }: Judged): boolean =>
  violations.length > 0 || shortfalls.length > 0

export function tellFailure({ seed, violations, shortfalls }: Judged): string {
  const told = violations
    .slice(0, violationsTold)
    .map(({ invariant, what, where }) => `  ${invariant} ${where}: ${what}`)
  if (violations.length > violationsTold) told.push(`  and ${violations.length - violationsTold} more`)
  for (const shortfall of shortfalls) told.push(`  it did too little: ${shortfall}`)
  return [`seed ${seed} fails`, ...told, `  repeat: ${tellRepeat({ seed })}`].join('\n')
}

/** The command that plays an evening again, or a part of it. */
export function tellRepeat({ seed, buyers = buyersUsually, selection = 'all' }: Omit<Plan, 'trace'>): string {
  const fewer = buyers === buyersUsually ? '' : ` --buyers ${buyers}`
  const only = selection === 'all' ? '' : ` --only "${[...selection].join(',') || 'none'}"`
  return `npm run simulate -- --seed ${seed}${fewer}${only} --trace`
}

/** Every line that a run says, and a hash over all of them. */
export async function traceOf(
  plan: Omit<Plan, 'trace'> | number,
  design: Design = asBuilt,
): Promise<{ lines: string[]; hash: string }> {
  const lines: string[] = []
  const hash = createHash('sha256')
  const { digest } = await simulate({
    design,
    ...(typeof plan === 'number' ? { seed: plan } : plan),
    trace: (line) => {
      lines.push(line)
      hash.update(line)
    },
  })
  return { lines, hash: hash.update(digest).digest('hex') }
}

/** The part of a trace that speaks of the violations: whom they name, and what went wrong around them. */
export function tellTrace(violations: readonly Violation[], lines: readonly string[]): string {
  const names = violations
    .slice(0, violationsTold)
    .flatMap(({ what, where }) => `${what} ${where}`.match(/\S{12,}/g) ?? [])
  const told = lines.filter(
    (line) => / now: | starts$| is killed$/.test(line) || names.some((name) => line.includes(name)),
  )
  return told.slice(-linesTold).join('\n')
}

export function tellCounts(counts: ReadonlyMap<string, number>): string {
  return [...counts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, count]) => `${String(count).padStart(9)}  ${name}`)
    .join('\n')
}
