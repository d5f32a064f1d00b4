// From the environment to the settings that main.ts composes with: read once, checked against settings.ts, and
// refused with a sentence for each thing that is unknown, malformed or contradictory.
import { createPublicKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { distance } from 'fastest-levenshtein'
import { Value } from 'typebox/value'
import { limits } from './engine/limits.ts'
import { type SettingName, type SettingValues, settingNames, settings } from './settings.ts'

export interface Config {
  readonly host: string
  readonly port: number
  readonly dataDir: string
  /** Null for the embedded mode. */
  readonly services: Services | null
  readonly authSecret: string | null
  readonly authPublicKey: string | null
  readonly queueTokenKeys: readonly string[] | null
  readonly trustedProxies: readonly string[]
  readonly currency: string
  readonly holdTtlMs: number
  readonly holdGraceMs: number
  readonly seatLimit: number
  readonly partitions: number
  readonly rateLimitMax: number
  readonly stopDelayMs: number
  readonly devLogin: boolean
  readonly demoCharges: boolean
  readonly logLevel: string
}

export interface Services {
  readonly masterUrl: string
  readonly replicaUrl: string
  readonly redisUrl: string
  readonly amqpUrl: string
}

/** The settings don't go together; the message has a line for each thing that is wrong, and no secret. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

type Environment = Readonly<Record<string, string | undefined>>

/** @throws {ConfigError} */
export function readConfig(environment: Environment): Config {
  const faults = unknownNames(environment)
  const values = {} as Record<SettingName, unknown>
  for (const name of settingNames) {
    const { schema, read, expects, isSecret } = settings[name]
    const given = textOf(name, environment, faults)
    values[name] = read(given)
    if (!Value.Check(schema, values[name]))
      faults.push(`${name} must be ${expects}${isSecret ? '' : `, not ${JSON.stringify(given)}`}.`)
  }
  if (faults.length === 0) faults.push(...contradictions(values as SettingValues))
  if (faults.length > 0) throw new ConfigError(faults.join('\n'))
  return configOf(values as SettingValues)
}

/** As it stands in the environment or, of a secret, in the file that the environment names. */
function textOf(name: SettingName, environment: Environment, faults: string[]): string {
  const { isSecret, default: preset } = settings[name]
  const path = isSecret && environment[fileNameOf(name)]
  if (!path) return environment[name] || preset
  if (environment[name])
    faults.push(`${name} and ${fileNameOf(name)} exclude each other: the value, or the file with the value.`)
  try {
    return readFileSync(path, 'utf8').trim()
  } catch (error) {
    faults.push(`${fileNameOf(name)} must name a file that can be read: ${(error as Error).message}.`)
    return preset
  }
}

const fileNameOf = (name: SettingName): string => `${name}_FILE`

const fileNames = new Set(settingNames.filter((name) => settings[name].isSecret).map(fileNameOf))

function configOf(values: SettingValues): Config {
  const isEmbedded = values.MASTER_URL === ''
  const hasSecret = values.AUTH_PUBLIC_KEY === ''
  return {
    host: values.HOST,
    port: values.PORT,
    dataDir: values.DATA_DIR,
    services: isEmbedded
      ? null
      : {
          masterUrl: values.MASTER_URL,
          replicaUrl: values.REPLICA_URL,
          redisUrl: values.REDIS_URL,
          amqpUrl: values.AMQP_URL,
        },
    authSecret: values.AUTH_SECRET || null,
    authPublicKey: values.AUTH_PUBLIC_KEY || null,
    queueTokenKeys: values.QUEUE_TOKEN_KEYS ? values.QUEUE_TOKEN_KEYS.split(',') : null,
    trustedProxies: values.TRUSTED_PROXIES,
    currency: values.CURRENCY,
    holdTtlMs: values.HOLD_TTL,
    holdGraceMs: values.HOLD_GRACE,
    seatLimit: values.SEAT_LIMIT,
    partitions: values.PARTITIONS,
    rateLimitMax: values.RATE_LIMIT_MAX,
    stopDelayMs: values.STOP_DELAY,
    devLogin: values.DEV_LOGIN ?? (isEmbedded && hasSecret),
    demoCharges: values.DEMO_CHARGES ?? isEmbedded,
    logLevel: values.LOG_LEVEL,
  }
}

function contradictions(values: SettingValues): string[] {
  const faults: string[] = []
  const urls = ['MASTER_URL', 'REPLICA_URL', 'REDIS_URL', 'AMQP_URL'] as const
  const missing = urls.filter((name) => values[name] === '')
  if (missing.length > 0 && missing.length < urls.length)
    faults.push(
      `${missing.join(' and ')} must be set too: all four service URLs, or none for the embedded mode.`,
    )
  if (missing.length === 0 && values.AUTH_SECRET === '' && values.AUTH_PUBLIC_KEY === '')
    faults.push('AUTH_SECRET or AUTH_PUBLIC_KEY must be set where the service URLs are.')
  if (missing.length === 0 && values.QUEUE_TOKEN_KEYS === '')
    faults.push('QUEUE_TOKEN_KEYS must be set where the service URLs are.')
  const graceMinMs = limits.publishTimeoutMs + limits.holdGraceSlackMs
  if (values.HOLD_GRACE < graceMinMs)
    faults.push(
      `HOLD_GRACE must be ${graceMinMs}ms or more, since a payment that was accepted in time may need that long to reach the queue.`,
    )
  if (values.AUTH_SECRET !== '' && values.AUTH_PUBLIC_KEY !== '')
    faults.push('AUTH_SECRET and AUTH_PUBLIC_KEY exclude each other: tokens are signed with one of them.')
  if (values.AUTH_PUBLIC_KEY !== '' && values.DEV_LOGIN === true)
    faults.push('DEV_LOGIN needs AUTH_SECRET: a public key signs no tokens.')
  if (values.AUTH_PUBLIC_KEY !== '' && !isPublicKey(values.AUTH_PUBLIC_KEY))
    faults.push(`AUTH_PUBLIC_KEY must be ${settings.AUTH_PUBLIC_KEY.expects}.`)
  return faults
}

function isPublicKey(pem: string): boolean {
  try {
    createPublicKey(pem)
    return !pem.includes('PRIVATE')
  } catch {
    return false
  }
}

/** Names that begin like these are taken for ours, so that a misspelt setting is not silently without effect. */
const ownPrefix =
  /^(?:HOLDFAST|HOLD|SEAT|QUEUE|RATE_LIMIT|PARTITION|MASTER|REPLICA|REDIS|AMQP|AUTH|DEV_LOGIN|DEMO|TRUSTED)(?:_|S_)/
/** Kubernetes puts these into every container beside a service named `redis` or `master`; nobody wrote them. */
const serviceLink = /_(?:SERVICE_(?:HOST|PORT\w*)|PORT(?:_\d+_(?:TCP|UDP)(?:_\w+)?)?)$/

function unknownNames(environment: Environment): string[] {
  return Object.keys(environment)
    .filter((name) => environment[name] !== '' && !isKnown(name) && !serviceLink.test(name))
    .flatMap((name) => {
      const nearest = nearestSetting(name)
      if (nearest !== null) return [`${name} is not a setting; ${nearest} is.`]
      return ownPrefix.test(name.toUpperCase())
        ? [`${name} is not a setting; .env.example lists all that are.`]
        : []
    })
}

/** The replay's, which reads the same `.env`. */
const replayToken = 'HOLDFAST_TOKEN'

const isKnown = (name: string): boolean =>
  Object.hasOwn(settings, name) || fileNames.has(name) || name === replayToken

/** A setting whose name differs by one slip: a letter too many, too few, another one, two in the wrong order, or an end that is missing. */
function nearestSetting(name: string): SettingName | null {
  const given = name.toUpperCase()
  const isCut = (known: string) => given.includes('_') && known.startsWith(`${given}_`)
  return settingNames.find((known) => (known.length > 5 && isOneSlip(given, known)) || isCut(known)) ?? null
}

function isOneSlip(given: string, known: string): boolean {
  const steps = distance(given, known)
  return steps <= 1 || (steps === 2 && [...given].sort().join() === [...known].sort().join())
}
