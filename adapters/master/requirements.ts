// What a MySQL or MariaDB must be for Holdfast to run on it, read from its own variables. What would lose a commit or decide
// wrongly stops a start; what only weakens a second line of defence is told to the operator.
import type { Knex } from 'knex'
import { limits } from '../../engine/limits.ts'
import { faultOfSemiSynchrony } from './semi-synchrony.ts'

/** Sentences. */
export interface Findings {
  /** No server starts on it. */
  readonly grave: readonly string[]
  readonly slight: readonly string[]
}

export const soundFindings: Findings = { grave: [], slight: [] }

interface Requirement {
  readonly variable: string
  readonly wanted: string
  readonly isMet: (value: string) => boolean
  readonly because: string
}

const oneOf = (...values: string[]) => ({
  wanted: values.join(' or '),
  isMet: (value: string) => values.includes(value.toUpperCase()),
})

/** A plan goes into one statement, and quoting it may take every byte twice. */
const packetBytesMin = 2 * limits.planBodyBytesMax

const grave: readonly Requirement[] = [
  {
    variable: 'sync_binlog',
    ...oneOf('1'),
    because: 'a payment that was answered could be gone after a power failure',
  },
  {
    variable: 'innodb_flush_log_at_trx_commit',
    ...oneOf('1', '3'),
    because: 'a payment that was answered could be gone after a power failure',
  },
  { variable: 'autocommit', ...oneOf('ON'), because: 'single statements would never be committed' },
  { variable: 'default_storage_engine', ...oneOf('INNODB'), because: 'no other one has transactions' },
  { variable: 'unique_checks', ...oneOf('ON'), because: 'a command could be decided twice' },
  { variable: 'check_constraint_checks', ...oneOf('ON'), because: 'a balance could go below zero' },
  {
    variable: 'binlog_format',
    ...oneOf('ROW', 'MIXED'),
    because: 'it takes no writes of the isolation that batches need',
  },
  {
    variable: 'max_allowed_packet',
    wanted: `${packetBytesMin} or more`,
    isMet: (value) => Number(value) >= packetBytesMin,
    because: 'a batch that does not fit would be tried for ever',
  },
]

const slight: readonly Requirement[] = [
  { variable: 'log_bin', ...oneOf('ON'), because: 'no replica can follow' },
  { variable: 'gtid_mode', ...oneOf('ON'), because: 'no look-up can wait for the replica' },
  { variable: 'gtid_strict_mode', ...oneOf('ON'), because: 'a replica could drift away unnoticed' },
  {
    variable: 'innodb_doublewrite',
    ...oneOf('ON', 'DETECT_AND_RECOVER'),
    because: 'a page that was half written stays broken, unless the file system writes pages whole',
  },
  {
    variable: 'innodb_rollback_on_timeout',
    ...oneOf('ON'),
    because: 'only Holdfast itself rolls a whole batch back after a lock wait',
  },
  {
    variable: 'innodb_snapshot_isolation',
    ...oneOf('ON'),
    because: 'only the isolation that Holdfast sets itself keeps updates from being lost',
  },
]

const replica: readonly Requirement[] = [
  { variable: 'read_only', ...oneOf('ON'), because: 'it could come to differ from its master' },
]

const versionMin = { MariaDB: [10, 11], MySQL: [8, 4] } as const

type Variables = ReadonlyMap<string, string>

export async function examineMysqlMaster(knex: Knex): Promise<Findings> {
  const variables = await show(knex, 'VARIABLES')
  const semiSynchrony = faultOfSemiSynchrony(variables, await show(knex, 'STATUS'))
  return {
    grave: [...faultOfVersion(variables), ...unmet('The master', grave, variables)],
    slight: [...unmet('The master', slight, variables), ...(semiSynchrony === null ? [] : [semiSynchrony])],
  }
}

export async function examineMysqlReplica(knex: Knex): Promise<Findings> {
  const variables = await show(knex, 'VARIABLES')
  return { grave: [], slight: unmet('The replica', replica, variables) }
}

/** Of a variable that this server does not know nothing is said. */
function unmet(who: string, requirements: readonly Requirement[], variables: Variables): string[] {
  return requirements.flatMap(({ variable, wanted, isMet, because }) => {
    const value = variables.get(variable)
    if (value === undefined || isMet(value)) return []
    return [`${who} has ${variable}=${value} and should have ${wanted}: ${because}.`]
  })
}

function faultOfVersion(variables: Variables): string[] {
  const version = variables.get('version') ?? ''
  const name = version.includes('MariaDB') ? 'MariaDB' : 'MySQL'
  const [major, minor] = versionMin[name]
  const [hasMajor = 0, hasMinor = 0] = version.split('.').map((part) => Number.parseInt(part, 10))
  if (hasMajor > major || (hasMajor === major && hasMinor >= minor)) return []
  return [`The master is ${name} ${version}; Holdfast needs ${major}.${minor} or later.`]
}

interface Shown {
  readonly Variable_name: string
  readonly Value: string
}

const examined = [...grave, ...slight, ...replica].map(({ variable }) => variable)

async function show(knex: Knex, what: 'VARIABLES' | 'STATUS'): Promise<Variables> {
  const wanted =
    what === 'VARIABLES'
      ? `IN (${[...examined, 'version'].map((name) => `'${name}'`).join()}) OR Variable_name LIKE 'rpl_semi_sync%enabled'`
      : "LIKE 'Rpl_semi_sync%'"
  const [rows] = await knex.raw<Shown[][]>(`SHOW GLOBAL ${what} WHERE Variable_name ${wanted}`)
  return new Map(rows?.map(({ Variable_name, Value }) => [Variable_name.toLowerCase(), Value]))
}
