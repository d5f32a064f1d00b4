// Makes sure that the programs of the servers, and the browser that opens the pages, are there. On Debian, as root, the
// missing ones are installed; anywhere else the error says what to do.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { browsers, findProgram } from './programs.ts'

interface Need {
  readonly what: string
  readonly programs: readonly string[]
  /** Of Debian. */
  readonly package: string
}

const servers: readonly Need[] = [
  { what: 'MariaDB or MySQL', programs: ['mariadbd', 'mysqld'], package: 'mariadb-server' },
  { what: 'Redis', programs: ['redis-server'], package: 'redis-server' },
  { what: 'RabbitMQ', programs: ['rabbitmq-server'], package: 'rabbitmq-server' },
]

/** In front of the app servers: for the local stack, and for tests on it. */
export const loadBalancer: Need = { what: 'HAProxy', programs: ['haproxy'], package: 'haproxy' }

/** For the tests of pages. */
export const browser: Need = { what: 'Chromium', programs: browsers, package: 'chromium' }

export const findMissing = (
  find: typeof findProgram = findProgram,
  needs: readonly Need[] = servers,
): readonly Need[] => needs.filter(({ programs }) => find(...programs) === null)

/**
 * @param further what is needed beside the servers
 * @throws {Error} that says what is missing and what to do about it
 */
export const installMissingServers = (
  say: (line: string) => void,
  ...further: readonly Need[]
): Promise<void> => installMissing(say, ...servers, ...further)

/** @throws {Error} that says what is missing and what to do about it */
export async function installMissing(say: (line: string) => void, ...needs: readonly Need[]): Promise<void> {
  const missing = findMissing(findProgram, needs)
  if (missing.length === 0) return
  const packages = missing.map((need) => need.package)
  if (!canInstall()) throw new Error(adviceFor(missing))

  say(`Installing ${packages.join(', ')} with apt-get; none of their services is started.`)
  const { code, output } = await installPackages(packages)
  const stillMissing = findMissing(findProgram, needs)
  if (code !== 0 || stillMissing.length > 0)
    throw new Error(`${adviceFor(missing)}\napt-get could not do that itself:\n${output}`)
}

/** On Debian and its kin, as root. */
export const canInstall = (): boolean => process.getuid?.() === 0 && findProgram('apt-get') !== null

/** Debian packages; resolves with apt-get's exit code and the end of what it said. */
export async function installPackages(
  packages: readonly string[],
): Promise<{ code: number | null; output: string }> {
  const install = spawn('sh', [join(import.meta.dirname, 'install-packages.sh'), ...packages], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [install.stdout, install.stderr])
    stream.on('data', (chunk: Buffer) => {
      output = (output + chunk).slice(-2_000)
    })
  const [code] = await once(install, 'close')
  return { code, output }
}

export function adviceFor(missing: readonly Need[]): string {
  const names = missing.map(({ what }) => what).join(' and ')
  const packages = missing.map((need) => need.package).join(' ')
  return [
    `Not installed: ${names}. Do one of these:`,
    `  - on Debian or Ubuntu: sudo apt-get install ${packages}`,
    `  - elsewhere: install ${names} so that the programs are on the PATH`,
    '  - or name servers that run already: TEST_MASTER_URL, TEST_REPLICA_URL, TEST_REDIS_URL, TEST_AMQP_URL',
  ].join('\n')
}
