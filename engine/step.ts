// The only caller of XState: one event through one machine, with every guard's verdict kept. Pure.
import { type AnyMachineSnapshot, initialTransition, transition } from 'xstate'
import type { RegisteredMachine } from '../machines/registry.ts'
import { type ErrorCode, isErrorCode } from './errors.ts'
import { assert, UnknownVersion } from './failures.ts'
import type { Effect, Outcome } from './journal.ts'

export interface MachineState {
  readonly state: string
  readonly context: unknown
}

export interface Step extends MachineState {
  readonly outcome: Exclude<Outcome, 'parked'>
  readonly code: ErrorCode | null
  readonly effects: readonly Effect[]
  readonly verdicts: Readonly<Record<string, boolean>>
}

export interface MachineEvent {
  readonly type: string
  readonly [fact: string]: unknown
}

/**
 * @param before null for a subject that does not exist yet: the machine's initial state
 * @throws {UnknownVersion} for a state that this version of the machine does not have
 * @throws {BrokenInvariant} for an event that ends nowhere: every state must say what becomes of it
 */
export function step(registered: RegisteredMachine, before: MachineState | null, event: MachineEvent): Step {
  const { machine, initial, verdicts } = observed(registered)
  const start = before === null ? initial : restore(registered, machine, before)
  for (const name of Object.keys(verdicts)) delete verdicts[name]

  const [after, actions] = transition(machine, start, event)

  const effects: Effect[] = (actions as readonly { type: string; params?: unknown }[])
    .filter((action) => !action.type.startsWith('xstate.'))
    .map((action) => ({ type: action.type, params: (action.params ?? {}) as Effect['params'] }))
  const refusal = effects.find((effect) => effect.type === 'refuse')
  const name = `${registered.name}@${registered.version}`
  assert(effects.length > 0, `${name} leaves ${event.type} in ${start.value} without a transition or refusal`)
  assert(typeof after.value === 'string', `${name} is flat`)
  const code = refusal === undefined ? null : String(refusal.params.code)
  assert(code === null || isErrorCode(code), `${name} refuses with a known code, not ${code}`)

  return {
    state: after.value,
    context: after.context,
    outcome: refusal === undefined ? 'accepted' : 'refused',
    code,
    effects,
    verdicts: { ...verdicts },
  }
}

interface ObservedMachine {
  readonly machine: RegisteredMachine['machine']
  readonly initial: AnyMachineSnapshot
  /** Filled by the guards while a transition runs, which is synchronous. */
  readonly verdicts: Record<string, boolean>
}

const observedMachines = new WeakMap<RegisteredMachine, ObservedMachine>()

function observed(registered: RegisteredMachine): ObservedMachine {
  const known = observedMachines.get(registered)
  if (known) return known

  const verdicts: Record<string, boolean> = {}
  const guards: Record<string, (...parameters: unknown[]) => boolean> = {}
  for (const [name, guard] of Object.entries(registered.machine.implementations.guards)) {
    const predicate = guard as (...parameters: unknown[]) => boolean
    guards[name] = (...parameters) => {
      const verdict = predicate(...parameters)
      verdicts[name] = verdict
      return verdict
    }
  }
  const machine = registered.machine.provide({ guards })
  const made = { machine, initial: initialTransition(machine)[0], verdicts }
  observedMachines.set(registered, made)
  return made
}

function restore(
  registered: RegisteredMachine,
  machine: RegisteredMachine['machine'],
  { state, context }: MachineState,
): AnyMachineSnapshot {
  if (!Object.hasOwn(machine.states, state))
    throw new UnknownVersion(`${registered.name}@${registered.version} has no state ${JSON.stringify(state)}`)
  return machine.resolveState({ value: state, context: context as object })
}
