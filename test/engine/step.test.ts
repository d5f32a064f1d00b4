// The step uses XState's machines without XState's own `transition`; this is what holds the two together.
import test from 'ava'
import { type AnyMachineSnapshot, initialTransition, transition } from 'xstate'
import { step } from '../../engine/step.ts'
import { type RegisteredMachine, registry } from '../../machines/registry.ts'

const times = { acceptedAt: 1_000, decidedAt: 1_500 }
const seat = { id: 'A-1', price: 100 }
const reserve = {
  type: 'reserve',
  ...times,
  commandAgeMaxMs: 1_000,
  sale: 'open',
  opensAt: 0,
  closesAt: 9_999,
  seatLimit: 4,
  seatsOfBuyer: 0,
  seatsRequested: 1,
  seats: [seat],
  holdTtlMs: 500,
  seatsTaken: [],
  seatsUnknown: [],
  seatsClaimed: [],
}
const events: Record<string, readonly { type: string; [fact: string]: unknown }[]> = {
  reservation: [
    reserve,
    { ...reserve, commandAgeMaxMs: 1 },
    { ...reserve, sale: 'paused' },
    { ...reserve, seatsUnknown: ['Z'] },
    { ...reserve, seatsOfBuyer: 4 },
    { ...reserve, seats: [], seatsTaken: ['A-1'] },
    ...[100, 99].map((balance) => ({ type: 'pay', ...times, balance })),
    { type: 'pay', acceptedAt: 2_001, decidedAt: 2_001, balance: 100 },
    ...[1, 0].map((extensionsMax) => ({ type: 'extend', ...times, extensionMs: 300, extensionsMax })),
    ...[9_999, 0].map((refundableUntil) => ({ type: 'cancel', ...times, refundableUntil })),
    { type: 'refund', ...times },
    ...[2_000, 5_000].map((acceptedAt) => ({ type: 'expire', ...times, acceptedAt, holdGraceMs: 100 })),
    { type: 'park', ...times, reason: 'it failed' },
  ],
  show: ['pause', 'resume', 'park'].map((type) => ({ type, ...times })),
}

for (const registered of registry)
  test(`${registered.name}@${registered.version}: a step is what XState's own transition makes, wherever one can come to`, (t) => {
    const seen = new Set<string>()
    const reached: AnyMachineSnapshot[] = [initialTransition(registered.machine)[0]]
    for (let snapshot = reached.shift(); snapshot !== undefined; snapshot = reached.shift()) {
      for (const event of events[registered.name] ?? []) {
        const after = compare(t.deepEqual, registered, snapshot, event)
        const place = JSON.stringify([after.value, after.context])
        if (!seen.has(place)) reached.push(after)
        seen.add(place)
      }
    }
    const states = new Set([...seen].map((place) => JSON.parse(place)[0]))
    t.deepEqual([...states].sort(), Object.keys(registered.machine.states).sort(), 'every state was reached')
  })

function compare(
  same: (actual: unknown, expected: unknown) => void,
  registered: RegisteredMachine,
  before: AnyMachineSnapshot,
  event: { readonly type: string },
): AnyMachineSnapshot {
  const [after, actions] = transition(registered.machine, before, event)
  const stepped = step(registered, { state: String(before.value), context: before.context }, event)
  const effects = actions
    .filter(({ type }) => !type.startsWith('xstate.'))
    .map(({ type, params = {} }) => ({ type, params }))
  same(
    { state: stepped.state, context: stepped.context, effects: stepped.effects },
    { state: after.value, context: after.context, effects },
  )
  return after
}
