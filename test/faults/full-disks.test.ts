// Disks that are full under the master, its binary log, and Redis: on small file systems that are mounted for it.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmdirSync, statfsSync } from 'node:fs'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import type { ServerUrls } from '../../ops/servers/given.ts'
import { startMaster } from '../../ops/servers/mariadb.ts'
import { startRedis } from '../../ops/servers/redis.ts'
import type { Server } from '../../ops/servers/server.ts'
import { testServers } from '../support/servers.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { until } from '../support/until.ts'
import type { Buyer } from './support/buyer.ts'
import { startLoad } from './support/load.ts'
import { type Stage, setStage } from './support/stage.ts'

const logShown = 20_000
const lookedAfterMs = 1_000

interface SmallDisk {
  readonly path: string
  /** Until nothing fits on it any more. */
  fill(): Promise<void>
  /** Removes what filled it. */
  free(): Promise<void>
}

/** Ends with the test; null, saying why, where the machine lets nobody mount. */
function smallDisk(t: ExecutionContext, megabytes: number): SmallDisk | null {
  const path = mkdtempSync(join(tmpdir(), 'holdfast-disk-'))
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', path], {
    encoding: 'utf8',
  })
  if (mounted.status !== 0) {
    rmdirSync(path)
    t.log(`not run: this machine mounts no file system (${mounted.stderr || mounted.error?.message})`)
    return null
  }
  t.teardown(() => {
    spawnSync('umount', ['--lazy', path])
    rmdirSync(path)
  })
  const ballast = join(path, 'ballast')
  return {
    path,
    async fill() {
      const { bavail, bsize } = statfsSync(path)
      await writeFile(ballast, Buffer.alloc(bavail * bsize)).catch(() => {})
      await writeFile(`${ballast}-rest`, Buffer.alloc(bsize)).catch(() => {})
    },
    async free() {
      for (const name of readdirSync(path)) if (name.startsWith('ballast')) await rm(join(path, name))
    },
  }
}

/** What it starts keeps its data there. */
async function on<T>(disk: SmallDisk, start: () => Promise<T>): Promise<T> {
  const { TMPDIR } = process.env
  process.env.TMPDIR = disk.path
  try {
    return await start()
  } finally {
    if (TMPDIR === undefined) delete process.env.TMPDIR
    else process.env.TMPDIR = TMPDIR
  }
}

test.serial(
  'with a full disk the master decides nothing, commands queue up or are refused in time, and it goes on when there is space',
  async (t) => {
    const disk = smallDisk(t, 816)
    if (disk === null) return t.pass()
    const log = join(await temporaryFolder(t), 'master.log')
    const master = await on(disk, () => startMaster('asynchronous', undefined, log))
    t.teardown(() => master.server.stop())
    t.teardown(async () => {
      if (!t.passed) t.log((await readFile(log, 'utf8')).slice(-logShown))
    })
    const supervised = supervise(t, master.server)
    const { stage, told, paid } = await fillInASale(t, disk, {
      masterUrl: master.url,
      replicaUrl: master.url,
    })
    await stage.conclude({
      injected: 'a full disk under the master and its binary log',
      observed: `not decided: ${told}; the master ended itself ${supervised.ends} times; decided once there was space`,
      done: ['payments', paid, 20],
    })
  },
)

test.serial(
  'with a full disk Redis claims nothing, buyers are told so in time, and it goes on when there is space',
  async (t) => {
    const disk = smallDisk(t, 16)
    if (disk === null) return t.pass()
    const redis = await on(disk, () => startRedis())
    t.teardown(() => redis.server.stop())
    const { stage, told, paid } = await fillInASale(t, disk, { redisUrl: redis.url })
    await stage.conclude({
      injected: 'a full disk under Redis',
      observed: `not decided: ${told}; reservations again once there was space`,
      done: ['payments', paid, 20],
    })
  },
)

/** Ten payments, a full disk under the server that is given, and ten payments once there is space. */
async function fillInASale(t: ExecutionContext, disk: SmallDisk, given: Partial<ServerUrls>) {
  const stage = await setStage(t, { ...testServers(), ...given }, { appServers: 2, shows: 2 })
  const load = await startLoad(stage, 6)
  await load.more(10)
  const buyer = await stage.buyer()
  await disk.fill()
  const told = await notDecided(t, stage, buyer)
  await disk.free()
  await load.more(10)
  await load.stop()
  return { stage, told, paid: load.done.paid }
}

/** Whenever it ends, it is started again: InnoDB gives up where a page cannot be written. */
function supervise(t: ExecutionContext, server: Server): { readonly ends: number } {
  const seen = { ends: 0 }
  const looking = setInterval(() => {
    if (server.isRunning) return
    seen.ends++
    server.start().catch(() => {}) // the disk may be full yet
  }, lookedAfterMs)
  t.teardown(() => clearInterval(looking))
  return seen
}

/** Asks until it was told five times, in time, that nothing is decided now. @returns how */
async function notDecided(t: ExecutionContext, stage: Stage, buyer: Buyer): Promise<string> {
  const [showId = ''] = stage.showIds
  const told: string[] = []
  await until(async () => {
    const asked = await buyer.reserve(showId, { bestAvailable: { count: 1 } }, { waitS: 2 })
    if (asked?.status !== 503 && asked?.status !== 202) return false
    if (asked.status === 503) t.truthy(asked.headers.get('retry-after'))
    t.true(asked.tookMs < 6_000, `${asked.tookMs} ms`)
    told.push(`${asked.status} after ${Math.round(asked.tookMs)} ms`)
    return told.length === 5
  }, 120_000)
  return told.join(', ')
}
