// Two releases of Holdfast, for evenings on which one replaces the other: the later one knows another version of the
// reservation's machine. Its rules are the same, so that the auditor needs no others.
import { definitionHash, Machines, titleOf } from '../../engine/machines.ts'
import type { MachineVersions } from '../../engine/ports.ts'
import { type RegisteredMachine, registry } from '../../machines/registry.ts'
import { reservationV1 } from '../../machines/reservation.ts'

export type Build = 'earlier' | 'later'

const laterReservation: RegisteredMachine = { name: 'reservation', version: 2, machine: reservationV1 }

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
