// What every adapter of the master, and of the replica beside it, must do. Each behaviour has a show and a partition of
// its own; all of them share one database and run at once.
import { archiveContract } from './archive.ts'
import { inspectionContract } from './inspection.ts'
import { batchContract } from './master-batch.ts'
import { catalogueContract } from './master-catalogue.ts'
import { moneyContract } from './master-money.ts'
import { readsContract } from './master-reads.ts'
import { seatsContract } from './master-seats.ts'
import { type MasterSetUp, stageFor } from './master-stage.ts'

export function masterContract(adapter: string, setUp: MasterSetUp): void {
  const behaviour = stageFor(adapter, setUp)
  batchContract(behaviour)
  seatsContract(behaviour)
  moneyContract(behaviour)
  readsContract(behaviour)
  catalogueContract(behaviour)
  archiveContract(behaviour)
  inspectionContract(behaviour)
}
