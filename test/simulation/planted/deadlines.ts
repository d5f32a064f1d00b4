// Planted: rules of the machine that are not asked, or ask something else; and which version of it decides.
import type { Machines } from '../../../engine/machines.ts'
import type { RegisteredMachine } from '../../../machines/registry.ts'
import { MachinesOfBuild } from '../builds.ts'
import { asBuilt, type Design } from '../design.ts'

type Guards = NonNullable<Parameters<RegisteredMachine['machine']['provide']>[0]['guards']>
type Seen = {
  readonly context: { readonly deadline: number | null }
  readonly event: { readonly decidedAt: number }
}

const withGuards = (guards: Guards): Design => {
  const changed = new Map<RegisteredMachine, RegisteredMachine>()
  class Changed extends MachinesOfBuild {
    override version(...named: Parameters<Machines['version']>): RegisteredMachine {
      const registered = super.version(...named)
      if (registered.name !== 'reservation') return registered
      const known = changed.get(registered) ?? {
        ...registered,
        machine: registered.machine.provide({ guards }),
      }
      changed.set(registered, known)
      return known
    }
  }
  return { ...asBuilt, makeMachines: (versions, build) => new Changed(versions, build) }
}

export const expiryWithoutItsGuard: Design = withGuards({ isOverdue: () => true })

/** A payment that was accepted in time comes too late when its decision does. */
export const paymentCountsFromItsDecision: Design = withGuards({
  isBeforeDeadline: ({ context, event }: Seen) =>
    context.deadline !== null && event.decidedAt <= context.deadline,
})

export const nobodyLooksForOverdueHolds: Design = {
  ...asBuilt,
  seenMaster: (remote) => ({ ...remote, hasOverdue: async () => false, silentPartitions: async () => [] }),
}

/** A reservation goes on with whatever version is active. */
export const versionNotKept: Design = {
  ...asBuilt,
  makeMachines: (versions, build) =>
    new (class extends MachinesOfBuild {
      #newest = 0
      override version(...[name, version]: Parameters<Machines['version']>): RegisteredMachine {
        if (name !== 'reservation') return super.version(name, version)
        this.#newest = Math.max(this.#newest, version)
        return super.version(name, this.#newest)
      }
    })(versions, build),
}
