import test from 'ava'
import { step } from '../../engine/step.ts'
import { findMachine } from '../../machines/registry.ts'

const registered = findMachine('show', 1)
if (!registered) throw new Error('show@1 is registered')

const table = [
  ['open', 'pause', 'paused', null],
  ['open', 'resume', 'open', 'invalid_state'],
  ['open', 'park', 'open', 'parked'],
  ['paused', 'pause', 'paused', 'invalid_state'],
  ['paused', 'resume', 'open', null],
  ['paused', 'park', 'paused', 'parked'],
] as const

for (const [given, when, then, code] of table)
  test(`a show that is ${given}, ${when}: ${then}, ${code ?? 'accepted'}`, (t) => {
    const after = step(registered, { state: given, context: {} }, { type: when, acceptedAt: 1, decidedAt: 2 })
    t.is(after.state, then)
    t.is(after.code, code)
  })
