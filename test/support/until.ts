// For what another process does, which sends no event here.
import { setTimeout as sleep } from 'node:timers/promises'

/** Resolves once the condition holds; looks again after a moment, for `timeoutMs` at most, of an answer's time too. */
export async function until(condition: () => boolean | Promise<boolean>, timeoutMs = 20_000): Promise<void> {
  const done = new AbortController()
  const late = sleep(timeoutMs, undefined, { signal: done.signal }).then(() => {
    throw new Error(`not within ${timeoutMs} ms: ${condition}`)
  })
  const looking = async () => {
    while (!done.signal.aborted && !(await condition())) await sleep(20)
  }
  try {
    await Promise.race([looking(), late])
  } finally {
    late.catch(() => {})
    done.abort()
  }
}
