// The secrets of a deployment, each in a file of its own that nobody else reads: made once, at random. Servers read their
// accounts from them, app servers the URLs that carry the passwords.
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Secrets {
  readonly masterPassword: string
  readonly replicationPassword: string
  /** Of the database's administrator, who can only come in on the server itself. */
  readonly rootPassword: string
  readonly redisPassword: string
  readonly amqpPassword: string
  readonly authSecret: string
  readonly queueTokenKeys: string
}

/** `host:port` of each server, as the app servers reach it. */
export interface Addresses {
  readonly master: string
  readonly replica: string
  readonly redis: string
  readonly rabbitmq: string
}

/** The account of the app servers, on every server, and their schema. */
export const account = 'holdfast'

/** As long as MySQL takes them from a replica. */
const password = (): string => randomBytes(16).toString('hex')
const key = (): string => randomBytes(32).toString('hex')

export const makeSecrets = (): Secrets => ({
  masterPassword: password(),
  replicationPassword: password(),
  rootPassword: password(),
  redisPassword: password(),
  amqpPassword: password(),
  authSecret: key(),
  queueTokenKeys: key(),
})

/** Redis: the app servers have their keys and channels, and no command that governs the server; whoever looks after it may ping. */
const redisUsers = ({ redisPassword }: Secrets): string => `user default off
user ${account} on >${redisPassword} ~${account}:* &${account}:* +@all -@admin -@dangerous +info
user health on nopass +ping
`

/**
 * RabbitMQ: the app servers have the queues and exchanges of their name, those that it names for them, and the exchange that leads
 * to queues. The same for reading and writing: RabbitMQ 3.10 takes one for the other.
 */
const rabbitmqUser = ({ amqpPassword }: Secrets): string => `default_user = ${account}
default_pass = ${amqpPassword}
default_user_tags.administrator = false
default_permissions.configure = ^(${account}\\.|amq\\.gen)
default_permissions.read = ^(${account}\\.|amq\\.(gen|default))
default_permissions.write = ^(${account}\\.|amq\\.(gen|default))
`

export const accountFiles = (secrets: Secrets): Readonly<Record<string, string>> => ({
  'master-password': secrets.masterPassword,
  'replication-password': secrets.replicationPassword,
  'root-password': secrets.rootPassword,
  'redis-users.acl': redisUsers(secrets),
  'rabbitmq-user.conf': rabbitmqUser(secrets),
})

/** What the app servers read, each through the setting of the same name with `_FILE`. */
export const settingFiles = (secrets: Secrets, addresses: Addresses): Readonly<Record<string, string>> => ({
  'master-url': `mysql://${account}:${secrets.masterPassword}@${addresses.master}/${account}`,
  'replica-url': `mysql://${account}:${secrets.masterPassword}@${addresses.replica}/${account}`,
  'redis-url': `redis://${account}:${secrets.redisPassword}@${addresses.redis}`,
  'amqp-url': `amqp://${account}:${secrets.amqpPassword}@${addresses.rabbitmq}`,
  'auth-secret': secrets.authSecret,
  'queue-token-keys': secrets.queueTokenKeys,
})

/** `MASTER_URL_FILE: <folder>/master-url` and so on. */
export const settingsIn = (folder: string): Record<string, string> =>
  Object.fromEntries(
    ['master-url', 'replica-url', 'redis-url', 'amqp-url', 'auth-secret', 'queue-token-keys'].map((name) => [
      `${name.toUpperCase().replaceAll('-', '_')}_FILE`,
      join(folder, name),
    ]),
  )

/**
 * In a folder that only its owner enters. The files can be read by whoever is given one of them: in a container that is an
 * account of its own.
 */
export function writeSecrets(folder: string, files: Readonly<Record<string, string>>): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  for (const [name, content] of Object.entries(files))
    writeFileSync(join(folder, name), content, { mode: 0o644 })
}

/** As compose.yaml has them. */
export const deploymentAddresses: Addresses = {
  master: '10.0.3.20:3306',
  replica: '10.0.3.21:3306',
  redis: '10.0.2.20:6379',
  rabbitmq: '10.0.2.10:5672',
}

/**
 * Those that compose.yaml mounts.
 * @returns where they are
 * @throws {Error} where some are already: servers that have data keep their passwords
 */
export function makeDeploymentSecrets(folder = join(import.meta.dirname, 'secrets')): string {
  if (existsSync(folder)) throw new Error(`${folder} is there already, and is left as it is.`)
  const secrets = makeSecrets()
  writeSecrets(folder, { ...accountFiles(secrets), ...settingFiles(secrets, deploymentAddresses) })
  return folder
}
