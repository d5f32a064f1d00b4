// What a simulation is built of besides the engine: as it should be, or with one part replaced by a faulty one, to
// show that the fault is found.
import type { Machines } from '../../engine/machines.ts'
import type { Broker, MachineVersions, Replica } from '../../engine/ports.ts'
import { type Build, MachinesOfBuild } from './builds.ts'
import { FastStore, type KeptRooms } from './fast-store.ts'
import { type MasterTimer, SimulatedMaster } from './master/master.ts'
import type { RemoteMaster } from './remote-master.ts'

export interface Design {
  makeMaster(partitions: number, timer: MasterTimer): SimulatedMaster
  makeFastStore(rooms: KeptRooms): FastStore
  makeMachines(versions: Pick<MachineVersions, 'active'>, build: Build): Machines
  /** The broker as one process sees it. */
  seenBroker(remote: Broker): Broker
  /** The master as one process sees it. */
  seenMaster(remote: RemoteMaster): RemoteMaster
  /** Look-ups as one process routes them. */
  seenLookUps(routed: Replica['lookUps']): Replica['lookUps']
}

export const asBuilt: Design = {
  makeMaster: (partitions, timer) => new SimulatedMaster(partitions, timer),
  makeFastStore: (rooms) => new FastStore(rooms),
  makeMachines: (versions, build) => new MachinesOfBuild(versions, build),
  seenBroker: (remote) => remote,
  seenMaster: (remote) => remote,
  seenLookUps: (routed) => routed,
}
