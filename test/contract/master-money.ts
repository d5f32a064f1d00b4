// Money on the master: nothing comes from nowhere, nothing is charged twice, no balance is below zero.
import { HoldfastError } from '../../engine/errors.ts'
import { BrokenInvariant } from '../../engine/failures.ts'
import { limits } from '../../engine/limits.ts'
import type { LedgerTransaction } from '../../engine/ports.ts'
import { type Behaviour, now, type Stage, transfer } from './master-stage.ts'

export function moneyContract(behaviour: Behaviour): void {
  const charge = ({ master, own }: Stage, user: string, amount: number, id = `charge-${user}`) =>
    master.charge({ id: own(id), userId: own(user), amount, at: now })
  const balance = ({ master, own }: Stage, user: string) => master.balance(own(user))
  const pay = ({ own, showId }: Stage, user: string, amount: number, id = `pay-${user}-${amount}`) =>
    transfer(own(id), own(user), showId, -amount)

  // ── in a batch ──────────────────────────────────────────────────────────────────────────────────────────

  behaviour('payments and refunds move balances, alike or not', async (t, stage) => {
    const users = ['ann', 'ben', 'cat', 'dan', 'eve', 'fay']
    for (const user of users) await charge(stage, user, 100)
    await stage.write({
      ledger: [
        ...[pay(stage, 'ann', 60), pay(stage, 'ben', 60), pay(stage, 'cat', 100)],
        ...[pay(stage, 'dan', 60), pay(stage, 'dan', -25)],
        ...[pay(stage, 'eve', -10), pay(stage, 'fay', -20)],
      ],
    })
    const balances = [40, 40, 0, 65, 110, 120]
    t.deepEqual(await Promise.all(users.map((user) => balance(stage, user))), balances)
    t.is(await balance(stage, 'nobody'), 0)
    const asked = [...users, 'nobody'].map(stage.own)
    const loaded = await stage.inBatch((transaction) => transaction.loadBalances(asked))
    t.deepEqual(
      asked.map((user) => loaded.get(user)),
      [...balances, 0],
    )
  })

  behaviour('a debit that the balance does not cover stops the batch', async (t, stage) => {
    await charge(stage, 'ann', 100)
    await charge(stage, 'ben', 99)
    const refuses = (...ledger: LedgerTransaction[]) =>
      t.throwsAsync(stage.write({ ledger }), { instanceOf: BrokenInvariant })
    await refuses(pay(stage, 'ann', 101))
    await refuses(pay(stage, 'ann', 100), pay(stage, 'ben', 100))
    await refuses(pay(stage, 'ann', 60), pay(stage, 'ann', 41))
    await refuses(pay(stage, 'nobody', 1))
    t.is(await balance(stage, 'ann'), 100)
    t.is(await balance(stage, 'ben'), 99)
  })

  behaviour('who takes a free seat needs no balance', async (t, stage) => {
    await charge(stage, 'ann', 100)
    await stage.write({ ledger: [pay(stage, 'nobody', 0), pay(stage, 'ann', 100)] })
    t.is(await balance(stage, 'nobody'), 0)
    t.is(await balance(stage, 'ann'), 0)
  })

  behaviour('what comes in later in the batch does not cover a debit before it', async (t, stage) => {
    await charge(stage, 'ann', 10)
    const late = [pay(stage, 'ann', 11), pay(stage, 'ann', -50)]
    await t.throwsAsync(stage.write({ ledger: late }), { instanceOf: BrokenInvariant })
    await stage.write({ ledger: late.reverse() })
    t.is(await balance(stage, 'ann'), 49)
  })

  behaviour('entries that do not sum to zero stop the batch', async (t, stage) => {
    await charge(stage, 'ann', 100)
    const paid = pay(stage, 'ann', 50)
    const crooked = { ...paid, entries: paid.entries.slice(0, 1) }
    await t.throwsAsync(stage.write({ ledger: [crooked] }), { instanceOf: BrokenInvariant })
    t.is(await balance(stage, 'ann'), 100)
  })

  behaviour('a ledger transaction is written once', async (t, stage) => {
    await charge(stage, 'ann', 100)
    await stage.write({ ledger: [pay(stage, 'ann', 10, 'same')] })
    const again = stage.write({ ledger: [pay(stage, 'ann', 10, 'same')] })
    await t.throwsAsync(again, { instanceOf: BrokenInvariant })
    t.is(await balance(stage, 'ann'), 90)
  })

  // ── charges ─────────────────────────────────────────────────────────────────────────────────────────────

  behaviour('a repeated charge changes nothing and gets the first answer, also later', async (t, stage) => {
    t.deepEqual(await charge(stage, 'ann', 100), { balance: 100 })
    t.deepEqual(await charge(stage, 'ann', 50, 'second'), { balance: 150 })
    await stage.write({ ledger: [pay(stage, 'ann', 70)] })
    t.deepEqual(await charge(stage, 'ann', 100), { balance: 100 })
    t.deepEqual(await charge(stage, 'ann', 50, 'second'), { balance: 150 })
    t.is(await balance(stage, 'ann'), 80)
  })

  behaviour('the id of a charge is not used for another one, or for anything else', async (t, stage) => {
    const mismatches = async (made: Promise<unknown>) => {
      const error = await t.throwsAsync<HoldfastError>(made, { instanceOf: HoldfastError })
      t.is(error?.code, 'idempotency_mismatch')
    }
    await charge(stage, 'ann', 100, 'same')
    await mismatches(charge(stage, 'ann', 101, 'same'))
    await mismatches(charge(stage, 'ben', 100, 'same'))
    await stage.write({ ledger: [pay(stage, 'ann', -10, 'refund')] })
    await mismatches(charge(stage, 'ann', 10, 'refund'))
    t.is(await balance(stage, 'ann'), 110)
    t.is(await balance(stage, 'ben'), 0)
  })

  behaviour('charges at the same moment all count, and each of them once', async (t, stage) => {
    const amounts = Array.from({ length: 10 }, (_, index) => 2 ** index)
    const twice = [...amounts, ...amounts].map((amount) => charge(stage, 'ann', amount, `charge-${amount}`))
    const answers = await Promise.all(twice)
    t.is(await balance(stage, 'ann'), 1_023)
    for (const [index] of amounts.entries()) t.deepEqual(answers[index], answers[index + 10])
  })

  behaviour('one of two users who charge under the same id at once is refused', async (t, stage) => {
    const users = ['ann', 'ben', 'cat', 'dan']
    const outcomes = await Promise.allSettled(users.map((user) => charge(stage, user, 10, 'same')))
    t.is(outcomes.filter(({ status }) => status === 'fulfilled').length, 1)
    for (const outcome of outcomes)
      if (outcome.status === 'rejected') t.is(outcome.reason.code, 'idempotency_mismatch')
    const balances = await Promise.all(users.map((user) => balance(stage, user)))
    t.is(Math.max(...balances), 10)
    t.is(
      balances.reduce((sum, each) => sum + each, 0),
      10,
    )
  })

  behaviour('an amount is a positive integer, and no balance gets above the limit', async (t, stage) => {
    for (const amount of [0, -1, 0.5, Number.NaN, limits.amountMax + 1]) {
      const error = await t.throwsAsync<HoldfastError>(charge(stage, 'ann', amount))
      t.is(error?.code, 'invalid_request', String(amount))
    }
    await charge(stage, 'ann', limits.amountMax)
    const error = await t.throwsAsync<HoldfastError>(charge(stage, 'ann', 1, 'above'))
    t.is(error?.code, 'invalid_request')
    t.is(await balance(stage, 'ann'), limits.amountMax)
  })

  behaviour('accounts are told apart byte by byte', async (t, stage) => {
    const users = ['Abc', 'abc', 'Abc ', 'Äbc', 'A%', '']
    for (const [index, user] of users.entries())
      await stage.master.charge({
        id: stage.own(`charge-${index}`),
        userId: `${stage.showId}${user}`,
        amount: index + 1,
        at: now,
      })
    for (const [index, user] of users.entries())
      t.is(await stage.master.balance(`${stage.showId}${user}`), index + 1, JSON.stringify(user))
  })

  behaviour('the entries of a wallet come newest first, page by page', async (t, stage) => {
    const { master, own, showId } = stage
    await charge(stage, 'ann', 100)
    await charge(stage, 'ben', 100)
    await stage.write({ ledger: [pay(stage, 'ann', 30), pay(stage, 'ben', 30)] })
    await charge(stage, 'ann', 5, 'second')
    const first = await master.entries(own('ann'), 2)
    const rest = await master.entries(own('ann'), 2, first.at(-1)?.cursor)
    const seen = [...first, ...rest].map(({ cursor: _, ...entry }) => entry)
    t.deepEqual(seen, [
      { id: own('second'), kind: 'charge', at: now, reference: own('second'), amount: 5 },
      { id: own('pay-ann-30'), kind: 'payment', at: now, reference: `${showId}.one`, amount: -30 },
      { id: own('charge-ann'), kind: 'charge', at: now, reference: own('charge-ann'), amount: 100 },
    ])
    t.deepEqual(await master.entries(own('nobody'), 2), [])
  })
}
