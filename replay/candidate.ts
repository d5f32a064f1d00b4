// A machine to compare with: a registered version by its number, or one from a file that exports an XState machine.
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { StateMachine } from 'xstate'
import { findMachine, type RegisteredMachine, registry } from '../machines/registry.ts'
import { ReplayFailure } from './failure.ts'

export interface Candidate {
  readonly name: string
  readonly registered: RegisteredMachine
}

/** @throws {ReplayFailure} where there is no such version */
export function versionNamed(version: number): Candidate {
  const registered = findMachine('reservation', version)
  if (registered === undefined) {
    const known = registry.filter(({ name }) => name === 'reservation').map((each) => each.version)
    throw new ReplayFailure(
      'unknownVersion',
      `This release knows no reservation@${version}; it knows ${known.join(', ')}.`,
    )
  }
  return { name: `reservation@${version}`, registered }
}

/**
 * The file's default export, or else the only machine that it exports.
 * @throws {ReplayFailure} where the file can't be run, or has no machine of a reservation
 */
export async function machineFrom(path: string): Promise<Candidate> {
  if (!existsSync(path)) throw new ReplayFailure('usage', `There is no ${path}.`)
  const exported = await load(path)
  const machines = Object.values(exported).filter((each) => each instanceof StateMachine)
  const machine = exported.default instanceof StateMachine ? exported.default : machines[0]
  if (machine === undefined || (machines.length > 1 && !(exported.default instanceof StateMachine)))
    throw new ReplayFailure(
      'candidate',
      `${path} exports ${machines.length} machines: export one with createMachine of XState, or make it the default export.`,
    )
  const missing = ['queued', 'held', 'paid'].filter((state) => !Object.hasOwn(machine.states, state))
  if (missing.length > 0)
    throw new ReplayFailure(
      'candidate',
      `${path} is no machine of a reservation: it has no state ${missing.join(', ')}.`,
    )
  const version = Math.max(...registry.map((each) => each.version)) + 1
  return { name: path, registered: { name: 'reservation', version, machine } }
}

async function load(path: string): Promise<Record<string, unknown>> {
  try {
    return await import(pathToFileURL(resolve(path)).href)
  } catch (error) {
    throw new ReplayFailure('candidate', `${path} can't be run: ${(error as Error).message}`, error)
  }
}

/** What a candidate says when it fails, in the words of whoever has to mend it. */
export const thrown = ({ name }: Candidate, where: string, error: unknown): ReplayFailure =>
  new ReplayFailure('candidate', `${name} threw at ${where}: ${(error as Error).message}`, error)
