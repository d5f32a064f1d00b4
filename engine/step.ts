// The only caller of XState: one event through one machine, with every guard's verdict kept. Pure.
import { type AnyActorScope, type AnyMachineSnapshot, createActor, initialTransition } from 'xstate'
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
  const watched = observed(registered)
  const { machine, initial, scope } = watched
  const start = before === null ? initial : restore(registered, watched, before)
  const verdicts: Record<string, boolean> = {}
  const effects: Effect[] = []
  watched.verdicts = verdicts
  scope.actionExecutor = ({ type, params = {} }) => {
    if (!type.startsWith('xstate.')) effects.push({ type, params: params as Effect['params'] })
  }

  const after: AnyMachineSnapshot = machine.transition(start, event, scope)

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
    verdicts,
  }
}

interface ObservedMachine {
  readonly machine: RegisteredMachine['machine']
  readonly initial: AnyMachineSnapshot
  /** Each state as XState resolves it, without a context. */
  readonly states: Map<string, AnyMachineSnapshot>
  /**
   * What XState's own `transition` makes anew for each call, at four times the cost of the step. Ours neither invoke nor
   * spawn, so nothing of one call is left in it for the next; a test compares the two over every state and event.
   */
  readonly scope: AnyActorScope
  /** Filled by the guards while a transition runs, which is synchronous. */
  verdicts: Record<string, boolean>
}

const observedMachines = new WeakMap<RegisteredMachine, ObservedMachine>()

function observed(registered: RegisteredMachine): ObservedMachine {
  const known = observedMachines.get(registered)
  if (known) return known

  const guards: Record<string, (...parameters: unknown[]) => boolean> = {}
  for (const [name, guard] of Object.entries(registered.machine.implementations.guards)) {
    const predicate = guard as (...parameters: unknown[]) => boolean
    guards[name] = (...parameters) => {
      const verdict = predicate(...parameters)
      made.verdicts[name] = verdict
      return verdict
    }
  }
  const machine = registered.machine.provide({ guards })
  const scope = inertScope(machine)
  const initial = initialTransition(machine)[0]
  const made: ObservedMachine = { machine, initial, states: new Map(), scope, verdicts: {} }
  observedMachines.set(registered, made)
  return made
}

function inertScope(machine: RegisteredMachine['machine']): AnyActorScope {
  const self = createActor(machine)
  const nothing = () => {}
  return {
    self,
    system: self.system,
    id: '',
    sessionId: '',
    actionExecutor: nothing,
    logger: nothing,
    emit: nothing,
    defer: nothing,
    stopChild: nothing,
  }
}

/** A snapshot is a plain object and never changed, so that its state has to be resolved but once. */
function restore(
  registered: RegisteredMachine,
  { machine, states }: ObservedMachine,
  { state, context }: MachineState,
): AnyMachineSnapshot {
  const known = states.get(state)
  if (known !== undefined) return { ...known, context: context as object }
  if (!Object.hasOwn(machine.states, state))
    throw new UnknownVersion(`${registered.name}@${registered.version} has no state ${JSON.stringify(state)}`)
  const resolved = machine.resolveState({ value: state, context: {} })
  states.set(state, resolved)
  return { ...resolved, context: context as object }
}
