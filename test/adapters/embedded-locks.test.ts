// The embedded claims, leases and seat projection: the contracts, and what only files and one process promise.
import { cp, mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate as endOfTurn } from 'node:timers/promises'
import test, { type ExecutionContext } from 'ava'
import Database from 'better-sqlite3'
import { type EmbeddedLocks, openEmbeddedLocks } from '../../adapters/locks/embedded.ts'
import { EmbeddedProjection } from '../../adapters/locks/embedded-projection.ts'
import { limits } from '../../engine/limits.ts'
import { claimsContract } from '../contract/claims.ts'
import { leasesContract } from '../contract/leases.ts'
import { projectionContract } from '../contract/projection.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

claimsContract('embedded claims', async (t) => {
  const folder = await temporaryFolder(t)
  const sessions = new Map<string, number>()
  const open = () => {
    const projection = new EmbeddedProjection()
    const locks = openEmbeddedLocks(join(folder, 'locks.db'), {
      hasSession: (showId, userId, now) => (sessions.get(`${showId} ${userId}`) ?? 0) > now,
      takenSeat: (showId, seatId) => projection.takenSeat(showId, seatId),
    })
    t.teardown(() => locks.close())
    return { projection, locks, claims: locks.claims }
  }
  const { locks, ...given } = open()
  return {
    ...given,
    admit: async (showId, userId, until) => void sessions.set(`${showId} ${userId}`, until),
    flush: async () => {
      locks.close()
      sessions.clear()
      await rm(folder, { recursive: true })
      await mkdir(folder)
      return open()
    },
  }
})

leasesContract('embedded leases', async (t) => (await openLocks(t)).leases)

projectionContract('embedded projection', async () => {
  const projection = new EmbeddedProjection()
  return { projection, elsewhere: projection }
})

async function openLocks(t: ExecutionContext, folder?: string): Promise<EmbeddedLocks> {
  const path = join(folder ?? (await temporaryFolder(t)), 'locks.db')
  const locks = openEmbeddedLocks(path, { hasSession: () => true, takenSeat: () => null })
  t.teardown(() => locks.close())
  return locks
}

const now = 1_000_000
const request = (buyer: string, at: number) => ({
  showId: 'show-1',
  reservationId: `reservation-${buyer}`,
  commandId: `command-${buyer}`,
  userId: buyer,
  fingerprint: 'body',
  seatIds: ['A1'],
  admissionRequired: false,
  now: at,
})

test('embedded locks: claims, keys and leases are still there after a restart', async (t) => {
  const folder = await temporaryFolder(t)
  const before = await openLocks(t, folder)
  await before.claims.claim(request('ann', now))
  await before.leases.acquire('sweep', 'ann', 1_000, now)
  before.close()

  const { claims, leases } = await openLocks(t, folder)
  t.deepEqual([...(await claims.claimed('show-1', now))], [['A1', 'reservation-ann']])
  t.false(await claims.remember('command-ann', 'another body', now))
  t.false(await leases.acquire('sweep', 'ben', 1_000, now))
})

test('embedded locks: only one process has them', async (t) => {
  const folder = await temporaryFolder(t)
  await openLocks(t, folder)
  await t.throwsAsync(openLocks(t, folder), {
    message: /^Another Holdfast is running on this DATA_DIR: .*\.$/,
  })
})

const manyRequests = (name: string, at: number) =>
  Array.from({ length: 10 }, (_, index) => ({
    ...request(`${name}${index}`, at),
    seatIds: Array.from({ length: limits.requestSeatsMax }, (_, seat) => `${name}${index}-${seat}`),
  }))

test('embedded claims: however many end at once, none of them is in the way', async (t) => {
  const { claims } = await openLocks(t)
  for (const each of manyRequests('a', now)) await claims.claim(each)
  const end = now + limits.claimTtlMs
  const again = manyRequests('a', end).map((each) => ({
    ...each,
    reservationId: 'another',
    commandId: each.userId,
  }))
  for (const each of again.reverse()) t.is((await claims.claim(each)).outcome, 'claimed')
})

test('embedded claims: what has ended is removed from the file', async (t) => {
  const folder = await temporaryFolder(t)
  const { claims, close } = await openLocks(t, folder)
  await claims.remember('command-1', 'body', now)
  await endOfTurn()
  await claims.remember('command-2', 'body', now + limits.fingerprintTtlMs - 1)
  await endOfTurn()
  await claims.remember('command-3', 'body', now + limits.fingerprintTtlMs)
  close()

  const file = new Database(join(folder, 'locks.db'))
  t.teardown(() => file.close())
  const kept = file.prepare('SELECT changes FROM claim_changes').pluck().all().join()
  t.deepEqual(
    ['command-1', 'command-2', 'command-3'].map((commandId) => kept.includes(commandId)),
    [false, true, true],
  )
})

test('embedded claims: what one turn claimed is in the file in the next', async (t) => {
  const folder = await temporaryFolder(t)
  const { claims } = await openLocks(t, folder)
  await claims.claim(request('ann', now))
  await endOfTurn()
  await claims.release('show-1', ['reservation-ann'])
  await claims.claim(request('ben', now))
  await endOfTurn()

  const asIfKilledNow = await temporaryFolder(t)
  await cp(folder, asIfKilledNow, { recursive: true })
  const after = await openLocks(t, asIfKilledNow)
  t.deepEqual([...(await after.claims.claimed('show-1', now))], [['A1', 'reservation-ben']])
  t.true(await after.claims.wasClaimed('reservation-ann', now))
})

test('embedded claims: a key is forgotten when its time is over', async (t) => {
  const { claims } = await openLocks(t)
  await claims.claim(request('ann', now))
  const end = now + limits.fingerprintTtlMs
  t.false(await claims.remember('command-ann', 'another body', end - 1))
  t.true(await claims.remember('command-ann', 'another body', end))
})
