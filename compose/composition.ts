// What both modes have in common: from adapters to the engine, its door, its inlet, and what HTTP is built from.
import type { Logger } from 'pino'
import { monotonicCounter } from '../adapters/clock/system.ts'
import type { WholeMaster } from '../adapters/master/master.ts'
import type { Config } from '../config.ts'
import { Inlet } from '../engine/inlet.ts'
import { Intake } from '../engine/intake.ts'
import { DrawnLots } from '../engine/lots.ts'
import { definitionHash } from '../engine/machines.ts'
import { OpenRooms } from '../engine/open-rooms.ts'
import type {
  AnnouncementFeed,
  Answers,
  Broker,
  Claims,
  Clock,
  Leases,
  Replica,
  SeatProjection,
  Tallies,
} from '../engine/ports.ts'
import { TickPublisher } from '../engine/publisher.ts'
import { derivedQueueSecret, QueueTokens } from '../engine/queue-token.ts'
import { RefusalLog } from '../engine/refusal-log.ts'
import { SeatView } from '../engine/seat-view.ts'
import { SessionKeeper } from '../engine/session-keeper.ts'
import { Shows } from '../engine/shows.ts'
import { StockGauge } from '../engine/stock-gauge.ts'
import { WaitingRoom } from '../engine/waiting-room.ts'
import type { WaitingRooms } from '../engine/waiting-room-ports.ts'
import type { Authenticator } from '../http/auth.ts'
import type { Dependency, HttpParts, RateLimitStore } from '../http/parts.ts'
import { StageHistograms } from '../http/stage-histograms.ts'
import { registry } from '../machines/registry.ts'
import type { Deciding } from './engine.ts'

/** Every port of the door, each served by an adapter that is open. */
export interface Adapters {
  readonly announcements: AnnouncementFeed
  readonly answers: Answers
  readonly broker: Broker
  readonly claims: Claims
  readonly clock: Clock
  readonly leases: Leases
  readonly master: WholeMaster
  readonly projection: SeatProjection
  readonly replica: Replica
  readonly rooms: WaitingRooms
  readonly tallies: Tallies
}

export interface Surroundings {
  readonly authenticator: Authenticator
  readonly config: Config
  readonly dependencies: readonly Dependency[]
  /** Makes the engine, which may share what the door has. */
  readonly engine: (shared: { readonly shows: Shows; readonly stages: StageHistograms }) => Deciding
  readonly log: Logger
  readonly rateLimitStore?: RateLimitStore
  /** What is open. Once composed it belongs to the composition, and is closed by its `stop`. */
  readonly opened: AsyncDisposableStack
}

export interface Composition {
  readonly http: HttpParts
  /** This server's name among the others, as it owns partitions and leases. */
  readonly server: string
  /** Decides from here on. */
  start(): Promise<void>
  /** Says that it is not ready any more, and goes on answering: for whoever spreads the requests. */
  leave(): void
  /** Finishes what is in hand, then closes every adapter. Nothing asks it for anything any more. */
  stop(): Promise<void>
}

/** @throws {UnknownVersion} where a machine of this server is not the one that made decisions here */
export async function compose(adapters: Adapters, surroundings: Surroundings): Promise<Composition> {
  const { announcements, answers, broker, claims, clock, leases } = adapters
  const { master, projection, replica, rooms, tallies } = adapters
  const { authenticator, config, dependencies, log, opened, rateLimitStore } = surroundings
  const { partitions } = config
  const { server } = answers

  await master.register(registry.map((each) => ({ ...each, definitionHash: definitionHash(each) })))
  await master.keepCurrency(config.currency)
  const { reservationIdKey } = await master.settings()
  const shows = new Shows(master)
  const stages = new StageHistograms(monotonicCounter)
  const publisher = new TickPublisher(broker, clock, partitions)
  const refusals = new RefusalLog(master, clock)
  const ledger = master.waitingRooms
  const openRooms = new OpenRooms({ rooms, ledger, shows, clock })
  const lots = new DrawnLots(ledger, clock)
  const stock = new StockGauge({ replica, clock, log })
  const inlet = new Inlet({ openRooms, rooms, ledger, leases, lots, stock, clock, log, server })
  const sessions = new SessionKeeper({ rooms, ledger, shows, decisions: master, clock, log })
  const engine = surroundings.engine({ shows, stages })
  const tokens = new QueueTokens(config.queueTokenKeys ?? [derivedQueueSecret(reservationIdKey)])

  const leaving = new AbortController()
  const running = new AbortController()
  const kept = opened.move()
  let background: Promise<unknown> = Promise.resolve()
  let stopFollowing = () => {}
  return {
    server,
    http: {
      announcements,
      authenticator,
      claims,
      clock,
      dependencies,
      log,
      master,
      projection,
      replica,
      tallies,
      partitions,
      stages,
      ...(rateLimitStore && { rateLimitStore }),
      leaving: leaving.signal,
      reservationIdKey,
      shows,
      administration: master,
      machineVersions: master,
      settings: config,
      intake: new Intake({
        answers,
        claims,
        clock,
        publisher,
        refusals,
        shows,
        reservationIdKey,
        decisions: master,
        stopwatch: stages,
      }),
      seatView: new SeatView(projection, master),
      waitingRoom: new WaitingRoom({
        openRooms,
        rooms,
        ledger,
        tokens,
        lots,
        stock,
        clock,
        log,
        random: Math.random,
      }),
    },
    async start() {
      await openRooms.openAll()
      stopFollowing = sessions.follow(announcements)
      await engine.start()
      const { signal } = running
      background = Promise.all([refusals.run(signal), inlet.run(signal)])
    },
    leave: () => leaving.abort(),
    async stop() {
      running.abort()
      await background
      await engine.stop()
      stopFollowing()
      await sessions.settled()
      await kept.disposeAsync()
    },
  }
}

/** Of whose check no more is known than whether it can be used. */
export const needed = (name: string, check: () => Promise<void>): Dependency => ({
  name,
  need: 'needed',
  async check() {
    await check()
    return []
  },
})
