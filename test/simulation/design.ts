// What a simulation is built of besides the engine: as it should be, or with one part replaced by a faulty one, to
// show that the fault is found.
import { Machines } from '../../engine/machines.ts'
import type { Broker, MachineVersions } from '../../engine/ports.ts'
import { FastStore } from './fast-store.ts'
import type { Timer } from './master/locks.ts'
import { SimulatedMaster } from './master/master.ts'
import type { RemoteMaster } from './remote-master.ts'

export interface Design {
  makeMaster(partitions: number, timer: Timer): SimulatedMaster
  makeFastStore(): FastStore
  makeMachines(versions: Pick<MachineVersions, 'active'>): Machines
  /** The broker as one process sees it. */
  seenBroker(remote: Broker): Broker
  /** The master as one process sees it. */
  seenMaster(remote: RemoteMaster): RemoteMaster
}

export const asBuilt: Design = {
  makeMaster: (partitions, timer) => new SimulatedMaster(partitions, timer),
  makeFastStore: () => new FastStore(),
  makeMachines: (versions) => new Machines(versions as MachineVersions),
  seenBroker: (remote) => remote,
  seenMaster: (remote) => remote,
}
