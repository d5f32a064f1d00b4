// From links to one server: the real engine, intake, inlet, clock and routing of look-ups, put together as
// compose/composition.ts does it, over a network that may fail.

import { EmbeddedAnnouncer } from '../../adapters/broker/embedded-announcer.ts'
import { startMasterClock } from '../../adapters/clock/master.ts'
import { routedLookUps } from '../../adapters/replica/routing.ts'
import { ReplicaWatch } from '../../adapters/replica/watch.ts'
import { Engine } from '../../engine/engine.ts'
import { Inlet } from '../../engine/inlet.ts'
import { Intake } from '../../engine/intake.ts'
import { DrawnLots } from '../../engine/lots.ts'
import { OpenRooms } from '../../engine/open-rooms.ts'
import type { Announcement, Clock, Log, Replica } from '../../engine/ports.ts'
import { TickPublisher } from '../../engine/publisher.ts'
import { QueueTokens } from '../../engine/queue-token.ts'
import { RefusalLog } from '../../engine/refusal-log.ts'
import { SessionKeeper } from '../../engine/session-keeper.ts'
import { Shows } from '../../engine/shows.ts'
import { StockGauge } from '../../engine/stock-gauge.ts'
import { WaitingRoom } from '../../engine/waiting-room.ts'
import { RemoteAnswers } from './answers.ts'
import { type Build, knownTo } from './builds.ts'
import type { FastStore } from './fast-store.ts'
import { Link } from './link.ts'
import type { Process } from './process.ts'
import { ProcessClock } from './process-clock.ts'
import { RemoteBroker } from './remote-broker.ts'
import { type RemoteMaster, remoteMaster } from './remote-master.ts'
import { questionsTo } from './replica.ts'
import { remoteRooms } from './rooms.ts'
import type { ServerParts } from './server.ts'

export const holdGraceMs = 2_000

/** What a request finds on a server. */
export interface App {
  readonly intake: Intake
  readonly master: RemoteMaster
  readonly replica: Pick<Replica, 'lookUps' | 'commitPoint'>
  readonly waitingRoom: WaitingRoom
}

export interface Wired {
  readonly app: App
  start(): Promise<void>
  /** Finishes what is in hand. */
  stop(): Promise<void>
  /** Nothing of it runs any more; Node would keep what waits for a signal, and with it the whole evening. */
  drop(): void
}

const queueSecret = 'the secret of every simulated queue token'

export async function wire(process: Process, build: Build, parts: ServerParts): Promise<Wired> {
  const { scheduler, services, design, random, partitions, reservationIdKey } = parts
  const link = new Link(process, parts)
  const log = logOf(process, parts)
  const master = design.seenMaster(remoteMaster(link, services.master))
  const broker = design.seenBroker(new RemoteBroker(link, services.broker, scheduler, random))
  const { counter, sleep } = new ProcessClock(scheduler, process, random.fork())
  const clock = await startMasterClock({ readMasterTime: () => master.timeMs(), counter, sleep, log })
  await master.register(knownTo(build))

  const fastStore = remoteFastStore(link, services.fastStore)
  const { leases } = fastStore
  const answers = new RemoteAnswers(link, scheduler, services.listeners)
  const { server } = answers
  const feed = new EmbeddedAnnouncer()
  services.feeds.set(process, (announcements) =>
    link.send('broker', () => process.run(() => void feed.announce(announcements))),
  )
  const announcer = {
    announce: (announcements: readonly Announcement[]) =>
      link.call('broker', () => {
        services.heard.push(...announcements)
        for (const tell of services.feeds.values()) tell(announcements)
      }),
  }

  const shows = new Shows(master)
  const machines = design.makeMachines(master, build)
  const dice = () => random.next()
  const engine = new Engine({
    announcer,
    answers,
    broker,
    claims: fastStore,
    projection: fastStore,
    clock,
    holdGraceMs,
    log,
    machines,
    master,
    partitions,
    random: dice,
    servers: master,
    shows,
  })
  const publisher = new TickPublisher(broker, clock, partitions)
  const refusals = new RefusalLog(master, clock)
  const intake = new Intake({
    answers,
    claims: fastStore,
    clock,
    decisions: master,
    publisher,
    refusals,
    shows,
    reservationIdKey,
  })

  const rooms = remoteRooms(link, services.rooms)
  const ledger = master.waitingRooms
  const openRooms = new OpenRooms({ rooms, ledger, shows, clock })
  const replica = replicaOf(link, parts, master, clock, log)
  const lots = new DrawnLots(ledger, clock)
  const stock = new StockGauge({ replica, clock, log })
  const inlet = new Inlet({ openRooms, rooms, ledger, leases, lots, stock, clock, log, server })
  const sessions = new SessionKeeper({ rooms, ledger, shows, decisions: master, clock, log })
  const tokens = new QueueTokens([queueSecret])
  const waitingRoom = new WaitingRoom({
    openRooms,
    rooms,
    ledger,
    tokens,
    lots,
    stock,
    clock,
    log,
    random: dice,
  })

  const running = new AbortController()
  let background: Promise<unknown> = Promise.resolve()
  let stopFollowing = () => {}
  return {
    app: { intake, master, waitingRoom, replica },
    async start() {
      await openRooms.openAll()
      stopFollowing = sessions.follow(feed)
      await engine.start()
      const { signal } = running
      background = Promise.all([refusals.run(signal), inlet.run(signal), replica.watch.run(signal)])
    },
    async stop() {
      running.abort()
      clock.close()
      await background
      await engine.stop()
      stopFollowing()
      await sessions.settled()
    },
    drop() {
      running.abort()
      clock.close()
      void engine.stop()
    },
  }
}

function replicaOf(link: Link, parts: ServerParts, master: RemoteMaster, clock: Clock, log: Log) {
  const { design, services } = parts
  const hasReached = (point: string, timeoutMs: number) =>
    link.call('replica', () => services.replica.hasReached(point, timeoutMs))
  const commitPoint = () => master.commitPoint()
  const newestHeartbeat = () => link.call('replica', () => services.replica.newestHeartbeat)
  const watch = new ReplicaWatch({ clock, log, commitPoint, hasReached, newestHeartbeat })
  const overLink = (port: 'master' | 'replica', heads: Parameters<typeof questionsTo>[1]) => {
    const questions = questionsTo(services.master, heads)
    return {
      show: (id: string) => link.call(port, () => questions.show(id)),
      figures: (id: string) => link.call(port, () => questions.figures(id)),
    }
  }
  const lookUps = routedLookUps({
    watch,
    clock,
    hasReached,
    master: overLink('master', () => services.master.tables.shows),
    replica: overLink('replica', () => services.replica.heads),
  })
  return { watch, commitPoint, lookUps: design.seenLookUps(lookUps as Replica['lookUps']) }
}

function remoteFastStore(link: Link, store: FastStore) {
  const over =
    <Given extends unknown[], T>(method: (...given: Given) => Promise<T>) =>
    (...given: Given): Promise<T> =>
      link.call('fast store', () => method.apply(store, given))
  return {
    claim: over(store.claim),
    remember: over(store.remember),
    wasClaimed: over(store.wasClaimed),
    release: over(store.release),
    claimed: over(store.claimed),
    read: over(store.read),
    apply: over(store.apply),
    replace: over(store.replace),
    watch: store.watch.bind(store),
    leases: { acquire: over(store.leases.acquire), release: over(store.leases.release) },
  }
}

function logOf(process: Process, { trace }: ServerParts): Log {
  const line = (facts: object, message: string) =>
    trace(() => `${process.name} says: ${message} ${describe(facts)}`)
  return { info: line, warn: line, error: line }
}

const describe = (facts: object): string =>
  Object.entries(facts)
    .map(([name, fact]) => `${name}=${fact instanceof Error ? `${fact.name}: ${fact.message}` : fact}`)
    .join(' ')
