// Two releases of Holdfast, for evenings on which one replaces the other: the later one knows another version of the
// reservation's machine. Its rules are the same, so that the auditor needs no others, but for a mistake: for some holds it
// asks for an effect that nobody carries out, and what would lead there can only be parked.
import { createMachine } from 'xstate'
import { definitionHash, Machines, titleOf } from '../../engine/machines.ts'
import type { MachineVersions } from '../../engine/ports.ts'
import { type RegisteredMachine, registry } from '../../machines/registry.ts'
import { type ReservationEvent, reservationV1 } from '../../machines/reservation.ts'

export type Build = 'earlier' | 'later'

type Transition = { readonly guard?: unknown; readonly target?: string; readonly actions: unknown }
type States = { readonly queued: { readonly on: { readonly reserve: readonly Transition[] } } }

function withMistake(): RegisteredMachine['machine'] {
  const { config, implementations } = reservationV1
  const states = config.states as unknown as States
  const { on } = states.queued
  const takesTheLastOfItsLimit = ({ event }: { event: ReservationEvent }) =>
    event.type === 'reserve' &&
    event.seatsOfBuyer > 0 &&
    event.seatsOfBuyer + event.seatsRequested === event.seatLimit
  const reserve = [
    ...on.reserve.slice(0, -1),
    { guard: takesTheLastOfItsLimit, target: 'held', actions: { type: 'congratulate' } },
    ...on.reserve.slice(-1),
  ]
  const changed = { ...config, states: { ...states, queued: { ...states.queued, on: { ...on, reserve } } } }
  const actions = { ...implementations.actions, congratulate: () => {} }
  return createMachine(changed as never, { ...implementations, actions } as never)
}

const laterReservation: RegisteredMachine = { name: 'reservation', version: 2, machine: withMistake() }

/** What a server of this build says that it knows. */
export const knownTo = (build: Build): Parameters<MachineVersions['register']>[0] => known[build]

const hashed = (machines: readonly RegisteredMachine[]) =>
  machines.map((each) => ({ ...each, definitionHash: definitionHash(each) }))
const known = { earlier: hashed(registry), later: hashed([...registry, laterReservation]) }

export class MachinesOfBuild extends Machines {
  readonly #build: Build

  constructor(versions: Pick<MachineVersions, 'active'>, build: Build) {
    super(versions as MachineVersions)
    this.#build = build
  }

  override get known(): readonly string[] {
    return knownTo(this.#build).map(titleOf)
  }

  override version(...named: Parameters<Machines['version']>): RegisteredMachine {
    const [name, version] = named
    const isLater = name === laterReservation.name && version === laterReservation.version
    return isLater && this.#build === 'later' ? laterReservation : super.version(...named)
  }
}
