// Races between requests that reach two app servers at the same time.
import { randomUUID } from 'node:crypto'
import test, { type ExecutionContext } from 'ava'
import { testServers } from '../support/servers.ts'
import type { Buyer, Heard } from './support/buyer.ts'
import { type Stage, setStage } from './support/stage.ts'

const rounds = 10

const twoServers = (t: ExecutionContext, settings: Record<string, string> = {}): Promise<Stage> =>
  setStage(t, testServers(), { appServers: 2, shows: 2, settings })

const statusesOf = (heard: readonly Heard[]): unknown[] => heard.map((each) => each?.status).sort()

function both({ servers }: Stage) {
  const [one, two] = servers.all
  if (one === undefined || two === undefined) throw new Error('two app servers are needed')
  return { one, two }
}

async function hold(buyer: Buyer, showId: string, ...seatIds: string[]): Promise<string> {
  const held = await buyer.reserve(showId, { seatIds })
  if (held?.status !== 201) throw new Error(JSON.stringify(held?.body))
  return held.body.id
}

test.serial(
  'one key at once on two servers is one decision with two identical answers; another body is refused',
  async (t) => {
    const stage = await twoServers(t)
    const { one, two } = both(stage)
    const [showId = ''] = stage.showIds
    const ann = await stage.buyer()
    for (let round = 1; round <= rounds; round++) {
      const key = `round-${round}`
      const wish = { seatIds: [`A-4-${round}`] }
      const [here, there] = await Promise.all([one, two].map((at) => ann.reserve(showId, wish, { key, at })))
      t.is(here?.status, 201, JSON.stringify(here?.body))
      t.deepEqual(there?.body, here?.body)
      const other = await ann.reserve(showId, { seatIds: ['B-1-1'] }, { key, at: two })
      t.is(other?.status, 422)
      const target = here?.body.id
      const paid = await Promise.all(
        [one, two].map((at) => ann.ask({ type: 'pay', showId, target, key, at })),
      )
      t.deepEqual(statusesOf(paid), [200, 200], 'the same key for the payment is another command')
      t.deepEqual(paid[0]?.body, paid[1]?.body)
    }
    const before = (await stage.decided(showId)).length
    const letGo = await stage.holdUp(showId)
    const batched = { type: 'reserve', showId, target: showId, key: 'batched' } as const
    const body = { showId, seatIds: ['A-5-1'] }
    const queued = await Promise.all(
      [one, two, one, two].map((at) => ann.ask({ ...batched, body, at, waitS: 0 })),
    )
    t.deepEqual(statusesOf(queued), [202, 202, 202, 202])
    await letGo()
    const held = await ann.insist({ ...batched, body })
    t.is(held.status, 201)
    t.is((await stage.decided(showId)).length, before + 1, 'four in one batch are one decision')
    await stage.conclude({
      injected: `${2 * rounds} commands under one key each, at once on two servers; one four times in a batch`,
      observed: 'one decision and two identical answers each; another body 422',
      done: ['payments', rounds, rounds],
    })
  },
)

test.serial('two payments under two keys for one reservation are one debit', async (t) => {
  const stage = await twoServers(t)
  const { one, two } = both(stage)
  const [showId = ''] = stage.showIds
  const ann = await stage.buyer()
  for (let round = 1; round <= rounds; round++) {
    const target = await hold(ann, showId, `A-4-${round}`)
    const paid = await Promise.all([one, two].map((at) => ann.ask({ type: 'pay', showId, target, at })))
    t.deepEqual(statusesOf(paid), [200, 409])
  }
  const entries = (await ann.look('/v1/balance/entries?limit=100')).body.items
  const payments = entries.filter(({ kind }: { kind: string }) => kind === 'payment')
  t.is(payments.length, rounds)
  await stage.conclude({
    injected: `${2 * rounds} payments for ${rounds} reservations, at once on two servers`,
    observed: `${payments.length} debits`,
    done: ['payments', payments.length, rounds],
  })
})

test.serial(
  'of two payments that the balance does not cover together, on two shows, one succeeds',
  async (t) => {
    const stage = await twoServers(t)
    const { one, two } = both(stage)
    const [first = '', second = ''] = stage.showIds
    for (let round = 1; round <= rounds; round++) {
      const buyer = await stage.buyer(150) // of two seats at 100
      const targets = await Promise.all([first, second].map((showId) => hold(buyer, showId, `A-4-${round}`)))
      const paid = await Promise.all([
        buyer.ask({ type: 'pay', showId: first, target: targets[0] ?? '', at: one }),
        buyer.ask({ type: 'pay', showId: second, target: targets[1] ?? '', at: two }),
      ])
      t.deepEqual(statusesOf(paid), [200, 402])
      t.is((await buyer.look('/v1/balance')).body.balance, 50)
    }
    await stage.conclude({
      injected: `${rounds} times two payments on two shows at once, together above the balance`,
      observed: 'one 200 and one 402 each',
      done: ['payments', rounds, rounds],
    })
  },
)

test.serial(
  'a hundred buyers want one seat: one holds it, ninety-nine are told that it is taken',
  async (t) => {
    const stage = await twoServers(t)
    const { one, two } = both(stage)
    const [showId = ''] = stage.showIds
    const buyers = await stage.buyers(100)
    const heard = await Promise.all(
      buyers.map((buyer, index) =>
        buyer.reserve(showId, { seatIds: ['A-4-1'] }, { at: index % 2 === 0 ? one : two }),
      ),
    )
    t.deepEqual(statusesOf(heard), [201, ...Array<number>(99).fill(409)])
    const codes = new Set(heard.filter((each) => each?.status === 409).map((each) => each?.body.code))
    t.deepEqual([...codes], ['seats_taken'])
    await stage.conclude({
      injected: 'a hundred buyers at once for one seat, on two servers',
      observed: 'one 201, ninety-nine 409',
      done: ['reservations held', 1, 1],
    })
  },
)

test.serial(
  'orders of the same two seats in either sequence: one has both, the other has none',
  async (t) => {
    const stage = await twoServers(t)
    const { one, two } = both(stage)
    const [showId = ''] = stage.showIds
    const [ann, ben] = [await stage.buyer(), await stage.buyer()]
    let held = 0
    for (let round = 1; round <= 2 * rounds; round++) {
      const row = round <= rounds ? '4' : '5'
      const seats = [`A-${row}-${round % rounds || rounds}`, `B-${row}-${round % rounds || rounds}`]
      const heard = await Promise.all([
        ann.reserve(showId, { seatIds: seats }, { at: one }),
        ben.reserve(showId, { seatIds: seats.toReversed() }, { at: two }),
      ])
      t.deepEqual(statusesOf(heard), [201, 409])
      held += heard.flatMap((each) => each?.body.seats ?? []).length
    }
    t.is(held, 4 * rounds)
    await stage.conclude({
      injected: `${2 * rounds} times [A, B] and [B, A] at once on two servers`,
      observed: 'one 201 with both seats and one 409 each',
      done: ['seats held', held, 4 * rounds],
    })
  },
)

test.serial('of a payment and a cancellation at once one stands, and the money agrees', async (t) => {
  const stage = await twoServers(t)
  const { one, two } = both(stage)
  const [showId = ''] = stage.showIds
  const ann = await stage.buyer()
  const outcomes: string[] = []
  for (let round = 1; round <= 2 * rounds; round++) {
    const target = await hold(ann, showId, `${round <= rounds ? 'A' : 'B'}-4-${(round % rounds) + 1}`)
    const [first, second] = round % 2 === 0 ? [one, two] : [two, one]
    const [paid, cancelled] = await Promise.all([
      ann.ask({ type: 'pay', showId, target, at: first }),
      ann.ask({ type: 'cancel', showId, target, at: second }),
    ])
    t.deepEqual(statusesOf([paid, cancelled]), [200, 409])
    outcomes.push((await ann.look(`/v1/reservations/${target}`)).body.state)
    t.is(outcomes.at(-1), paid?.status === 200 ? 'paid' : 'cancelled')
  }
  const count = (state: string) => outcomes.filter((each) => each === state).length
  await stage.conclude({
    injected: `${2 * rounds} times a payment and a cancellation at once`,
    observed: `${count('paid')} paid, ${count('cancelled')} cancelled, the other one told 409`,
    done: ['outcomes', outcomes.length, 2 * rounds],
  })
})

test.serial('requests at once on two servers never get a buyer above the seat limit', async (t) => {
  const stage = await twoServers(t, { SEAT_LIMIT: '2' })
  const { one, two } = both(stage)
  const [showId = ''] = stage.showIds
  for (let round = 1; round <= rounds; round++) {
    const buyer = await stage.buyer()
    const heard = await Promise.all(
      [one, two].map((at) =>
        buyer.reserve(showId, { bestAvailable: { count: 2 } }, { at, key: randomUUID() }),
      ),
    )
    t.deepEqual(statusesOf(heard), [201, 409])
    t.is(heard.find((each) => each?.status === 409)?.body.code, 'seat_limit')
  }
  await stage.conclude({
    injected: `${rounds} times two requests at once on two servers, together above the seat limit`,
    observed: 'one 201 and one seat_limit each',
    done: ['reservations held', rounds, rounds],
  })
})
