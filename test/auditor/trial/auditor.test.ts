// The auditor finds nothing in good evidence, and each thing that is wrong in evidence that was tampered with.
import test from 'ava'
import { auditAtAnyTime, auditWhenQuiet } from '../audit.ts'
import type { Invariant } from '../evidence.ts'
import { accepted, entryOf, first, goodEvidence, remove, reseal, rewrite } from './tampering.ts'

type Evidence = Awaited<ReturnType<typeof goodEvidence>>

test('nothing is found where all went well', async (t) => {
  const evidence = await goodEvidence()
  t.deepEqual(auditWhenQuiet(evidence), [])
  t.deepEqual(auditAtAnyTime(evidence), [])
  t.true(evidence.master.journal.length > 100 && evidence.clients.requests.length > 100)
})

const tampered = (
  what: string,
  invariant: Invariant,
  tamper: (evidence: Evidence) => void,
  found: RegExp = /./,
): void =>
  test(`${invariant}: ${what}`, async (t) => {
    const evidence = await goodEvidence()
    tamper(evidence)
    const told = auditWhenQuiet(evidence).filter((violation) => violation.invariant === invariant)
    t.true(
      told.some((violation) => found.test(violation.what)),
      JSON.stringify(told.slice(0, 5)),
    )
  })

// ── I1, I4: seats ───────────────────────────────────────────────────────────────────────────────────────────

const decided = ({ clients }: Evidence, type: string, outcome: string) =>
  first(
    clients.requests,
    ({ type: asked, told }) => asked === type && told.is === 'decided' && told.decision.outcome === outcome,
  )
const sold = ({ master }: Evidence) => first(master.seats, ({ status }) => status === 'sold')

tampered('a seat that stands there twice', 'I1', (evidence) => {
  evidence.master.seats.push({ ...sold(evidence) })
})
tampered('a seat of a reservation that is not there', 'I1', (evidence) => {
  sold(evidence).reservationId = 'nobody'
})
tampered('a seat that is sold to a reservation that only holds', 'I1', (evidence) => {
  const { reservationId } = sold(evidence)
  first(evidence.master.reservations, ({ id }) => id === reservationId).state = 'held'
})
tampered('a seat that is given out twice in the journal', 'I1', (evidence) => {
  const { journal } = evidence.master
  const holds = journal.filter((row) => entryOf(row).to === 'held' && entryOf(row).event.type === 'reserve')
  const one = holds[0]
  const other = holds.find((row) => row.showId === one?.showId && row !== one)
  if (!one || !other) throw new Error('two holds in one show')
  const seats = entryOf(one).event.seats as object[]
  rewrite(evidence, other, (entry) => {
    entry.event.seats = seats
    entry.event.seatsRequested = seats.length
    entry.effects[0] = { type: 'assignSeats', params: { seats } }
  })
})
tampered('a seat that is missing from its reservation', 'I4', (evidence) => {
  remove(evidence.master.seats, ({ status }) => status === 'sold')
})
tampered('a reservation that counts its seats wrong', 'I4', ({ master }) => {
  first(master.reservations, ({ state }) => state === 'paid').seatCount++
})

// ── I2: money ───────────────────────────────────────────────────────────────────────────────────────────────

tampered('a balance that is not the sum of its entries', 'I2', ({ master }) => {
  first(master.accounts).balance += 1
})
tampered(
  'a balance below zero',
  'I2',
  ({ master }) => Object.assign(first(master.accounts), { balance: -1 }),
  /is -1$/,
)
tampered(
  'a balance that is gone',
  'I2',
  ({ master }) => remove(master.accounts, ({ balance }) => balance > 0),
  /^it has entries, and no balance$/,
)
tampered(
  'a balance that is gone, with all of its money spent',
  'I2',
  ({ master }) => {
    const lines = (userId: string, wanted: string) =>
      master.ledger.filter(
        ({ kind, entries }) =>
          kind === wanted &&
          entries.some(({ account, amount }) => account === `user:${userId}` && amount !== 0),
      )
    const { userId, balance } = first(
      master.accounts,
      (account) => account.balance > 0 && lines(account.userId, 'payment').length > 0,
    )
    const charge = first(lines(userId, 'charge'))
    for (const entry of charge.entries) entry.amount -= Math.sign(entry.amount) * balance
    remove(master.accounts, (account) => account.userId === userId)
  },
  /^it has entries, and no balance$/,
)
tampered('a transaction that does not sum to zero', 'I2', ({ master }) => {
  first(first(master.ledger).entries).amount += 1
})
tampered('a transaction that was made twice', 'I2', ({ master }) => {
  master.ledger.push(structuredClone(first(master.ledger)))
})
tampered('a payment that was decided and not booked', 'I2', ({ master }) => {
  remove(master.ledger, ({ kind }) => kind === 'payment')
})
tampered('a payment of another amount', 'I2', ({ master }) => {
  for (const entry of first(master.ledger, ({ kind }) => kind === 'payment').entries) entry.amount *= 2
})
tampered('a payment that was booked and not decided', 'I2', ({ master }) => {
  const payment = structuredClone(first(master.ledger, ({ kind }) => kind === 'payment'))
  master.ledger.push({ ...payment, id: 'another' })
})
tampered('a charge that was confirmed and is gone', 'I2', ({ clients }) => {
  clients.charges.push({ userId: 'buyer-1', amount: 77, told: 'done' })
})
tampered('a charge that nobody asked for', 'I2', ({ clients }) => {
  clients.charges.splice(0, 1)
})

// ── I3: deadlines ───────────────────────────────────────────────────────────────────────────────────────────

tampered('a hold past its deadline', 'I3', ({ master, now }) => {
  Object.assign(first(master.reservations), { state: 'held', deadline: now - 1 })
})
tampered('a reservation that is still queued', 'I3', ({ master }) => {
  first(master.reservations).state = 'queued'
})

// ── I5: the journal ─────────────────────────────────────────────────────────────────────────────────────────

tampered('an entry of which a byte was changed', 'I5', ({ master }) => {
  const row = first(master.journal)
  row.entry = row.entry.replace('"decidedAt"', ' "decidedAt"')
})
tampered('an entry that was cut out', 'I5', ({ master }) => {
  remove(master.journal, ({ position }) => position === 5)
})
tampered('a tail that was cut off', 'I5', ({ master }) => {
  const last = first(master.shows)
  remove(master.journal, ({ showId, position }) => showId === last.showId && position === last.position)
})
tampered('a journal that is gone', 'I5', ({ master }) => {
  const { showId } = first(master.shows)
  master.journal = master.journal.filter((row) => row.showId !== showId)
})
tampered('a snapshot that is not the fold', 'I5', ({ master }) => {
  first(master.reservations, ({ state }) => state === 'expired').state = 'cancelled'
})
tampered('a context that is not the fold', 'I5', ({ master }) => {
  const row = first(master.reservations, ({ state }) => state === 'paid')
  row.context = row.context
    .replace('"extensions":0', '"extensions":1')
    .replace('"extensions":2', '"extensions":1')
})
tampered('a reservation that is gone', 'I5', ({ master }) => {
  remove(master.reservations, () => true)
})
tampered('a reservation without a journal', 'I5', ({ master }) => {
  master.reservations.push({ ...first(master.reservations), id: 'another' })
})
tampered('a show in another state than its journal says', 'I5', ({ master }) => {
  first(master.shows).state = 'closed'
})
tampered('a head that says that seats moved at another position', 'I5', ({ master }) => {
  first(master.shows).seatsRevision -= 1
})
tampered('a payment that was accepted too late', 'I5', (evidence) =>
  rewrite(evidence, accepted(evidence, 'pay'), (entry) => {
    const late = Number(entry.acceptedAt) + 3_600_000
    entry.acceptedAt = late
    entry.event.acceptedAt = late
  }),
)
tampered('a payment that the balance did not cover', 'I5', (evidence) =>
  rewrite(evidence, accepted(evidence, 'pay'), ({ event }) => {
    event.balance = 0
  }),
)
tampered('a hold that was ended before its time', 'I5', (evidence) =>
  rewrite(evidence, accepted(evidence, 'expire'), (entry) => {
    const early = Number(entry.acceptedAt) - 3_600_000
    entry.acceptedAt = early
    entry.event.acceptedAt = early
  }),
)
tampered('seats that were taken for free, and were not', 'I5', (evidence) => {
  const { showId, seatId } = sold(evidence)
  const refused = evidence.master.journal.findLast(
    (row) => row.showId === showId && entryOf(row).code === 'seats_taken',
  )
  if (!refused) throw new Error('nobody was refused')
  rewrite(evidence, refused, ({ event }) => {
    event.seats = [{ id: seatId, price: 1 }]
  })
})
tampered('a buyer whose seats were counted wrong', 'I5', (evidence) =>
  rewrite(evidence, accepted(evidence, 'reserve'), ({ event }) => {
    event.seatsOfBuyer = 1
  }),
)
tampered("a decision whose effects are another one's", 'I5', (evidence) =>
  rewrite(evidence, accepted(evidence, 'pay'), ({ effects }) => {
    effects.splice(0, 1)
  }),
)
tampered('a gap in the sequence of a reservation', 'I5', (evidence) => {
  const row = accepted(evidence, 'pay')
  row.seq = 9
  rewrite(evidence, row, (entry) => {
    entry.seq = 9
  })
})
tampered('an epoch that comes back', 'I5', (evidence) => {
  const { showId } = first(evidence.master.shows)
  const row = first(evidence.master.journal, (each) => each.showId === showId && each.position === 1)
  rewrite(evidence, row, (entry) => {
    entry.epoch = 1_000
  })
})
tampered('an entry that was written after its epoch had ended', 'I5', ({ master }) => {
  const { showId, partition } = first(master.shows)
  const commits = master.commits ?? []
  const last = commits.findLastIndex((commit) => commit.is === 'entry written' && commit.showId === showId)
  commits.splice(last, 0, { is: 'epoch raised', partition, epoch: 1_000 })
})
tampered('a stamp that goes back', 'I5', (evidence) => {
  const row = first(evidence.master.journal, ({ position }) => position === 30)
  rewrite(evidence, row, (entry) => {
    entry.decidedAt = 1
    entry.event.decidedAt = 1
  })
})

// ── I6: what clients were told ──────────────────────────────────────────────────────────────────────────────

tampered('a command that was accepted and never decided', 'I6', (evidence) => {
  Object.assign(decided(evidence, 'reserve', 'accepted').told, { is: 'accepted', commandId: 'lost' })
})
tampered('a command that was decided twice', 'I6', (evidence) => {
  const { journal, shows } = evidence.master
  const show = first(shows)
  const row = { ...first(journal, ({ showId }) => showId === show.showId), position: show.position + 1 }
  journal.push(row)
  reseal(evidence, show.showId)
})
tampered('an answer that is not what was decided', 'I6', (evidence) => {
  Object.assign(decided(evidence, 'pay', 'refused').told, {
    decision: { outcome: 'accepted', code: null, state: 'paid', details: {} },
  })
})
tampered('somebody who was told paid, and did not pay', 'I6', ({ master }) => {
  master.ledger = master.ledger.filter(({ kind }) => kind !== 'payment')
})
tampered('a repeat that was answered otherwise', 'I6', (evidence) => {
  const request = decided(evidence, 'reserve', 'accepted')
  const again = structuredClone(request)
  Object.assign(again.told, {
    decision: { outcome: 'accepted', code: null, state: 'held', details: { seats: [] } },
  })
  evidence.clients.requests.push(again)
})
tampered('a repeat with another body that was answered all the same', 'I6', (evidence) => {
  evidence.clients.requests.push({ ...decided(evidence, 'reserve', 'accepted'), body: 'another' })
})
tampered('a repeat that was turned away at the door', 'I6', (evidence) => {
  const request = decided(evidence, 'reserve', 'accepted')
  const sentAt = request.toldAt + 1
  const told = { is: 'refused', code: 'seats_taken' } as const
  evidence.clients.requests.push({ ...request, sentAt, toldAt: sentAt + 1, told })
})
tampered('an announcement that nobody heard', 'I6', ({ heard }) => {
  const { id } = first(heard ?? [])
  for (const each of heard ?? []) if (each.id === id) each.id = 'another'
})

// ── I7, I8: order, projection ───────────────────────────────────────────────────────────────────────────────

tampered(
  'a command that stands before one that was confirmed before it was sent',
  'I7',
  ({ clients, master }) => {
    const { showId, position } = first(master.shows)
    const last = first(master.journal, (row) => row.showId === showId && row.position === position)
    const told = { is: 'accepted', commandId: last.commandId } as const
    const request = first(clients.requests, (each) => each.showId === showId)
    clients.requests.push({ ...request, idempotencyKey: 'first of all', sentAt: -2, toldAt: -1, told })
  },
)
tampered('a projection of another revision', 'I8', ({ fastStore }) => {
  first(fastStore.projections).revision -= 1
})
tampered('a seat that the projection does not show', 'I8', ({ fastStore }) => {
  first(fastStore.projections, ({ seats }) => seats.length > 0).seats.pop()
})
tampered('a seat that the projection alone shows', 'I8', ({ fastStore }) => {
  first(fastStore.projections).seats.push({ seatId: 'balcony', status: 'held', reservationId: 'nobody' })
})
tampered('a claim that outlived its command', 'I8', ({ fastStore }) => {
  fastStore.claims.push({ showId: 'show-1', seatId: 'left-1-1', reservationId: 'nobody' })
})
