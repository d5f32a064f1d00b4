// RabbitMQ when it is killed, frozen, full or slow: on a server of its own, which the tests break one after the other.
import { type ChildProcess, spawn } from 'node:child_process'
import { on, once } from 'node:events'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import type { RabbitmqBroker } from '../../adapters/broker/rabbitmq.ts'
import { systemClock } from '../../adapters/clock/system.ts'
import { whenThere } from '../../compose/waiting.ts'
import { HoldfastError } from '../../engine/errors.ts'
import type { Delivery, PartitionChannel } from '../../engine/ports.ts'
import { type Rabbitmq, startRabbitmq } from '../../ops/servers/rabbitmq.ts'
import { collect, collectTexts, numbered, publishAll, textsOf } from '../contract/broker-steps.ts'
import { rabbitmqForTest } from '../support/rabbitmq.ts'
import { silentLog } from '../support/silent-log.ts'
import { until } from '../support/until.ts'

let rabbitmq: Rabbitmq
test.before(async () => {
  rabbitmq = await startRabbitmq()
})
test.after.always(() => rabbitmq?.server.stop())

/** With the patience of a start: the server has just been hurt, and tests of all kinds keep the machine busy. */
const open = (t: ExecutionContext, names = rabbitmqForTest(t, rabbitmq.url)): Promise<RabbitmqBroker> =>
  whenThere('AMQP_URL', () => names.open(), {
    clock: systemClock,
    log: silentLog,
    signal: new AbortController().signal,
  })

const isUsable = (broker: RabbitmqBroker): Promise<boolean> =>
  broker.check().then(
    () => true,
    () => false,
  )

async function refusalOf(publish: Promise<void>): Promise<{ mayHaveBeenAccepted: unknown; afterMs: number }> {
  const start = performance.now()
  const error = await publish.then(
    () => null,
    (reason) => reason,
  )
  if (!(error instanceof HoldfastError) || error.code !== 'unavailable') throw error
  return {
    mayHaveBeenAccepted: error.details.mayHaveBeenAccepted,
    afterMs: performance.now() - start,
  }
}

test.serial(
  '10,000 queued messages outlive a kill of RabbitMQ, in order, and the adapter comes back by itself',
  async (t) => {
    t.timeout(90_000)
    const broker = await open(t)
    const consumer = await broker.subscribe(0)
    const texts = numbered('m', 10_000)
    await Promise.all(texts.map((text) => broker.publish(0, Buffer.from(text))))
    const decided = await collect(consumer, 50)
    await consumer.acknowledge(last(decided))
    const lost = t.throwsAsync(receiveToTheEnd(consumer), { message: /connection was lost/ })

    await rabbitmq.server.end('SIGKILL')
    await lost
    const refused = await refusalOf(broker.publish(0, Buffer.from('nobody hears this')))
    t.is(refused.mayHaveBeenAccepted, false)
    t.true(refused.afterMs < 100)
    await t.throwsAsync(broker.check(), { message: 'RabbitMQ is not connected.' })

    await rabbitmq.server.start()
    await until(() => isUsable(broker))
    await publishAll(broker, 0, ['newer'])
    const successor = await broker.subscribe(0)
    const kept = await receiveThrough(successor, 'newer')
    const expected = [...texts, 'newer']
    // The acknowledgement may have been lost with the broker that had it.
    t.deepEqual(kept, kept[0] === 'm1' ? expected : expected.slice(50))
  },
)

const last = (deliveries: readonly Delivery[]): Delivery => deliveries.at(-1) as Delivery

async function receiveToTheEnd(channel: PartitionChannel): Promise<void> {
  while ((await channel.receive(500)).length > 0);
}

/** All through the text `newest`; acknowledges as it goes, since no more than the prefetch comes otherwise. */
async function receiveThrough(channel: PartitionChannel, newest: string): Promise<string[]> {
  const texts: string[] = []
  while (texts.at(-1) !== newest) {
    const deliveries = await channel.receive(500)
    texts.push(...textsOf(deliveries))
    await channel.acknowledge(last(deliveries))
  }
  return texts
}

test.serial('a publish that RabbitMQ took and never confirmed may have been accepted', async (t) => {
  t.timeout(60_000)
  const broker = await open(t)
  await publishAll(broker, 0, ['before'])
  rabbitmq.server.signal('SIGSTOP')
  const hanging = refusalOf(broker.publish(0, Buffer.from('unknown')))
  t.is(await Promise.race([hanging, systemClock.sleep(300)]), undefined, 'no confirm yet')
  await rabbitmq.server.end('SIGKILL')
  t.is((await hanging).mayHaveBeenAccepted, true)
  await rabbitmq.server.start()
  await until(() => isUsable(broker))
  t.deepEqual(await collectTexts(await broker.subscribe(0), 1), ['before'])
})

test.serial('a memory alarm refuses publishes at once, consumers go on, and it passes', async (t) => {
  t.timeout(60_000)
  const broker = await open(t)
  const consumer = await broker.subscribe(0)
  await publishAll(broker, 0, ['a', 'b'])
  await rabbitmq.control('set_vm_memory_high_watermark', '0.00001')
  t.teardown(() => rabbitmq.control('set_vm_memory_high_watermark', '0.4'))
  // RabbitMQ takes one more message before it says that it is full.
  const oneMore = broker.publish(0, Buffer.from('c')).catch(() => {})
  await until(async () => !(await isUsable(broker)))

  const refused = await refusalOf(broker.publish(0, Buffer.from('refused')))
  t.is(refused.mayHaveBeenAccepted, false)
  t.true(refused.afterMs < 100)
  await t.throwsAsync(broker.check(), { message: /^RabbitMQ takes no messages now: .*memory.*\.$/ })
  const deliveries = await collect(consumer, 2)
  await consumer.acknowledge(last(deliveries))

  await rabbitmq.control('set_vm_memory_high_watermark', '0.4')
  await until(() => isUsable(broker))
  await oneMore
  await publishAll(broker, 0, ['d'])
  t.deepEqual(await collectTexts(consumer, 2), ['c', 'd'])
})

test.serial(
  'a frozen consumer is replaced within ten seconds, with all that it did not acknowledge',
  async (t) => {
    t.timeout(60_000)
    const names = rabbitmqForTest(t, rabbitmq.url)
    const broker = await open(t, names)
    const sleeper = consumeElsewhere(rabbitmq.url, names.prefix)
    t.teardown(() => sleeper.kill('SIGKILL'))
    await publishAll(broker, 0, ['a', 'b', 'c'])
    await once(sleeper, 'message')
    const standby = await broker.subscribe(0)

    sleeper.kill('SIGSTOP')
    const start = performance.now()
    t.deepEqual(await collectTexts(standby, 3), ['a', 'b', 'c'])
    t.true(performance.now() - start < 10_000)
    await publishAll(broker, 0, ['d'])
    sleeper.kill('SIGCONT')
    for await (const [said] of on(sleeper, 'message')) if (said === 'ended') break
    t.deepEqual(await collectTexts(standby, 1), ['d'])
  },
)

/** Says `received` for each delivery, `ended` when its channel does; acknowledges nothing. */
function consumeElsewhere(url: string, prefix: string): ChildProcess {
  const module = join(import.meta.dirname, '../../adapters/broker/rabbitmq.ts')
  const script = `
    import { connectRabbitmq } from '${module}'
    process.on('disconnect', () => process.exit())
    const log = { info() {}, warn() {}, error() {} }
    const broker = await connectRabbitmq({ url: '${url}', prefix: '${prefix}', partitions: 2, log })
    const channel = await broker.subscribe(0)
    try {
      for (;;) if ((await channel.receive(10)).length > 0) process.send('received')
    } catch {
      process.send('ended')
    }`
  return spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
}
