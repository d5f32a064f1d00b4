// Private MariaDB or MySQL servers with the configuration of the deployment: a master, and a replica of it joined by GTID.
import { execFile } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
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
}

/** Whether a commit waits until the replica has it. */
export type Replication = 'asynchronous' | 'semi-synchronous'

/** An empty master with the accounts of `accounts.sql`. */
export async function startMaster(replication: Replication = 'asynchronous'): Promise<Database> {
  const master = await startDatabase('master', replication)
  try {
    const accounts = await readFile(join(configuration, 'accounts.sql'), 'utf8')
    for (const statement of accounts.split(/;\n/).filter((text) => text.trim() !== ''))
      await master.asRoot(statement)
    return master
  } catch (error) {
    await master.server.stop()
    throw error
  }
}

/** An empty replica that follows nobody yet, see `follow`. */
export const startReplica = (replication: Replication = 'asynchronous'): Promise<Database> =>
  startDatabase('replica', replication)

/** Makes the replica follow the master, and resolves once it has caught up. */
export async function follow(replica: Database, master: Database): Promise<void> {
  const { name } = await flavour()
  for (const statement of joinStatements[name](master.port)) await replica.asRoot(statement)
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

async function startDatabase(role: 'master' | 'replica', replication: Replication): Promise<Database> {
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
    },
    folder,
  )
  try {
    await writeFile(file, settings.join('\n'))
    await mkdir(temporary)
    await install(data, temporary)
    await server.start()
  } catch (error) {
    await server.stop()
    throw error
  }
  return {
    ...{ port, server, url: `mysql://holdfast:holdfast@127.0.0.1:${port}/holdfast` },
    async asRoot(sql) {
      const connection = await createConnection({ socketPath: socket, user: 'root' })
      try {
        const [rows] = await connection.query<RowDataPacket[]>(sql)
        return rows
      } finally {
        await connection.end()
      }
    },
  }
}

// ── what differs between MariaDB and MySQL ────────────────────────────────────────────────────────────────

type FlavourName = 'MariaDB' | 'MySQL'

interface Flavour {
  readonly name: FlavourName
  readonly command: string
  /** Makes a data folder whose root has no password and can be reached through the socket alone. */
  install(data: string, temporary: string): Promise<void>
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
  return async (data, temporary) => {
    const env = { ...process.env, TMPDIR: temporary }
    await run(command, ['--no-defaults', ...options, `--datadir=${data}`, ...user], { env })
  }
}

const joinStatements: Readonly<Record<FlavourName, (masterPort: number) => string[]>> = {
  MariaDB: (port) => [
    `CHANGE MASTER TO MASTER_HOST = '127.0.0.1', MASTER_PORT = ${port}, MASTER_USER = 'replicator',
      MASTER_PASSWORD = 'replicator', MASTER_CONNECT_RETRY = 1, MASTER_USE_GTID = slave_pos`,
    'START SLAVE',
  ],
  MySQL: (port) => [
    `CHANGE REPLICATION SOURCE TO SOURCE_HOST = '127.0.0.1', SOURCE_PORT = ${port}, SOURCE_USER = 'replicator',
      SOURCE_PASSWORD = 'replicator', SOURCE_CONNECT_RETRY = 1, SOURCE_AUTO_POSITION = 1, GET_SOURCE_PUBLIC_KEY = 1`,
    'START REPLICA',
  ],
}
const gtidPosition = { MariaDB: '@@GLOBAL.gtid_binlog_pos', MySQL: '@@GLOBAL.gtid_executed' } as const
const gtidWait = { MariaDB: 'MASTER_GTID_WAIT', MySQL: 'WAIT_FOR_EXECUTED_GTID_SET' } as const

const semiSynchronous: Readonly<Record<FlavourName, readonly string[]>> = {
  MariaDB: [],
  MySQL: ['plugin_load_add = semisync_source.so', 'plugin_load_add = semisync_replica.so'],
}
/** A master without a replica would wait for one at its first commit. MySQL is asynchronous without its plugins. */
const asynchronous = ['loose_rpl_semi_sync_master_enabled = OFF', 'loose_rpl_semi_sync_slave_enabled = OFF']
