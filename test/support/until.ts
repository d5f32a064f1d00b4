// For what another process does, which sends no event here.
import { setTimeout as sleep } from 'node:timers/promises'

/** Resolves once the condition holds; looks again after a moment, for `timeoutMs` at most. */
export async function until(condition: () => boolean | Promise<boolean>, timeoutMs = 20_000): Promise<void> {
  const deadline = Date.now() + timeoutMs
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`not within ${timeoutMs} ms: ${condition}`)
    await sleep(20)
  }
}
