// Several servers on one broker and one master: each partition goes to the server that it prefers, while commands keep
// coming, and their order holds through every hand-over.
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { EmbeddedAnnouncer } from '../../adapters/broker/embedded-announcer.ts'
import { EmbeddedAnswers } from '../../adapters/broker/embedded-answers.ts'
import { systemClock as clock } from '../../adapters/clock/system.ts'
import { openEmbeddedLocks } from '../../adapters/locks/embedded.ts'
import { EmbeddedProjection } from '../../adapters/locks/embedded-projection.ts'
import type { WholeMaster } from '../../adapters/master/master.ts'
import { type Command, encodeCommands, partitionOf } from '../../engine/command.ts'
import { Engine } from '../../engine/engine.ts'
import { definitionHash, Machines } from '../../engine/machines.ts'
import type { Broker } from '../../engine/ports.ts'
import { preferredServer } from '../../engine/rendezvous.ts'
import { Shows } from '../../engine/shows.ts'
import { registry } from '../../machines/registry.ts'
import { seedDemoConcert } from '../../ops/demo-concert.ts'
import { silentLog as log } from '../support/silent-log.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { openTemporaryMaster } from '../support/temporary-master.ts'
import { until } from '../support/until.ts'

const partitions = 4
const showIds = ['demo-1', 'demo-2', 'show-a', 'show-b', 'show-c', 'show-d', 'show-e', 'show-f']
const owned = [...new Set(showIds.map((showId) => partitionOf(showId, partitions)))]

/** The broker as one server after the other sees it; for as many partitions as it is asked. */
export type OpenBroker = () => Promise<Broker>

export function spreadingContract(
  adapter: string,
  setUp: (t: ExecutionContext, partitions: number) => Promise<OpenBroker>,
): void {
  test(`${adapter}: partitions go to the servers that they prefer as these come and go, and no order is lost`, async (t) => {
    t.timeout(90_000)
    const openBroker = await setUp(t, partitions)
    const { master, close } = await openTemporaryMaster(partitions, clock)
    t.teardown(close)
    await schedule(master)
    const folder = await temporaryFolder(t)
    const start = (server: string) => startEngine(t, server, folder, openBroker, master)

    const alice = await start('alice')
    const publishing = publishOn(await openBroker())
    await until(() => owned.every((partition) => alice.consumers[partition]?.tenure))
    const running = new Map([['alice', alice]])
    for (const server of ['bob', 'carol', 'dave']) running.set(server, await start(server))
    await until(() => isSpread(running))
    t.true(new Set(owned.map((each) => preferredServer(each, [...running.keys()]))).size > 1)

    const leaving = preferredServer(owned[0] ?? 0, [...running.keys()]) ?? ''
    await running.get(leaving)?.stop()
    running.delete(leaving)
    const live = (await master.servers.live(0)).map(({ server }) => server)
    t.false(live.includes(leaving), 'who stops in order lives no more')
    await until(() => isSpread(running))

    for (const [showId, published] of await publishing.stop()) {
      t.true(published.length > 20)
      const isDecided = async () => (await master.findEntry(published.at(-1) ?? '')) !== null
      await until(isDecided)
      const decided = await master.history(showId)
      t.deepEqual(
        decided.map(({ commandId }) => commandId),
        published,
      )
    }
  })
}

/** Each partition has one owner, the one that it prefers. */
const isSpread = (engines: ReadonlyMap<string, Engine>): boolean =>
  owned.every((partition) => {
    const owners = [...engines].filter(([, { consumers }]) => consumers[partition]?.tenure)
    const preferred = preferredServer(partition, [...engines.keys()])
    return owners.length === 1 && owners[0]?.[0] === preferred
  })

async function schedule(master: WholeMaster): Promise<void> {
  await master.register(registry.map((each) => ({ ...each, definitionHash: definitionHash(each) })))
  const rules = { currency: 'EUR', holdTtlMs: 60_000, seatLimit: 4 }
  await seedDemoConcert({ administration: master, catalogue: master }, rules)
  const demo = await master.show('demo-1')
  if (demo === null) throw new Error('the demo has a show')
  for (const id of showIds.slice(2)) await master.createShow({ ...demo, id, startsAt: demo.closesAt })
}

async function startEngine(
  t: ExecutionContext,
  server: string,
  folder: string,
  openBroker: OpenBroker,
  master: WholeMaster,
): Promise<Engine> {
  const locks = openEmbeddedLocks(join(folder, `${server}.db`), {
    hasSession: () => true,
    takenSeat: () => null,
  })
  const engine = new Engine({
    master,
    partitions,
    clock,
    log,
    holdGraceMs: 0,
    random: Math.random,
    announcer: new EmbeddedAnnouncer(),
    answers: new EmbeddedAnswers(server, clock),
    broker: await openBroker(),
    claims: locks.claims,
    machines: new Machines(master),
    projection: new EmbeddedProjection(),
    servers: master.servers,
    shows: new Shows(master),
  })
  t.teardown(async () => {
    await engine.stop()
    locks.close()
  })
  await engine.start()
  return engine
}

/** Pauses and resumes every show in turn, each command confirmed before the show's next one. */
function publishOn(broker: Broker): { stop(): Promise<Map<string, string[]>> } {
  const stopping = new AbortController()
  const published = new Map(showIds.map((showId) => [showId, [] as string[]]))
  const publishing = showIds.map(async (showId) => {
    const ids = published.get(showId) ?? []
    while (!stopping.signal.aborted) {
      const id = `${showId}-${ids.length}`
      const type = ids.length % 2 === 0 ? 'pause' : 'resume'
      const about = { showId, subjectId: showId, userId: 'admin', fingerprint: 'same' }
      const command: Command = { ...about, id, type, acceptedAt: clock.now() }
      await broker.publish(partitionOf(showId, partitions), encodeCommands([command]))
      ids.push(id)
      await clock.sleep(5)
    }
  })
  return {
    async stop() {
      stopping.abort()
      await Promise.all(publishing)
      return published
    },
  }
}
