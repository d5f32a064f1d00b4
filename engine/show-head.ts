// A show's head before the first entry of its journal.
import { findMachine } from '../machines/registry.ts'
import { partitionOf } from './command.ts'
import { assert, UnknownVersion } from './failures.ts'
import { chainStart } from './journal.ts'
import type { ShowHead } from './ports.ts'

/**
 * @param machineVersion the version of the show's machine that it begins and ends on
 * @throws {UnknownVersion} for a version that this server does not know
 */
export function firstHead(showId: string, partitions: number, machineVersion: number): ShowHead {
  const registered = findMachine('show', machineVersion)
  if (!registered) throw new UnknownVersion(`this server does not know the machine show@${machineVersion}`)
  const state: unknown = registered.machine.config.initial
  assert(typeof state === 'string', `show@${machineVersion} has an initial state`)
  return {
    showId,
    partition: partitionOf(showId, partitions),
    state,
    seq: 0,
    machineVersion,
    position: 0,
    hash: chainStart(showId),
    seatsRevision: 0,
  }
}
