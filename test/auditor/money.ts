// I2: the ledger holds exactly the journal's payments and refunds and the clients' charges, each summing to zero;
// balances are the sums of their entries, none is below zero, and with the revenue they make up the deposits.
import type { ChargeEvidence, Evidence, LedgerEvidence, Violation } from './evidence.ts'
import type { ShowHistory, Transfer } from './history.ts'

export function auditMoney(
  { master, clients }: Evidence,
  histories: ReadonlyMap<string, ShowHistory>,
): Violation[] {
  const violations: Violation[] = []
  const broken = (where: string, what: string) => violations.push({ invariant: 'I2', what, where })

  const sums = new Map<string, number>()
  /** By which anything came or went: a free ticket needs no balance. */
  const moved = new Set<string>()
  const ids = new Set<string>()
  for (const { id, entries } of master.ledger) {
    if (ids.has(id)) broken(id, 'the ledger has this transaction twice')
    ids.add(id)
    const sum = entries.reduce((total, { amount }) => total + amount, 0)
    if (sum !== 0) broken(id, `its entries sum to ${sum}`)
    for (const { account, amount } of entries) {
      sums.set(account, (sums.get(account) ?? 0) + amount)
      if (amount !== 0) moved.add(account)
    }
  }

  let balances = 0
  const users = new Set<string>()
  for (const { userId, balance } of master.accounts) {
    users.add(`user:${userId}`)
    balances += balance
    if (balance < 0) broken(userId, `the balance is ${balance}`)
    const sum = sums.get(`user:${userId}`) ?? 0
    if (sum !== balance) broken(userId, `the balance is ${balance}, its entries sum to ${sum}`)
  }
  for (const account of moved)
    if (account.startsWith('user:') && !users.has(account)) broken(account, 'it has entries, and no balance')

  const charges = master.ledger.filter(({ kind }) => kind === 'charge')
  const deposits = charges.reduce((total, charge) => total + (gainOf(charge)?.amount ?? 0), 0)
  const revenue = [...sums].reduce((total, [name, sum]) => total + (name.startsWith('revenue:') ? sum : 0), 0)
  if (balances + revenue !== deposits)
    broken('all', `balances of ${balances} and revenue of ${revenue} are not the deposits of ${deposits}`)

  const transfers = [...histories.values()].flatMap((history) => history.transfers)
  return [
    ...violations,
    ...auditTransfers(master.ledger, transfers),
    ...auditCharges(charges, clients.charges),
  ]
}

/** Who gained how much by a transaction with one user in it. */
function gainOf({ entries }: LedgerEvidence): { userId: string; amount: number } | undefined {
  const own = entries.find(({ account }) => account.startsWith('user:'))
  return own && { userId: own.account.slice('user:'.length), amount: own.amount }
}

function auditTransfers(ledger: readonly LedgerEvidence[], transfers: readonly Transfer[]): Violation[] {
  const violations: Violation[] = []
  const broken = (where: string, what: string) => violations.push({ invariant: 'I2', what, where })
  const stored = new Map(ledger.filter(({ kind }) => kind !== 'charge').map((each) => [each.id, each]))
  for (const { id, kind, userId, showId, amount } of transfers) {
    const found = stored.get(id)
    stored.delete(id)
    const right = [`user:${userId} ${amount}`, `revenue:${showId} ${-amount}`].sort()
    const entries = (found?.entries ?? []).map((entry) => `${entry.account} ${entry.amount}`).sort()
    if (!found) broken(id, `a ${kind} of ${amount} by ${userId} is in the journal, not in the ledger`)
    else if (found.kind !== kind || String(entries) !== String(right))
      broken(id, `the ledger has ${found.kind} [${entries}], the journal says ${kind} [${right}]`)
  }
  for (const id of stored.keys()) broken(id, 'the ledger has it, the journal does not')
  return violations
}

/** Whoever was told of a charge has it; nobody has one that was not asked for. */
function auditCharges(charges: readonly LedgerEvidence[], asked: readonly ChargeEvidence[]): Violation[] {
  const violations: Violation[] = []
  const key = ({ userId, amount }: { userId: string; amount: number }) => `${userId} ${amount}`
  const stored = countBy(charges.map((each) => gainOf(each) ?? { userId: each.id, amount: 0 }).map(key))
  const sent = countBy(asked.map(key))
  const done = countBy(asked.filter(({ told }) => told === 'done').map(key))
  for (const [where, count] of done)
    if ((stored.get(where) ?? 0) < count)
      violations.push({
        invariant: 'I2',
        what: `${count} charges were confirmed, ${stored.get(where) ?? 0} are kept`,
        where,
      })
  for (const [where, count] of stored)
    if ((sent.get(where) ?? 0) < count)
      violations.push({
        invariant: 'I2',
        what: `${count} charges are kept, ${sent.get(where) ?? 0} were asked for`,
        where,
      })
  return violations
}

function countBy(keys: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1)
  return counts
}
