import { generateKeyPairSync } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { ConfigError, readConfig } from '../config.ts'
import { settingNames, settings } from '../settings.ts'
import { temporaryFolder } from './support/temporary-folder.ts'

const urls = {
  MASTER_URL: 'mysql://holdfast:hush@10.0.3.20/holdfast',
  REPLICA_URL: 'mysql://holdfast:hush@10.0.3.21/holdfast',
  REDIS_URL: 'redis://10.0.2.20',
  AMQP_URL: 'amqp://10.0.2.10',
}
const secret = 'a-secret-of-at-least-32-characters'
const servers = { ...urls, AUTH_SECRET: secret, QUEUE_TOKEN_KEYS: secret }

const refusal = (environment: Record<string, string>): string => {
  try {
    readConfig(environment)
  } catch (error) {
    if (error instanceof ConfigError) return error.message
    throw error
  }
  return 'accepted'
}

test('an empty environment is the embedded mode with its defaults', (t) => {
  const config = readConfig({})
  t.is(config.services, null)
  t.like(config, { host: '127.0.0.1', port: 8080, dataDir: '.holdfast', holdTtlMs: 480_000, partitions: 8 })
  t.like(config, { devLogin: true, demoCharges: true, currency: 'KRW', holdGraceMs: 2_000, seatLimit: 4 })
})

test('what else stands in an environment is nobody’s business', (t) => {
  const unrelated = {
    PATH: '/bin',
    HOME: '/',
    HOSTNAME: 'a',
    POST: '1',
    NODE_ENV: 'test',
    TEST_MASTER_URL: 'x',
    HOLDFAST_TOKEN: 'of the replay',
  }
  const kubernetes = {
    REDIS_SERVICE_HOST: '10.0.0.1',
    REDIS_SERVICE_PORT: '6379',
    REDIS_PORT: 'tcp://10.0.0.1:6379',
    REDIS_PORT_6379_TCP_ADDR: '10.0.0.1',
    MASTER_SERVICE_PORT_MYSQL: '3306',
  }
  t.deepEqual(readConfig({ ...unrelated, ...kubernetes }), readConfig({}))
})

for (const [name, meant] of [
  ['HOLD_TLL', 'HOLD_TTL'],
  ['hold_ttl', 'HOLD_TTL'],
  ['PARTITIONS_MAX', '.env.example'],
  ['PARTITION', 'PARTITIONS'],
  ['LOGLEVEL', 'LOG_LEVEL'],
  ['CURENCY', 'CURRENCY'],
  ['REDIS_HOST', '.env.example'],
  ['QUEUE_TOKEN_KEY', 'QUEUE_TOKEN_KEYS'],
] as const)
  test(`${name} is refused as unknown, and ${meant} is named`, (t) => {
    t.regex(
      refusal({ [name]: '5' }),
      new RegExp(`^${name} is not a setting; ${meant.replace('.', '\\.')}\\b`),
    )
  })

for (const value of [
  '0m',
  '0ms',
  '-1s',
  'NaN',
  '8',
  '2147483648ms',
  '2147483648',
  '1e3s',
  '999ms',
  '25h',
  '8 m',
  'Infinitys',
])
  test(`a hold length of ${value} is refused`, (t) => {
    t.regex(refusal({ HOLD_TTL: value }), /^HOLD_TTL must be a duration with its unit/)
  })

test('durations carry a unit', (t) => {
  t.is(readConfig({ HOLD_TTL: '1500ms' }).holdTtlMs, 1_500)
  t.is(readConfig({ HOLD_TTL: '1.5m' }).holdTtlMs, 90_000)
  t.is(readConfig({ HOLD_TTL: '2h' }).holdTtlMs, 7_200_000)
})

test('a grace that an accepted payment could outlast is refused as contradictory', (t) => {
  t.regex(refusal({ HOLD_GRACE: '1500ms' }), /^HOLD_GRACE must be 1750ms or more, since a payment/)
  t.is(readConfig({ HOLD_GRACE: '1750ms' }).holdGraceMs, 1_750)
})

for (const [name, value] of Object.entries({
  PORT: '65536',
  SEAT_LIMIT: '0',
  PARTITIONS: '8.5',
  RATE_LIMIT_MAX: '-1',
  DEV_LOGIN: 'yes please',
  LOG_LEVEL: 'loud',
  CURRENCY: 'ZZZ',
  TRUSTED_PROXIES: '10.0.0.0/33',
  AUTH_SECRET: 'too short',
  AUTH_PUBLIC_KEY: 'no key',
}))
  test(`${name}=${value} is refused with one sentence`, (t) => {
    t.regex(refusal({ [name]: value }), new RegExp(`^${name} must be [^\\n]+\\.$`))
  })

test('some of the service URLs: the missing ones are named', (t) => {
  const { REPLICA_URL: _, ...others } = servers
  t.regex(refusal(others), /^REPLICA_URL must be set too/)
  t.regex(
    refusal({ MASTER_URL: urls.MASTER_URL, REDIS_URL: '' }),
    /^REPLICA_URL and REDIS_URL and AMQP_URL must/,
  )
})

test('all of the service URLs: the secrets that servers share must be given', (t) => {
  t.like(readConfig(servers), { services: { masterUrl: urls.MASTER_URL, amqpUrl: urls.AMQP_URL } })
  t.like(readConfig(servers), { devLogin: false, demoCharges: false, queueTokenKeys: [secret] })
  t.regex(refusal(urls), /^AUTH_SECRET or AUTH_PUBLIC_KEY must be set.*\nQUEUE_TOKEN_KEYS must be set/)
})

test('bearer tokens are checked with a secret or a public key, not both', (t) => {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519', {
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
  t.is(readConfig({ AUTH_PUBLIC_KEY: publicKey }).devLogin, false)
  t.regex(refusal({ AUTH_PUBLIC_KEY: publicKey, AUTH_SECRET: secret }), /exclude each other/)
  t.regex(refusal({ AUTH_PUBLIC_KEY: publicKey, DEV_LOGIN: 'on' }), /^DEV_LOGIN needs AUTH_SECRET/)
  t.regex(refusal({ AUTH_PUBLIC_KEY: privateKey }), /^AUTH_PUBLIC_KEY must be/)
})

test('a database whose URL no driver takes is refused', (t) => {
  for (const name of ['MASTER_URL', 'REPLICA_URL'])
    t.regex(
      refusal({ ...servers, [name]: 'mysqls://holdfast:hush@10.0.3.20/holdfast' }),
      new RegExp(`^${name} must be`),
    )
})

test('a setting whose end is missing is none', (t) => {
  t.regex(refusal({ ...servers, RATE_LIMIT: '5' }), /^RATE_LIMIT is not a setting; RATE_LIMIT_MAX is\.$/)
  t.notThrows(() => readConfig({ ...servers, REDIS: 'of somebody else' }))
})

test('every fault is named at once, and no secret stands in the message', (t) => {
  const message = refusal({
    ...servers,
    AUTH_SECRET: 'hush',
    MASTER_URL: 'hush',
    HOLD_TTL: '8',
    SEATS_MAX: '3',
  })
  t.is(message.split('\n').length, 4)
  t.notRegex(message, /hush/)
})

test('a secret may stand in a file of its own; no other setting may', async (t) => {
  const folder = await temporaryFolder(t)
  const file = join(folder, 'master-url')
  writeFileSync(file, `${urls.MASTER_URL}\n`)
  const { MASTER_URL: _, ...others } = servers
  t.like(readConfig({ ...others, MASTER_URL_FILE: file }), { services: { masterUrl: urls.MASTER_URL } })
  t.regex(
    refusal({ ...servers, MASTER_URL_FILE: file }),
    /^MASTER_URL and MASTER_URL_FILE exclude each other/,
  )
  const missing = refusal({ ...others, MASTER_URL_FILE: join(folder, 'none') })
  t.regex(missing, /^MASTER_URL_FILE must name a file that can be read: ENOENT/)
  writeFileSync(file, 'hush\n')
  const malformed = refusal({ ...others, MASTER_URL_FILE: file })
  t.regex(malformed, /^MASTER_URL must be a URL that begins with mysql:/)
  t.notRegex(malformed, /hush/)
  t.regex(refusal({ HOLD_TTL_FILE: file }), /^HOLD_TTL_FILE is not a setting/)
})

test('.env.example lists every setting with its meaning and default', (t) => {
  const example = readFileSync(join(import.meta.dirname, '../.env.example'), 'utf8')
  const paragraphs = example.trim().split('\n\n').slice(1)
  const expected = settingNames.map(
    (name) => `# ${settings[name].meaning}\n#${name}=${settings[name].default}`,
  )
  t.deepEqual(paragraphs, expected)
})

test('.env.example says which unknown names stop the start', (t) => {
  const example = readFileSync(join(import.meta.dirname, '../.env.example'), 'utf8')
  const [head = ''] = example.replaceAll(/\n# /g, ' ').split('\n\n')
  const [, ...refused] = /nearly one of these or begins like them, as (\w+) and (\w+), stop/.exec(head) ?? []
  t.is(refused.length, 2)
  for (const name of refused) t.regex(refusal({ [name]: '5' }), /is not a setting/)
  t.regex(head, /what only resembles HOST or PORT/)
  for (const name of ['PROT', 'HOTS', 'UNRELATED']) t.is(refusal({ [name]: '5' }), 'accepted')
})
