// The master as one: every port that it serves, each from the file of its concern, on one database.
import type { Administration, MachineVersions, Master, Servers, Settings } from '../../engine/ports.ts'
import type { WaitingRoomLedger } from '../../engine/waiting-room-ports.ts'
import { accounts } from './accounts.ts'
import { administration } from './administration.ts'
import { Batch } from './batch.ts'
import { catalogue } from './catalogue.ts'
import { connect, type Database } from './connect.ts'
import { decisions } from './decisions.ts'
import { dialectOf } from './dialect.ts'
import { asFailure, withFailures } from './failures.ts'
import { machineVersions } from './machine-versions.ts'
import { migrate } from './migrations/migrate.ts'
import { outbox } from './outbox.ts'
import { ownership } from './ownership.ts'
import { parked } from './parked.ts'
import { refusals } from './refusals.ts'
import { servers } from './servers.ts'
import { inTransaction } from './session.ts'
import { ensureSettings, settings } from './settings.ts'
import { waitingRoomLedger } from './waiting-room.ts'

type Ports = Master & Administration & MachineVersions & Settings

export interface WholeMaster extends Ports {
  readonly servers: Servers
  readonly waitingRooms: WaitingRoomLedger
  /** What its clock shows, in ms since the epoch. */
  timeMs(): Promise<number>
  /** When any partition decided last, in ms since the epoch; 0 where none ever did. */
  lastStamp(): Promise<number>
  /** A sentence for each thing about it that an operator should put right. */
  findings(): Promise<readonly string[]>
}

export interface MasterOptions {
  /** `sqlite:<file>` or `mysql://user:password@host:port/schema`. */
  readonly url: string
  /** Counts at the first start of a deployment, and has to be the same afterwards. */
  readonly partitions: number
}

/**
 * Brings the schema up to date and opens the master.
 * @throws {Transient} when the database does not answer now
 * @throws when it could lose what it commits, belongs to a newer release, or has another number of partitions
 */
export async function openMaster({ url, partitions }: MasterOptions): Promise<WholeMaster> {
  const dialect = dialectOf(url)
  const database = connect(url)
  try {
    await assertSound(database)
    await migrate(url)
    await ensureSettings(database, partitions)
  } catch (error) {
    await database.close()
    throw asFailure(dialect, error)
  }
  return {
    ...withFailures(dialect, masterOf(database)),
    ...withFailures(dialect, conditionOf(database)),
    servers: withFailures(dialect, servers(database)),
    waitingRooms: withFailures(dialect, waitingRoomLedger(database)),
  }
}

async function assertSound({ dialect, queries }: Database): Promise<void> {
  const { grave } = await dialect.examineMaster(queries)
  if (grave.length > 0) throw new Error(grave.join('\n'))
}

const conditionOf = ({ dialect, queries }: Database) => ({
  timeMs: () => dialect.timeMs(queries),
  async lastStamp() {
    const last = await queries('partitions').max({ stamp: 'last_stamp' }).first()
    return Number(last?.stamp ?? 0)
  },
  async findings() {
    const { grave, slight } = await dialect.examineMaster(queries)
    return [...grave, ...slight]
  },
})

function masterOf(database: Database): Ports {
  const { dialect, batches, queries, close } = database
  return {
    ...accounts(database),
    ...administration(database),
    ...catalogue(database),
    ...decisions(database),
    ...machineVersions(database),
    ...outbox(database),
    ...ownership(database),
    ...parked(database),
    ...refusals(database),
    ...settings(database),
    transaction: (work) => inTransaction(dialect, batches, (session) => work(new Batch(session))),
    check: () => dialect.assertWritable(queries),
    close,
  }
}
