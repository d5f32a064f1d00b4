// The buyers' wallets: balance, entries, and money in.
import { HoldfastError } from '../../engine/errors.ts'
import { assert } from '../../engine/failures.ts'
import { limits } from '../../engine/limits.ts'
import type { Accounts } from '../../engine/ports.ts'
import type { Database } from './connect.ts'
import { accountOf, deposits, writeLedger } from './ledger.ts'
import { inTransaction, type Session } from './session.ts'

type Charge = Parameters<Accounts['charge']>[0]

export const accounts = ({ dialect, queries }: Database): Accounts => ({
  async balance(userId) {
    const account = await queries('accounts').where({ user_id: userId }).first('balance')
    return account?.balance ?? 0
  },

  entries: (userId, limit, before = Number.MAX_SAFE_INTEGER) =>
    queries('ledger')
      .where({ account: accountOf(userId) })
      .where('sequence', '<', before)
      .orderBy('sequence', 'desc')
      .limit(limit)
      .select({ cursor: 'sequence', id: 'transaction_id' }, 'kind', 'at', 'reference', 'amount'),

  async charge(charge) {
    const { amount } = charge
    if (!Number.isSafeInteger(amount) || amount <= 0 || amount > limits.amountMax)
      throw new HoldfastError('invalid_request', `A charge is 1 to ${limits.amountMax}, not ${amount}.`)
    try {
      return await inTransaction(dialect, queries, (session) => chargeOnce(session, charge))
    } catch (error) {
      // Another user's charge under the same id, at the same moment: a user's own wait at the account.
      if (dialect.isDuplicate(error)) throw new HoldfastError('idempotency_mismatch')
      throw error
    }
  },
})

async function chargeOnce(session: Session, charge: Charge): Promise<{ balance: number }> {
  const { id, userId, amount, at } = charge
  const balance = await lockBalance(session, userId)
  const first = await findCharge(session, charge)
  if (first !== null) return first

  if (balance + amount > limits.amountMax)
    throw new HoldfastError('invalid_request', `The balance would be more than ${limits.amountMax}.`)
  const entries = [
    { account: accountOf(userId), amount },
    { account: deposits, amount: -amount },
  ]
  await writeLedger(session, [{ id, kind: 'charge', at, reference: id, entries }])
  return { balance: balance + amount }
}

/** Opens the account where there is none. */
async function lockBalance(session: Session, userId: string): Promise<number> {
  const { orKeep, forUpdate } = session.dialect
  await session.change(`INSERT INTO accounts (user_id, balance) VALUES (?, 0) ${orKeep('user_id')}`, [userId])
  const select = `SELECT balance FROM accounts WHERE user_id = ?${forUpdate}`
  const [account] = await session.rows<{ balance: number }>(select, [userId])
  assert(account, `the account of ${userId} is open`)
  return account.balance
}

/**
 * The outcome of this charge if it was made before: the sum of the account's entries up to its own.
 * @throws {HoldfastError} `idempotency_mismatch` if its id was used for something else
 */
async function findCharge(session: Session, charge: Charge): Promise<{ balance: number } | null> {
  const [entry] = await session.rows<{ sequence: number; account: string; amount: number; kind: string }>(
    'SELECT sequence, account, amount, kind FROM ledger WHERE transaction_id = ? AND line = 0',
    [charge.id],
  )
  if (entry === undefined) return null
  const account = accountOf(charge.userId)
  if (entry.kind !== 'charge' || entry.account !== account || entry.amount !== charge.amount)
    throw new HoldfastError('idempotency_mismatch')
  const [sum] = await session.rows<{ balance: unknown }>(
    'SELECT SUM(amount) AS balance FROM ledger WHERE account = ? AND sequence <= ?',
    [account, entry.sequence],
  )
  return { balance: Number(sum?.balance) }
}
