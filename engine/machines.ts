// Which machine decides: a subject ends on the version that it began with, a new one begins on the active one.
import { createHash } from 'node:crypto'
import { findMachine, type MachineName, type RegisteredMachine, registry } from '../machines/registry.ts'
import { UnknownVersion } from './failures.ts'
import type { MachineVersions } from './ports.ts'

/**
 * SHA-256 over the chart and the code of its guards and actions, in 22 characters; white space does not count.
 * It tells a machine that was edited after it was shipped from the one that made the decisions.
 */
export function definitionHash({ machine }: Pick<RegisteredMachine, 'machine'>): string {
  const code = (_: string, value: unknown) => (typeof value === 'function' ? String(value) : value)
  const { guards, actions } = machine.implementations
  const text = JSON.stringify([machine.config, guards, actions], code).replaceAll(/\\n|\s/g, '')
  return createHash('sha256').update(text).digest().subarray(0, 16).toString('base64url')
}

/** As the journal and the master name it. */
export const titleOf = ({ name, version }: { name: string; version: number }): string => `${name}@${version}`

export class Machines {
  readonly #versions: MachineVersions
  #active: ReadonlyMap<string, number> = new Map()

  constructor(versions: MachineVersions) {
    this.#versions = versions
  }

  /** Reads which versions are active; a new one counts from the next batch on. */
  async refresh(): Promise<void> {
    this.#active = await this.#versions.active()
  }

  /** All that this server can run, as `name@version`. */
  get known(): readonly string[] {
    return registry.map(titleOf)
  }

  active(name: MachineName): RegisteredMachine {
    const version = this.#active.get(name)
    if (version === undefined) throw new UnknownVersion(`no version of the machine ${name} is active`)
    return this.version(name, version)
  }

  version(name: MachineName, version: number): RegisteredMachine {
    const machine = findMachine(name, version)
    if (!machine) throw new UnknownVersion(`this server does not know the machine ${name}@${version}`)
    return machine
  }
}
