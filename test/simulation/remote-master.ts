// The master as one process reaches it: each statement is a call, a transaction that its process can't end is ended by
// the master, and the answer to a commit may be lost on its way.
import { Transient } from '../../engine/failures.ts'
import { type JournalRow, openEntry } from '../../engine/journal.ts'
import type {
  BatchTransaction,
  MachineVersions,
  Master,
  Servers,
  WaitingRoomLedger,
} from '../../engine/ports.ts'
import type { Link } from './link.ts'
import type { Batch } from './master/batch.ts'
import { inOrder, statements } from './master/in-order.ts'
import type { SimulatedMaster } from './master/master.ts'

export type RemoteMaster = Master &
  Pick<MachineVersions, 'active' | 'register' | 'activate'> &
  Servers & {
    readonly waitingRooms: WaitingRoomLedger
    timeMs(): Promise<number>
    commitPoint(): Promise<string>
  }

/** All of them: the compiler sees to it that none is forgotten. */
const namesOf = <Port, Kept extends keyof Port = never>(
  names: Record<Exclude<keyof Port, Kept>, 'remote'>,
): readonly Exclude<keyof Port, Kept>[] => Object.keys(names) as Exclude<keyof Port, Kept>[]

const remote = 'remote'
const methods = namesOf<RemoteMaster, 'transaction' | 'close' | 'waitingRooms'>({
  show: remote,
  plan: remote,
  active: remote,
  check: remote,
  register: remote,
  activate: remote,
  timeMs: remote,
  commitPoint: remote,
  raiseEpoch: remote,
  heartbeat: remote,
  silentPartitions: remote,
  hasOverdue: remote,
  report: remote,
  leave: remote,
  live: remote,
  pending: remote,
  remove: remote,
  list: remote,
  find: remote,
  park: remote,
  append: remote,
  findEntry: remote,
  history: remote,
  lastEntries: remote,
  standings: remote,
  reservation: remote,
  reservationsOf: remote,
  seatMap: remote,
  balance: remote,
  entries: remote,
  charge: remote,
})
const ledgerMethods = namesOf<WaitingRoomLedger>({
  ensure: remote,
  list: remote,
  change: remote,
  grant: remote,
  open: remote,
  lead: remote,
  markOpened: remote,
  admit: remote,
  lastAdmission: remote,
  end: remote,
  draw: remote,
  writeCrowd: remote,
  freeze: remote,
  writeForecasts: remote,
  forecasts: remote,
})

type AnyMethod = (...given: unknown[]) => Promise<unknown>

export function remoteMaster(link: Link, master: SimulatedMaster): RemoteMaster {
  const port: Record<string, unknown> = {
    close: async () => {},
    transaction: <T>(work: (transaction: BatchTransaction) => Promise<T>) => transact(link, master, work),
  }
  port.waitingRooms = overLink(link, master.waitingRooms, ledgerMethods)
  Object.assign(port, overLink(link, master, methods))
  return port as unknown as RemoteMaster
}

/** Each method is a call. */
function overLink<Part extends object>(link: Link, part: Part, names: readonly (keyof Part)[]) {
  const port: Partial<Record<keyof Part, AnyMethod>> = {}
  for (const name of names) {
    const method = (part[name] as AnyMethod).bind(part)
    port[name] = (...given: unknown[]) => link.call('master', () => method(...given))
  }
  return port
}

async function transact<T>(
  link: Link,
  master: SimulatedMaster,
  work: (transaction: BatchTransaction) => Promise<T>,
): Promise<T> {
  const batch = await link.call('master', () => {
    const begun = master.begin()
    link.process.batches.add(begun)
    return begun
  })
  try {
    const result = await work(inOrder(remoteTransaction(link, batch)))
    await commit(link, batch)
    return result
  } catch (error) {
    // Until this arrives the transaction is open: then it ends with its connection at the latest.
    link.send('master', () => {
      batch.rollBack()
      link.process.batches.delete(batch)
    })
    throw error
  }
}

function remoteTransaction(link: Link, batch: Batch): BatchTransaction {
  const port: Record<string, unknown> = {}
  for (const name of statements) {
    const statement = (batch[name] as AnyMethod).bind(batch)
    port[name] = (...given: unknown[]) =>
      link.call('master', () => {
        const fault = link.faults.of('statement')
        // Its victim is rolled back whole; who waited too long has to do that itself.
        if (fault === 'deadlock') batch.lose()
        if (fault !== null) throw new Transient(`${fault}, with somebody else`)
        return statement(...given)
      })
  }
  return port as unknown as BatchTransaction
}

function commit(link: Link, batch: Batch): Promise<void> {
  const fault = link.faults.of('commit')
  return link.call('master', () => {
    link.process.batches.delete(batch)
    if (fault === 'commit lost') batch.lose()
    else for (const row of batch.commit()) link.trace(() => told(row))
    if (fault !== null) throw new Transient('the outcome of a commit is unknown')
  })
}

function told({ showId, position, commandId, entry }: JournalRow): string {
  const { event, subjectId, userId, from, to, outcome, code } = openEntry({ entry } as JournalRow)
  const what = `${event.type} ${subjectId} by ${userId} as ${commandId}`
  return `commits ${showId} #${position}: ${what}: ${outcome} ${code ?? ''} ${from} → ${to}`
}
