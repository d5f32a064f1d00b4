// Money in a batch: double entry, and the balances of the buyers that it moves. A user's account is `user:<id>`;
// a show's revenue and the deposits are the sum of their entries and have no balance row that all would wait for.
import { assert } from '../../engine/failures.ts'
import type { LedgerTransaction } from '../../engine/ports.ts'
import { insertRows, selectIn } from './bulk.ts'
import type { Session } from './session.ts'

export const accountOf = (userId: string): string => `user:${userId}`
export const revenueOf = (showId: string): string => `revenue:${showId}`
/** What a charge is taken from. */
export const deposits = 'deposits'

const userOf = (account: string): string | null => (account.startsWith('user:') ? account.slice(5) : null)

/** 0 for who never had any. */
export async function loadBalances(
  session: Session,
  userIds: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const found = await selectIn<{ userId: string; balance: number }>(
    session,
    'SELECT user_id AS userId, balance FROM accounts WHERE user_id IN',
    [...userIds].sort(),
    { ending: session.dialect.forUpdate },
  )
  const balances = new Map(userIds.map((userId) => [userId, 0]))
  for (const { userId, balance } of found) balances.set(userId, balance)
  return balances
}

/**
 * The balances first: an account's entries are numbered while its row is locked, so their order is the order of its
 * balances.
 * @throws {BrokenInvariant} for entries that do not sum to zero, and for a debit that is not covered
 */
export async function writeLedger(
  session: Session,
  transactions: readonly LedgerTransaction[],
): Promise<void> {
  for (const { id, entries } of transactions)
    assert(entries.reduce((sum, { amount }) => sum + amount, 0) === 0, `the entries of ${id} sum to zero`)
  const columns = ['transaction_id', 'line', 'account', 'amount', 'kind', 'at', 'reference']
  const lines = transactions.flatMap(({ id, kind, at, reference, entries }) =>
    entries.map(({ account, amount }, line) => [id, line, account, amount, kind, at, reference]),
  )
  await Promise.all([moveBalances(session, transactions), insertRows(session, 'ledger', columns, lines)])
}

interface Move {
  amount: number
  /** What the balance must cover on the way, whatever comes in after it. */
  required: number
}

/** One statement per distinct move: a sale has few prices, so most of a batch's payments are alike. */
async function moveBalances(session: Session, transactions: readonly LedgerTransaction[]): Promise<void> {
  const alike = new Map<string, Move & { userIds: string[] }>()
  for (const [userId, { amount, required }] of movesOf(transactions)) {
    if (amount === 0 && required === 0) continue // who takes a free seat may never have had a balance
    const key = `${amount} ${required}`
    const group = alike.get(key) ?? { amount, required, userIds: [] }
    group.userIds.push(userId)
    alike.set(key, group)
  }
  const moving = [...alike.values()].map(async ({ amount, required, userIds }) => {
    const placeholders = userIds.map(() => '?').join()
    const moved = await session.change(
      `UPDATE accounts SET balance = balance + ? WHERE balance >= ? AND user_id IN (${placeholders})`,
      [amount, required, ...userIds.sort()],
    )
    assert(moved === userIds.length, `${userIds.length} balances cover ${required}, not ${moved}`)
  })
  await Promise.all(moving)
}

function movesOf(transactions: readonly LedgerTransaction[]): Map<string, Move> {
  const moves = new Map<string, Move>()
  for (const { account, amount } of transactions.flatMap(({ entries }) => entries)) {
    const userId = userOf(account)
    if (userId === null) continue
    const before = moves.get(userId) ?? { amount: 0, required: 0 }
    const after = before.amount + amount
    moves.set(userId, { amount: after, required: Math.max(before.required, -after) })
  }
  return moves
}
