// RabbitMQ as broker: the contracts, and what only RabbitMQ does, on the servers of the test run.
import test from 'ava'
import { announcementOf } from '../../adapters/broker/rabbitmq-announcements.ts'
import { systemClock } from '../../adapters/clock/system.ts'
import { encodeCommands, encodeWake } from '../../engine/command.ts'
import { DeadLetterConsumer } from '../../engine/dead-letters.ts'
import { HoldfastError } from '../../engine/errors.ts'
import { limits } from '../../engine/limits.ts'
import type { Announcement } from '../../engine/ports.ts'
import { within } from '../../engine/within.ts'
import { announcerContract } from '../contract/announcer.ts'
import { backlogContract } from '../contract/backlog.ts'
import { brokerContract } from '../contract/broker.ts'
import { collectTexts, publishAll, textsOf } from '../contract/broker-steps.ts'
import { spreadingContract } from '../contract/spreading.ts'
import { rabbitmqForTest } from '../support/rabbitmq.ts'
import { testServers } from '../support/servers.ts'
import { silentLog } from '../support/silent-log.ts'
import { openTemporaryMaster } from '../support/temporary-master.ts'
import { until } from '../support/until.ts'

const { amqpUrl } = testServers()

brokerContract('RabbitMQ', async (t) => {
  const rabbitmq = rabbitmqForTest(t, amqpUrl)
  let broker = await rabbitmq.open()
  return {
    broker,
    partitions: [0, 1],
    restart: async () => {
      await broker.close()
      broker = await rabbitmq.open()
      return broker
    },
  }
})

backlogContract('RabbitMQ', (t) => rabbitmqForTest(t, amqpUrl).open())

announcerContract('RabbitMQ', async (t) => {
  const rabbitmq = rabbitmqForTest(t, amqpUrl)
  const { announcer } = await rabbitmq.open()
  return {
    announcer,
    async listen(patterns, heard) {
      const channel = await rabbitmq.bare.acquire()
      t.teardown(() => channel.close())
      const { queue } = await channel.queueDeclare({ exclusive: true })
      for (const routingKey of patterns)
        await channel.queueBind({ exchange: rabbitmq.topology.announcements, queue, routingKey })
      await channel.basicConsume({ queue, noAck: true }, (message) => heard(announcementOf(message)))
    },
  }
})

spreadingContract('RabbitMQ', async (t, partitions) => {
  const { open } = rabbitmqForTest(t, amqpUrl, { partitions })
  return open
})

test('RabbitMQ: a message that no queue takes counts as failed, and was not accepted', async (t) => {
  const { bare, topology, open } = rabbitmqForTest(t, amqpUrl)
  const broker = await open()
  await bare.queueDelete({ queue: topology.queueOf(0) })
  const publishes = await Promise.allSettled([
    broker.publish(0, Buffer.from('lost')),
    broker.publish(1, Buffer.from('kept')),
  ])
  t.deepEqual(
    publishes.map(({ status }) => status),
    ['rejected', 'fulfilled'],
  )
  const error = await t.throwsAsync(broker.publish(0, Buffer.from('a')), { instanceOf: HoldfastError })
  t.is(error?.code, 'unavailable')
  t.is(error?.details.mayHaveBeenAccepted, false)
})

test('RabbitMQ: a queue deleted under its consumers ends them all, and whoever subscribes anew has one again', async (t) => {
  const { bare, topology, open } = rabbitmqForTest(t, amqpUrl)
  const broker = await open()
  const channels = [await broker.subscribe(0), await broker.subscribe(0)]
  const waiting = channels.map((channel) => t.throwsAsync(channel.receive(10), { message: /deleted/ }))
  await bare.queueDelete({ queue: topology.queueOf(0) })
  await Promise.all(waiting)
  for (const channel of channels) {
    await t.throwsAsync(channel.receive(10), { message: /deleted/ })
    await t.notThrowsAsync(channel.acknowledge({ number: 1, body: Buffer.alloc(0) }))
    await channel.close()
  }

  const anew = await broker.subscribe(0)
  await publishAll(broker, 0, ['a', 'b'])
  const heard = await within(systemClock, 20_000, collectTexts(anew, 2), null)
  t.deepEqual(heard, ['a', 'b'])
})

for (const [difference, settings] of [
  ['another delivery limit', { 'x-delivery-limit': 20 }],
  ['no single active consumer', { 'x-single-active-consumer': false }],
  ['no dead letters', { 'x-dead-letter-exchange': undefined, 'x-dead-letter-strategy': undefined }],
] as const)
  test(`RabbitMQ: a queue with ${difference} stops the start, with a sentence`, async (t) => {
    const { bare, topology, open } = rabbitmqForTest(t, amqpUrl)
    const queue = topology.queueOf(1)
    const wanted = { ...topology.partitionSettings, ...settings }
    const given = Object.entries(wanted).filter(([, value]) => value !== undefined)
    await bare.queueDeclare({ queue, durable: true, arguments: Object.fromEntries(given) })
    const error = await t.throwsAsync(open())
    t.true(error?.message.startsWith(`RabbitMQ has the queue ${queue} with other settings than this version`))
    t.regex(error?.message ?? '', new RegExp(Object.keys(settings)[0] ?? ''))
  })

test('RabbitMQ: who cannot be reached stops the start, with a sentence that keeps the password', async (t) => {
  const { open } = rabbitmqForTest(t, amqpUrl, { openedUrl: 'amqp://guest:secret@127.0.0.1:1' })
  const error = await t.throwsAsync(open())
  t.is(error?.message, 'RabbitMQ at 127.0.0.1:1 cannot be used: connect ECONNREFUSED 127.0.0.1:1.')
})

test('RabbitMQ: an announcement outlives RabbitMQ in the queue of who listens, and keeps its id when it is repeated', async (t) => {
  const { bare, open, topology } = rabbitmqForTest(t, amqpUrl)
  const { announcer } = await open()
  const channel = await bare.acquire()
  t.teardown(() => channel.close())
  const { queue } = await channel.queueDeclare({ exclusive: true })
  await channel.queueBind({ exchange: topology.announcements, queue, routingKey: '#' })
  const announcement = { id: 'entry-7.0', topic: 'reservation.paid', showId: 's', payload: '{}' }
  for (const repeat of [announcement, announcement]) await announcer.announce([repeat])
  for (const message of [await channel.basicGet({ queue }), await channel.basicGet({ queue })]) {
    t.is(message?.messageId, 'entry-7.0')
    t.true(message?.durable)
  }
})

test('RabbitMQ: a listener hears its topics, and nothing once it stops', async (t) => {
  const { open } = rabbitmqForTest(t, amqpUrl)
  const [here, elsewhere] = [await open(), await open()]
  const announcement = (topic: string): Announcement => ({
    id: topic,
    topic,
    showId: 's',
    payload: '{"a":"ü"}',
  })
  const heard: Announcement[] = []
  const stop = here.feed.listen('reservation.*', (each) => heard.push(each))
  await until(async () => {
    await elsewhere.announcer.announce([announcement('reservation.held'), announcement('show.paused')])
    return heard.length > 0
  })
  t.deepEqual(heard[0], announcement('reservation.held'))
  t.true(heard.every(({ topic }) => topic === 'reservation.held'))

  await stop()
  const count = heard.length
  const witness = new Promise<void>((resolve) => elsewhere.feed.listen('#', () => resolve()))
  const announcing = until(async () => {
    await elsewhere.announcer.announce([announcement('reservation.paid')])
    return (await Promise.race([witness, systemClock.sleep(10).then(() => 'silence')])) !== 'silence'
  })
  await Promise.all([witness, announcing])
  t.is(heard.length, count)
})

test('RabbitMQ: what is delivered time and again and never acknowledged is parked, its neighbours too', async (t) => {
  t.timeout(60_000)
  const { bare, open, topology } = rabbitmqForTest(t, amqpUrl)
  const broker = await open()
  const { master, close } = await openTemporaryMaster(2, systemClock)
  t.teardown(close)
  const common = { showId: 'show', subjectId: 'show', userId: 'admin', fingerprint: 'f', acceptedAt: 1 }
  await broker.publish(
    0,
    encodeCommands([
      { ...common, id: 'pause', type: 'pause' },
      { ...common, id: 'resume', type: 'resume' },
    ]),
  )
  await broker.publish(0, encodeWake({ until: 1 }))
  await broker.publish(0, Buffer.from('not an envelope'))

  const deliveriesMax = topology.partitionSettings['x-delivery-limit'] + 1
  for (let attempt = 1; attempt <= deliveriesMax; attempt++) {
    const channel = await broker.subscribe(0)
    t.not((await channel.receive(10)).length, 0)
    await channel.close()
  }
  const last = await broker.subscribe(0)
  const waiting = last.receive(10)

  const stopping = new AbortController()
  const parts = { deadLetters: broker.deadLetters, parked: master, clock: systemClock, random: () => 0.5 }
  const running = new DeadLetterConsumer({ ...parts, log: silentLog }).run(stopping.signal)
  await until(async () => (await master.list(10)).length === 3)
  stopping.abort()
  await running
  const parked = await master.list(10)
  t.deepEqual(
    parked.map(({ showId }) => showId),
    ['show', 'show', null],
  )
  t.is(JSON.parse(String(parked[0]?.body)).id, 'pause')
  t.is(String(parked[2]?.body), 'not an envelope')
  t.is(parked[2]?.reason, 'delivered time and again, and never decided; not JSON')

  // Nothing is left: neither here nor there.
  await publishAll(broker, 0, ['next'])
  t.deepEqual(textsOf(await waiting), ['next'])
  const { messageCount } = await bare.queueDeclare({ queue: topology.deadLetters, passive: true })
  t.is(messageCount, 0)
})

test('RabbitMQ: a consumer of dead letters that hears nothing for long subscribes anew', async (t) => {
  const { bare, open, topology } = rabbitmqForTest(t, amqpUrl)
  const broker = await open()
  const { master, close } = await openTemporaryMaster(2, systemClock)
  t.teardown(close)
  const publisher = bare.createPublisher({ confirm: true })
  await publisher.send({ exchange: topology.deadLetters }, Buffer.from('given up'))
  await publisher.close()

  let subscriptions = 0
  const deadLetters = {
    // The first one is to a queue that nothing comes to.
    subscribe: () => (++subscriptions === 1 ? broker.subscribe(1) : broker.deadLetters.subscribe()),
  }
  const clock = {
    now: systemClock.now,
    sleep: (ms: number, signal?: AbortSignal) =>
      systemClock.sleep(ms === limits.deadLettersQuietMaxMs && subscriptions === 1 ? 0 : ms, signal),
  }
  const stopping = new AbortController()
  const parts = { deadLetters, parked: master, clock, random: () => 0.5, log: silentLog }
  const running = new DeadLetterConsumer(parts).run(stopping.signal)
  t.teardown(() => {
    stopping.abort()
    return running
  })
  await until(async () => (await master.list(10)).length === 1)
  t.is(subscriptions, 2)
})

test('RabbitMQ: an exchange of announcements that is deleted is there again, and commands go on meanwhile', async (t) => {
  const { bare, open, topology } = rabbitmqForTest(t, amqpUrl)
  const broker = await open()
  const heard: string[] = []
  broker.feed.listen('#', ({ topic }) => void heard.push(topic))
  const announce = () =>
    broker.announcer.announce([{ id: 'one', topic: 'reservation.held', showId: 's', payload: '{}' }]).then(
      () => true,
      () => false,
    )
  await until(async () => (await announce()) && heard.length > 0)

  await bare.exchangeDelete({ exchange: topology.announcements })
  const commands = Array.from({ length: 50 }, async () => {
    for (let number = 0; number < 20; number++) await broker.publish(0, Buffer.from('a command'))
  })
  await announce()
  await t.notThrowsAsync(Promise.all(commands))
  heard.length = 0
  await until(async () => (await announce()) && heard.length > 0)
})

test('RabbitMQ: what others send as text or JSON arrives as bytes, and what no listener can read stops none', async (t) => {
  const { bare, open, topology } = rabbitmqForTest(t, amqpUrl)
  const broker = await open()
  const publisher = bare.createPublisher({ confirm: true })
  const queue = { routingKey: topology.queueOf(0) }
  await publisher.send(queue, { v: 1 })
  await publisher.send(queue, 'text')
  const channel = await broker.subscribe(0)
  t.deepEqual(await collectTexts(channel, 2), ['{"v":1}', 'text'])

  const heard: string[] = []
  broker.feed.listen('#', ({ payload }) => {
    heard.push(payload)
    JSON.parse(payload)
  })
  const foreign = { exchange: topology.announcements, routingKey: 'reservation.held' }
  await until(async () => {
    await publisher.send(foreign, 'no JSON')
    await publisher.send(foreign, { a: 1 })
    return heard.includes('{"a":1}')
  })
  t.true(heard.includes('no JSON'))
  await publisher.close()
})
