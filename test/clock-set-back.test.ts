// A server that starts with a clock that was set back since the last decision.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import Sqlite from 'better-sqlite3'
import { notBefore } from '../adapters/clock/not-before.ts'
import { startEmbedded } from './support/embedded-server.ts'
import { HandClock } from './support/hand-clock.ts'

test('time stands still until the clock is where it was, and says so once', (t) => {
  const told: object[] = []
  const log = { info() {}, error() {}, warn: (fields: object) => void told.push(fields) }
  const set = new HandClock(1_000_000)
  const clock = notBefore(1_600_000, set, log)
  t.deepEqual(told, [{ behindMs: 600_000 }])
  t.is(clock.now(), 1_600_000)
  set.advance(600_001)
  t.is(clock.now(), 1_600_001)
  notBefore(1_600_001, set, log)
  t.is(told.length, 1)
})

test('what is accepted after the clock was set back by ten minutes is decided, not taken for too old', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  await (await startEmbedded({ DATA_DIR: folder })).stop()
  const master = new Sqlite(join(folder, 'master.db'))
  master.prepare('UPDATE partitions SET last_stamp = ?').run(Date.now() + 600_000)
  master.close()

  const server = await startEmbedded({ DATA_DIR: folder })
  t.teardown(() => server.stop())
  const ann = await server.as('ann')
  const held = await ann.post('/v1/reservations', { showId: 'demo-1', bestAvailable: { count: 1 } })
  t.is(held.status, 201, JSON.stringify(held.body))
})
