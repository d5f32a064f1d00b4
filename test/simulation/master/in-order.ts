// A connection's habit: what is asked without waiting is carried out in the order of asking, one after the other.
import type { BatchTransaction } from '../../../engine/ports.ts'

const asked = true
const calls: Readonly<Record<keyof BatchTransaction, true>> = {
  fence: asked,
  findEntries: asked,
  loadShows: asked,
  loadReservations: asked,
  loadOverdue: asked,
  countSeatsOfBuyers: asked,
  countSeatsOfShow: asked,
  loadTakenSeats: asked,
  loadBalances: asked,
  write: asked,
}
export const statements = Object.keys(calls) as (keyof BatchTransaction)[]

export function inOrder(transaction: BatchTransaction): BatchTransaction {
  const port: Record<string, unknown> = {}
  let before: Promise<unknown> = Promise.resolve()
  for (const name of statements) {
    const call = transaction[name].bind(transaction) as (...given: unknown[]) => Promise<unknown>
    port[name] = (...given: unknown[]) => {
      before = before.then(() => call(...given))
      return before
    }
  }
  return port as unknown as BatchTransaction
}
