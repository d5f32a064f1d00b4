// An answer that is waited for for so long and no longer.
import type { Clock } from './ports.ts'

/** What `work` comes to, or `late` if that takes longer than `ms`; what it comes to then, a failure too, nobody hears. */
export async function within<Outcome, Late>(
  clock: Pick<Clock, 'sleep'>,
  ms: number,
  work: Promise<Outcome>,
  late: Late,
): Promise<Outcome | Late> {
  const done = new AbortController()
  try {
    return await Promise.race([work, clock.sleep(ms, done.signal).then(() => late)])
  } finally {
    done.abort(null) // without a reason it would make an exception, stack and all, each time
  }
}
