// The simulation's own parts keep the contracts of the ports, so that what the engine is tried on is no easier than what
// it will meet.
import type { WaitingRooms } from '../../engine/ports.ts'
import { brokerContract } from '../contract/broker.ts'
import { claimsContract } from '../contract/claims.ts'
import { leasesContract } from '../contract/leases.ts'
import { batchContract } from '../contract/master-batch.ts'
import { moneyContract } from '../contract/master-money.ts'
import { readsContract } from '../contract/master-reads.ts'
import { seatsContract } from '../contract/master-seats.ts'
import { partitions, stageFor } from '../contract/master-stage.ts'
import { projectionContract } from '../contract/projection.ts'
import { waitingRoomLedgerContract } from '../contract/waiting-room-ledger.ts'
import { waitingRoomsContract } from '../contract/waiting-rooms.ts'
import { forwarding } from '../support/forwarding.ts'
import { SimulatedBroker } from './broker.ts'
import { FastStore } from './fast-store.ts'
import { type MasterTimer, SimulatedMaster } from './master/master.ts'
import { type RoomsInMemory, roomsInMemory } from './rooms.ts'

const timer: MasterTimer = { after: (ms, fire) => setTimeout(fire, ms).unref(), now: Date.now }
const noRooms = { hasSession: () => false, lose: () => {} }

// What the catalogue's part of this contract is about, look-ups on a replica and restarts, no simulation has.
const master = stageFor('simulated master', async () => ({
  master: new SimulatedMaster(partitions, timer),
  replica: undefined as never,
  openArchive: undefined as never,
  open: undefined as never,
  close: async () => {},
}))
for (const contract of [batchContract, seatsContract, moneyContract, readsContract]) contract(master)

waitingRoomsContract('simulated fast store', async () => {
  let kept: RoomsInMemory
  let current: WaitingRooms
  const goOnWith = (tables: RoomsInMemory) => {
    kept = tables
    current = roomsInMemory(tables)
  }
  const lose = async () => goOnWith({ rooms: new Map(), places: new Map() })
  await lose()
  const copy = async () => {
    const copied = structuredClone(kept)
    return async () => goOnWith(copied)
  }
  return { rooms: forwarding(() => current), lose, copy }
})

leasesContract('simulated fast store', async () => new FastStore(noRooms).leases)

waitingRoomLedgerContract('simulated master', async (partitions) => ({
  master: new SimulatedMaster(partitions, timer),
  close: async () => {},
}))

brokerContract('simulated broker', async () => {
  let broker = new SimulatedBroker()
  const restart = async () => {
    broker = await broker.restart()
    return broker
  }
  return { broker, partitions: [0, 1], restart }
})

claimsContract('simulated fast store', async () => {
  const sessions = new Map<string, number>()
  const store = new FastStore({
    hasSession: (showId, userId, at) => (sessions.get(`${showId} ${userId}`) ?? 0) > at,
    lose: () => sessions.clear(),
  })
  const flush = async () => {
    store.flush()
    return { claims: store, projection: store }
  }
  const admit = async (showId: string, userId: string, until: number) =>
    void sessions.set(`${showId} ${userId}`, until)
  return { claims: store, projection: store, admit, flush }
})

projectionContract('simulated fast store as projection', async () => {
  const projection = new FastStore(noRooms)
  return { projection, elsewhere: projection }
})
