// Every setting by its name in the environment: what it means, its default, and the schema that its value must pass.
// `.env.example` says the same, held by a test.
import { isIP } from 'node:net'
import { type Static, type TSchema, Type } from 'typebox'
import { limits } from './engine/limits.ts'

export interface Setting<Schema extends TSchema = TSchema> {
  readonly meaning: string
  /** As it would stand in the environment; empty for unset. */
  readonly default: string
  readonly schema: Schema
  /** From the text to the value that the schema checks; what can't be read comes back as it is. */
  readonly read: (text: string) => unknown
  /** What the value must be, as the end of a sentence. */
  readonly expects: string
  /** Its value stands in no message. */
  readonly isSecret: boolean
}

type Kind<Schema extends TSchema> = Omit<Setting<Schema>, 'meaning' | 'default'>

const setting = <Schema extends TSchema>(
  kind: Kind<Schema>,
  preset: string,
  meaning: string,
): Setting<Schema> => ({ ...kind, default: preset, meaning })

const unitsMs: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }

function readDuration(text: string): unknown {
  const [, amount, unit = ''] = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text) ?? []
  return amount === undefined ? text : Number(amount) * (unitsMs[unit] ?? Number.NaN)
}

/** The limits are in ms. */
const duration = (minimum: number, maximum: number, range: string) => ({
  schema: Type.Integer({ minimum, maximum }),
  read: readDuration,
  expects: `a duration with its unit, such as 8m, 2s or 500ms, ${range}`,
  isSecret: false,
})

const wholeNumber = (minimum: number, maximum: number) => ({
  schema: Type.Integer({ minimum, maximum }),
  read: (text: string) => (/^\d{1,15}$/.test(text) ? Number(text) : text),
  expects: `a whole number from ${minimum} to ${maximum}`,
  isSecret: false,
})

const switches: Readonly<Record<string, boolean>> = {
  on: true,
  true: true,
  1: true,
  off: false,
  false: false,
  0: false,
}

/** Null where it is unset: the default depends on the mode. */
const onOrOff = {
  schema: Type.Union([Type.Boolean(), Type.Null()]),
  read: (text: string) => (text === '' ? null : (switches[text] ?? text)),
  expects: 'on or off',
  isSecret: false,
}

const text = (pattern: string, expects: string) => ({
  schema: Type.String({ pattern: `^(?:${pattern})?$` }),
  read: (value: string) => value,
  expects,
  isSecret: false,
})

const secret = (pattern: string, expects: string) => ({ ...text(pattern, expects), isSecret: true })

const level = Type.Enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
const currency = Type.Enum(Intl.supportedValuesOf('currency'))

const list = <Item extends TSchema>(item: Item, expects: string) => ({
  schema: Type.Array(item),
  read: (value: string) =>
    value
      .split(',')
      .map((each) => each.trim())
      .filter((each) => each !== ''),
  expects,
  isSecret: false,
})

/** An address, or a network as `10.0.0.0/16`. */
function isNetwork(value: string): boolean {
  const [address = '', bits, ...rest] = value.split('/')
  const bitsMax = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1
  return (
    rest.length === 0 &&
    bitsMax > 0 &&
    (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= bitsMax))
  )
}

/** May carry a password. */
const url = (scheme: string, form = `${scheme}s?`) =>
  secret(`${form}://\\S+`, `a URL that begins with ${scheme}://`)

const graceMaxMs = 3_600_000
const stopDelayMaxMs = 60_000
const secretExpects = 'at least 32 printable characters without blanks or commas'

export const settings = {
  HOST: setting(text('\\S+', 'a host name or an address'), '127.0.0.1', 'Address to listen on.'),
  PORT: setting(wholeNumber(0, 65_535), '8080', 'Port to listen on; 0 takes a free one.'),
  DATA_DIR: setting(
    text('.+', 'a folder'),
    '.holdfast',
    "Folder of the embedded mode's files; one process at a time.",
  ),
  MASTER_URL: setting(
    url('mysql', 'mysql'),
    '',
    'MySQL master. All four URLs unset: everything runs embedded in one process.',
  ),
  REPLICA_URL: setting(url('mysql', 'mysql'), '', 'MySQL replica, for look-ups.'),
  REDIS_URL: setting(url('redis'), '', 'Redis: claims, waiting room, seat projection.'),
  AMQP_URL: setting(url('amqp'), '', 'RabbitMQ: the order of the commands.'),
  AUTH_SECRET: setting(
    secret('[!-+\\--~]{32,}', secretExpects),
    '',
    'Secret that signs and checks bearer tokens (HS256). Embedded: made once and kept in DATA_DIR.',
  ),
  AUTH_PUBLIC_KEY: setting(
    text('[\\s\\S]+', 'a public key in PEM'),
    '',
    'Public key (PEM: RSA, P-256, P-384 or Ed25519) of whoever issues bearer tokens, instead of AUTH_SECRET.',
  ),
  QUEUE_TOKEN_KEYS: setting(
    secret(
      '[!-+\\--~]{32,}(?:,[!-+\\--~]{32,})?',
      `one or two secrets with a comma between, each ${secretExpects}`,
    ),
    '',
    'Secrets of the queue tokens: the first signs, the second is still accepted. Embedded: made of a key that it keeps.',
  ),
  TRUSTED_PROXIES: setting(
    list(
      Type.Refine(Type.String(), isNetwork, () => 'is an address or a network'),
      'addresses or networks with commas between, such as 10.0.0.10,10.0.1.0/24',
    ),
    '',
    'Proxies whose X-Forwarded-For is believed; without any, nobody is.',
  ),
  CURRENCY: setting(
    {
      schema: currency,
      read: (value: string) => value,
      expects: 'an ISO 4217 code, such as KRW',
      isSecret: false,
    },
    'KRW',
    'Currency of all money in this deployment.',
  ),
  HOLD_TTL: setting(
    duration(limits.holdTtlMinMs, limits.holdTtlMaxMs, 'from 1s to 24h'),
    '8m',
    'How long seats are held unpaid, where a show does not say otherwise.',
  ),
  HOLD_GRACE: setting(
    duration(1, graceMaxMs, 'above zero, 1h at most'),
    '2s',
    'How long after its deadline a hold is given back, 1750ms at least: longer than a payment that was accepted in time needs to reach the queue.',
  ),
  SEAT_LIMIT: setting(
    wholeNumber(1, limits.requestSeatsMax),
    '4',
    'Seats that one buyer may hold or own of a show, where the show does not say otherwise.',
  ),
  PARTITIONS: setting(
    wholeNumber(1, 256),
    '8',
    'Queues that the shows are spread over; fixed by the first start.',
  ),
  RATE_LIMIT_MAX: setting(
    wholeNumber(1, 1_000_000_000),
    '600',
    'Requests that one user may make in a minute, or one address without a valid token.',
  ),
  STOP_DELAY: setting(
    duration(0, stopDelayMaxMs, 'up to 1m'),
    '0s',
    'How long a server that is told to stop answers on while /readyz says no: longer than its load balancer needs to notice.',
  ),
  DEV_LOGIN: setting(
    onOrOff,
    '',
    'POST /v1/dev/login gives anybody any role. Default: on in the embedded mode, else off.',
  ),
  DEMO_CHARGES: setting(
    onOrOff,
    '',
    'Buyers may charge their own balance. Default: on in the embedded mode, else off.',
  ),
  LOG_LEVEL: setting(
    {
      schema: level,
      read: (value: string) => value,
      expects: 'fatal, error, warn, info, debug, trace or silent',
      isSecret: false,
    },
    'info',
    'The least that is logged.',
  ),
} as const

export type SettingName = keyof typeof settings
export const settingNames = Object.keys(settings) as SettingName[]

export const SettingValues = Type.Object(
  Object.fromEntries(settingNames.map((name) => [name, settings[name].schema])) as {
    [Name in SettingName]: (typeof settings)[Name]['schema']
  },
)
export type SettingValues = Static<typeof SettingValues>
