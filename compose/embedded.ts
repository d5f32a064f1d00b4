// The embedded mode: the whole of Holdfast in one process, each adapter in a file of its own under DATA_DIR.
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import type { Logger } from 'pino'
import { EmbeddedBroker } from '../adapters/broker/embedded.ts'
import { EmbeddedAnnouncer } from '../adapters/broker/embedded-announcer.ts'
import { EmbeddedAnswers } from '../adapters/broker/embedded-answers.ts'
import { notBefore } from '../adapters/clock/not-before.ts'
import { systemClock } from '../adapters/clock/system.ts'
import { makePrivate, unusable } from '../adapters/embedded-file.ts'
import { openEmbeddedLocks } from '../adapters/locks/embedded.ts'
import { EmbeddedProjection } from '../adapters/locks/embedded-projection.ts'
import { openMaster } from '../adapters/master/master.ts'
import { lookUpsOnMaster } from '../adapters/replica/none.ts'
import { EmbeddedTallies } from '../adapters/tallies/embedded.ts'
import { openEmbeddedWaitingRooms } from '../adapters/tokens/embedded.ts'
import type { Config } from '../config.ts'
import type { Clock } from '../engine/ports.ts'
import { Authenticator } from '../http/auth.ts'
import { type Composition, compose, needed } from './composition.ts'
import { assertWhole, makeDataFolder } from './data-folder.ts'
import { composeEngine } from './engine.ts'
import { keptSecret } from './kept-secret.ts'

/** @throws {Error} with a sentence where another process has the folder, or it or a file in it cannot be used */
export async function composeEmbedded(config: Config, log: Logger): Promise<Composition> {
  const { dataDir, holdGraceMs, partitions } = config
  makeDataFolder(dataDir)
  assertWhole(dataDir)
  await using opened = new AsyncDisposableStack()
  const open = <Adapter extends { close(): unknown }>(adapter: Adapter): Adapter =>
    opened.adopt(adapter, async () => void (await adapter.close()))

  // First, since it locks the folder; then the rest in the order of compose/data-folder.ts.
  const broker = open(new EmbeddedBroker(join(dataDir, 'broker.db')))
  const masterFile = join(dataDir, 'master.db')
  makePrivate(masterFile)
  const url = `sqlite:${masterFile}`
  const master = open(
    await openMaster({ url, partitions }).catch((error) => Promise.reject(unusable(masterFile, error))),
  )
  const clock = notBefore(await master.lastStamp(), systemClock, log)
  const replica = open(lookUpsOnMaster({ url, clock }))
  const projection = new EmbeddedProjection()
  const rooms = open(openEmbeddedWaitingRooms(join(dataDir, 'waiting-rooms.db')))
  const { claims, leases } = open(
    openEmbeddedLocks(join(dataDir, 'locks.db'), {
      hasSession: (showId, userId, now) => rooms.hasSession(showId, userId, now),
      takenSeat: (showId, seatId) => projection.takenSeat(showId, seatId),
    }),
  )
  const answers = new EmbeddedAnswers(`embedded-${randomUUID()}`, clock)
  const announcer = new EmbeddedAnnouncer()
  const tallies = new EmbeddedTallies()

  return await compose(
    {
      answers,
      broker,
      claims,
      clock,
      leases,
      master,
      projection,
      replica,
      rooms,
      tallies,
      announcements: announcer,
    },
    {
      config,
      log,
      engine: ({ shows, stages }) =>
        composeEngine(
          { announcer, answers, broker, claims, clock, master, projection, replica, tallies },
          { holdGraceMs, log, partitions, shows, stopwatch: stages },
        ),
      authenticator: authenticatorOf(config, clock),
      dependencies: [
        needed('master', () => master.check()),
        { name: 'replica', need: 'needed', check: () => replica.check() },
        needed('broker', () => broker.check()),
      ],
      opened,
    },
  )
}

function authenticatorOf({ authPublicKey, authSecret, dataDir }: Config, clock: Clock) {
  if (authPublicKey !== null) return Authenticator.withPublicKey(authPublicKey, clock)
  return Authenticator.withSecret(authSecret ?? keptSecret(join(dataDir, 'auth-secret')), clock)
}
