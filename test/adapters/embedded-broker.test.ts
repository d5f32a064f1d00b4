// The embedded broker: the contract, and what only a broker in a file promises.
import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { EmbeddedBroker } from '../../adapters/broker/embedded.ts'
import type { Delivery } from '../../engine/ports.ts'
import { backlogContract } from '../contract/backlog.ts'
import { brokerContract } from '../contract/broker.ts'
import { collect, collectTexts, numbered, publishAll } from '../contract/broker-steps.ts'
import { startPublisher } from '../support/publisher-process.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

brokerContract('embedded broker', async (t) => {
  const path = join(await temporaryFolder(t), 'broker.db')
  const held: (() => void)[] = []
  let isHeld = false
  const schedule = (commit: () => void) => void (isHeld ? held.push(commit) : setImmediate(commit))

  let broker = new EmbeddedBroker(path, schedule)
  t.teardown(() => broker.close())
  return {
    broker,
    partitions: [0, 1],
    restart: async () => {
      await broker.close()
      broker = new EmbeddedBroker(path, schedule)
      return broker
    },
    confirms: {
      hold: async () => {
        isHeld = true
      },
      release: async () => {
        isHeld = false
        for (const commit of held.splice(0)) commit()
      },
    },
  }
})

backlogContract('embedded broker', async (t) => {
  const broker = new EmbeddedBroker(join(await temporaryFolder(t), 'broker.db'))
  t.teardown(() => broker.close())
  return broker
})

/** The numbered messages that the file has, without their filling. */
async function keptIn(t: ExecutionContext, path: string, count: number): Promise<string[]> {
  const broker = new EmbeddedBroker(path)
  t.teardown(() => broker.close())
  const texts = await collectTexts(await broker.subscribe(0), count)
  return texts.map((text) => text.replaceAll('.', ''))
}

test('embedded broker: a killed process loses nothing confirmed, and lets nobody else in before', async (t) => {
  t.timeout(30_000)
  const path = join(await temporaryFolder(t), 'broker.db')
  const publisher = startPublisher(path, 'unlimited')
  t.teardown(() => publisher.kill())
  for await (const { confirmed } of publisher.progress()) {
    if (confirmed < 300) continue
    t.throws(() => new EmbeddedBroker(path), {
      message: /^Another Holdfast is running on this DATA_DIR: .*\.$/,
    })
    await publisher.kill()
    t.deepEqual(await keptIn(t, path, confirmed), numbered('m', confirmed))
    break
  }
})

test('embedded broker: what was acknowledged is removed soon, not only by the next publish', async (t) => {
  const folder = await temporaryFolder(t)
  let committed = Promise.withResolvers<void>()
  const broker = new EmbeddedBroker(join(folder, 'broker.db'), (commit) =>
    setImmediate(() => {
      commit()
      committed.resolve()
    }),
  )
  t.teardown(() => broker.close())
  await publishAll(broker, 0, numbered('m', 3))
  const channel = await broker.subscribe(0)
  const [, second] = await collect(channel, 3)
  committed = Promise.withResolvers()
  await channel.acknowledge(second as Delivery)
  await committed.promise

  const asIfKilledNow = await temporaryFolder(t)
  await cp(folder, asIfKilledNow, { recursive: true })
  t.deepEqual(await keptIn(t, join(asIfKilledNow, 'broker.db'), 1), ['m3'])
})

test('embedded broker: when it closes no standby takes over', async (t) => {
  const broker = new EmbeddedBroker(join(await temporaryFolder(t), 'broker.db'))
  const active = await broker.subscribe(0)
  const standby = await broker.subscribe(0)
  await publishAll(broker, 0, ['a'])
  await collect(active, 1)
  const waiting = standby.receive(10)
  await broker.close()
  t.deepEqual(await waiting, [])
})

test('embedded broker: without space it refuses, says so, and keeps what it confirmed', async (t) => {
  t.timeout(30_000)
  const path = join(await temporaryFolder(t), 'broker.db')
  const publisher = startPublisher(path, 256)
  t.teardown(() => publisher.kill())
  const said = (await Array.fromAsync(publisher.progress())).at(-1)
  t.is(said?.failed?.code, 'unavailable')
  t.deepEqual(said?.failed?.details, { mayHaveBeenAccepted: true })
  t.regex(said?.failed?.check ?? '', /^The broker's file cannot be written: .*\.$/)
  t.true((said?.confirmed ?? 0) > 0)
  t.deepEqual(await keptIn(t, path, said?.confirmed ?? 0), numbered('m', said?.confirmed ?? 0))
})
