// Private MariaDB or MySQL servers with the configuration of the deployment: a master, and a replica of it joined by GTID.
import { execFile } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { createConnection, type RowDataPacket } from 'mysql2/promise'
import { PrivateFolder } from './folder.ts'
import { freePorts } from './ports.ts'
import { program } from './programs.ts'
import { Server } from './server.ts'

const run = promisify(execFile)
const configuration = join(import.meta.dirname, '../mariadb')
const catchUpTimeoutSeconds = 20

export interface Database {
  readonly url: string
  readonly port: number
  readonly server: Server
  /** What only the administrator may do: `STOP REPLICA`, `SET GLOBAL …`. One statement. */
  asRoot(sql: string): Promise<RowDataPacket[]>
  /** Of a replica: takes in all that it has received, follows nobody any more, and takes writes. */
  promote(): Promise<void>
}

/** Of the accounts that `accounts.sql` makes. */
export interface Accounts {
  readonly masterPassword: string
  readonly replicationPassword: string
  /** The schemas that the app servers may use, as a pattern. */
  readonly schemas: string
}

/** Of servers that nobody else reaches: each test has a schema of its own. */
const privateAccounts: Accounts = {
  masterPassword: 'holdfast',
  replicationPassword: 'replicator',
  schemas: 'holdfast%',
}

/** Whether a commit waits until the replica has it. */
export type Replication = 'asynchronous' | 'semi-synchronous'

/** An empty master with the accounts of `accounts.sql`. */
export async function startMaster(
  replication: Replication = 'asynchronous',
  accounts = privateAccounts,
  log?: string,
): Promise<Database> {
  const master = await startDatabase('master', replication, accounts, log)
  try {
    for (const statement of await statementsOf('accounts.sql', valuesOf(accounts)))
      await master.asRoot(statement)
    return master
  } catch (error) {
    await master.server.stop()
    throw error
  }
}

/** An empty replica that follows nobody yet, see `follow`. */
export const startReplica = (
  replication: Replication = 'asynchronous',
  accounts = privateAccounts,
  log?: string,
): Promise<Database> => startDatabase('replica', replication, accounts, log)

/** Makes the replica follow the master, and resolves once it has caught up. */
export async function follow(replica: Database, master: Database, accounts = privateAccounts): Promise<void> {
  const { name } = await flavour()
  const values = { ...valuesOf(accounts), MASTER_HOST: '127.0.0.1', MASTER_PORT: `${master.port}` }
  const statements = name === 'MariaDB' ? await statementsOf('follow.sql', values) : joinMysql(values)
  for (const statement of statements) await replica.asRoot(statement)
  await catchUp(replica, master)
}

/** Resolves once the replica has what the master had at the call. */
export async function catchUp(replica: Database, master: Database): Promise<void> {
  const { name } = await flavour()
  const [position] = await master.asRoot(`SELECT ${gtidPosition[name]} AS gtid`)
  const [waited] = await replica.asRoot(
    `SELECT ${gtidWait[name]}('${position?.gtid}', ${catchUpTimeoutSeconds}) AS outcome`,
  )
  if (waited?.outcome === 0) return
  const [status] = await replica.asRoot('SHOW REPLICA STATUS')
  throw new Error(`The replica does not catch up with the master: ${JSON.stringify(status)}`)
}

const valuesOf = ({ masterPassword, replicationPassword, schemas }: Accounts) => ({
  MASTER_PASSWORD: masterPassword,
  REPLICATION_PASSWORD: replicationPassword,
  SCHEMAS: schemas,
})

/** Of a file in `ops/mariadb`, filled in. */
async function statementsOf(file: string, values: Readonly<Record<string, string>>): Promise<string[]> {
  const text = await readFile(join(configuration, file), 'utf8')
  const filled = text.replaceAll(/^--.*$/gm, '').replaceAll(/\$\{(\w+)\}/g, (_, name) => values[name] ?? '')
  return filled.split(/;\n/).filter((statement) => statement.trim() !== '')
}

async function startDatabase(
  role: 'master' | 'replica',
  replication: Replication,
  { masterPassword }: Accounts,
  log?: string,
): Promise<Database> {
  const { name, command, install } = await flavour()
  const [port = 0] = await freePorts(1)
  const folder = new PrivateFolder(role)
  const socket = folder.join('socket')
  const data = folder.join('data')
  const temporary = folder.join('temporary') // two servers that start at once remove each other's temporary tables
  const user = process.getuid?.() === 0 ? ['user = root'] : []
  const settings = [
    `!include ${join(configuration, 'server.cnf')}`,
    `!include ${join(configuration, `${role}.cnf`)}`,
    '[mysqld]',
    ...user,
    ...[
      `datadir = ${data}`,
      `tmpdir = ${temporary}`,
      `socket = ${socket}`,
      `pid_file = ${folder.join('pid')}`,
    ],
    ...[`port = ${port}`, 'bind_address = 127.0.0.1'],
    ...(replication === 'semi-synchronous' ? semiSynchronous[name] : asynchronous),
  ]
  const file = folder.join('my.cnf')
  const server = new Server(
    {
      name: `The ${role}'s ${name}`,
      command,
      args: [`--defaults-file=${file}`],
      ready: /ready for connections/,
      ...(log && { log }),
    },
    folder,
  )
  try {
    await writeFile(file, settings.join('\n'))
    await mkdir(temporary)
    await install(folder, data, temporary)
    await server.start()
  } catch (error) {
    await server.stop()
    throw error
  }
  const asRoot = async (sql: string): Promise<RowDataPacket[]> => {
    const connection = await createConnection({ socketPath: socket, user: 'root' })
    try {
      const [rows] = await connection.query<RowDataPacket[]>(sql)
      return rows
    } finally {
      await connection.end()
    }
  }
  return {
    port,
    server,
    asRoot,
    url: `mysql://holdfast:${masterPassword}@127.0.0.1:${port}/holdfast`,
    async promote() {
      await until(async () => {
        const [status] = await asRoot('SHOW REPLICA STATUS')
        const [applied] = await asRoot(`SELECT ${hasApplied[name](status ?? {})} AS isAll`)
        return applied?.isAll === 1
      })
      const statements = name === 'MariaDB' ? await statementsOf('promote.sql', {}) : promoteMysql
      for (const statement of statements) await asRoot(statement)
    },
  }
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + catchUpTimeoutSeconds * 1_000
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error('The replica has not taken in all that it received.')
    await sleep(50)
  }
}

// ── what differs between MariaDB and MySQL ────────────────────────────────────────────────────────────────

type FlavourName = 'MariaDB' | 'MySQL'

interface Flavour {
  readonly name: FlavourName
  readonly command: string
  /** Makes a data folder whose root has no password and can be reached through the socket alone. */
  install(folder: PrivateFolder, data: string, temporary: string): Promise<void>
}

async function flavour(): Promise<Flavour> {
  const command = program('mariadbd', 'mysqld')
  const { stdout: version } = await run(command, ['--version'])
  if (version.includes('MariaDB')) {
    const installer = program('mariadb-install-db', 'mysql_install_db')
    const options = ['--auth-root-authentication-method=normal', '--skip-test-db', '--skip-name-resolve']
    return { name: 'MariaDB', command, install: installBy(installer, options) }
  }
  return { name: 'MySQL', command, install: installBy(command, ['--initialize-insecure']) }
}

function installBy(command: string, options: readonly string[]): Flavour['install'] {
  const user = process.getuid?.() === 0 ? ['--user=root'] : []
  return (folder, data, temporary) =>
    folder.run(command, ['--no-defaults', ...options, `--datadir=${data}`, ...user], {
      ...process.env,
      TMPDIR: temporary,
    })
}

const joinMysql = (values: Readonly<Record<string, string>>): string[] => [
  `CHANGE REPLICATION SOURCE TO SOURCE_HOST = '${values.MASTER_HOST}', SOURCE_PORT = ${values.MASTER_PORT},
    SOURCE_USER = 'replicator', SOURCE_PASSWORD = '${values.REPLICATION_PASSWORD}', SOURCE_CONNECT_RETRY = 1,
    SOURCE_RETRY_COUNT = 100000, SOURCE_AUTO_POSITION = 1, GET_SOURCE_PUBLIC_KEY = 1`,
  'START REPLICA',
]
const promoteMysql = [
  ...['STOP REPLICA', 'RESET REPLICA ALL'],
  ...['SET GLOBAL rpl_semi_sync_source_enabled = ON', 'SET GLOBAL rpl_semi_sync_source_timeout = 1000'],
  'SET GLOBAL read_only = OFF',
]
/** Whether the replica has taken in what it received. */
const hasApplied: Readonly<Record<FlavourName, (status: Partial<RowDataPacket>) => string>> = {
  MariaDB: ({ Gtid_IO_Pos: received }) => `@@GLOBAL.gtid_slave_pos = '${received}'`,
  MySQL: ({ Retrieved_Gtid_Set: received }) => `GTID_SUBSET('${received}', @@GLOBAL.gtid_executed)`,
}
const gtidPosition = { MariaDB: '@@GLOBAL.gtid_binlog_pos', MySQL: '@@GLOBAL.gtid_executed' } as const
const gtidWait = { MariaDB: 'MASTER_GTID_WAIT', MySQL: 'WAIT_FOR_EXECUTED_GTID_SET' } as const

const semiSynchronous: Readonly<Record<FlavourName, readonly string[]>> = {
  MariaDB: [],
  MySQL: ['plugin_load_add = semisync_source.so', 'plugin_load_add = semisync_replica.so'],
}
/** A master without a replica would wait for one at its first commit. MySQL is asynchronous without its plugins. */
const asynchronous = ['loose_rpl_semi_sync_master_enabled = OFF', 'loose_rpl_semi_sync_slave_enabled = OFF']
