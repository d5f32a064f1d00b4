// Every machine that this server can run, by name and version. A version that has been shipped is never edited:
// reservations end on the version that they began with, so a change is a new version beside the old one.
import type { AnyStateMachine } from 'xstate'
import { reservationV1 } from './reservation.ts'
import { showV1 } from './show.ts'

export type MachineName = 'reservation' | 'show'

export interface RegisteredMachine {
  readonly name: MachineName
  readonly version: number
  readonly machine: AnyStateMachine
}

export const registry: readonly RegisteredMachine[] = [
  { name: 'reservation', version: 1, machine: reservationV1 },
  { name: 'show', version: 1, machine: showV1 },
]

export const findMachine = (name: string, version: number): RegisteredMachine | undefined =>
  registry.find((each) => each.name === name && each.version === version)
