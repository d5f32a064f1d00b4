// RabbitMQ short of memory, and queues that are not as they should be: on a RabbitMQ of its own.
import { setTimeout as sleep } from 'node:timers/promises'
import test from 'ava'
import { partitionOf } from '../../engine/command.ts'
import { limits } from '../../engine/limits.ts'
import { type Rabbitmq, startRabbitmq } from '../../ops/servers/rabbitmq.ts'
import { partitionsOfDeployment } from '../support/deployment.ts'
import { testServers } from '../support/servers.ts'
import { until } from '../support/until.ts'
import { exchangeOf } from './support/exchange.ts'
import { setStage } from './support/stage.ts'

let rabbitmq: Rabbitmq
test.before(async () => {
  rabbitmq = await startRabbitmq()
})
test.after.always(() => rabbitmq?.server.stop())

const given = () => ({ ...testServers(), amqpUrl: rabbitmq.url })
const answersWithinMs = 4_000

test.serial(
  'with its memory full the broker refuses in time, consumers drain, and a publish that gets through late holds nothing',
  async (t) => {
    const stage = await setStage(t, given(), { appServers: 2, shows: 1, settings: { HOLD_TTL: '180s' } })
    const [showId = ''] = stage.showIds
    const ann = await stage.buyer()
    const letGo = await stage.holdUp(showId)
    const queued = await Promise.all(
      Array.from({ length: 20 }, () =>
        ann.reserve(showId, { bestAvailable: { count: 1 } }, { key: crypto.randomUUID(), waitS: 0 }),
      ),
    )
    t.true(queued.every((each) => each?.status === 202))
    await rabbitmq.control('set_vm_memory_high_watermark', '0.00001')
    t.teardown(() => rabbitmq.control('set_vm_memory_high_watermark', '0.4'))
    const tookMs: number[] = []
    const late = await Promise.all(
      Array.from({ length: 6 }, async (_, index) => {
        const refused = await ann.reserve(showId, { seatIds: [`A-5-${index + 1}`] }, { waitS: 0 })
        tookMs.push(Math.round(refused?.tookMs ?? Number.POSITIVE_INFINITY))
        return refused
      }),
    )
    await until(async () => (await ann.reserve(showId, { seatIds: ['A-5-7'] }, { waitS: 0 }))?.status === 503)
    t.true(Math.max(...tookMs) < answersWithinMs, `${tookMs} ms`)
    await letGo()
    const held = async () =>
      (await stage.sql("SELECT COUNT(*) AS count FROM reservations WHERE state = 'held'"))[0]?.count
    await until(async () => (await held()) >= queued.length)

    await sleep(limits.commandAgeMaxMs + 1_000)
    const heldBefore = await held()
    await rabbitmq.control('set_vm_memory_high_watermark', '0.4')
    await until(async () => (await ann.reserve(showId, { seatIds: ['A-5-8'] }))?.status === 201, 30_000)
    const entries = (await stage.decided(showId)).map(({ entry }) => JSON.parse(entry))
    const expired = entries.filter(({ code }) => code === 'request_expired').length
    t.is(await held(), heldBefore + 1, 'whoever got through late holds nothing')
    const statuses = late.map((each) => each?.status)
    for (const each of late.filter((one) => one?.status === 503)) t.truthy(each?.headers.get('retry-after'))
    for (const { id } of await stage.sql("SELECT id FROM reservations WHERE state = 'held'"))
      await ann.insist({ type: 'pay', showId, target: id })
    await stage.conclude({
      injected: `a memory alarm for ${limits.commandAgeMaxMs + 1_000} ms, 20 commands in the queue`,
      observed: `asked then: ${statuses} in ${tookMs} ms; ${expired} got through late and were refused`,
      done: ['commands decided during the alarm', queued.length, 20],
    })
  },
)

test.serial(
  'a queue that is deleted under its consumers is there again; one with other settings is reported, and stops a start',
  async (t) => {
    const stage = await setStage(t, given(), { appServers: 2, shows: 1 })
    const [showId = ''] = stage.showIds
    const { connection, topology } = exchangeOf(t, stage)
    const partition = partitionOf(showId, partitionsOfDeployment)
    const queue = topology.queueOf(partition)
    const ann = await stage.buyer()
    const ask = () => ann.reserve(showId, { bestAvailable: { count: 1 } }, { waitS: 5 })
    let unavailable = 0
    const isHeldAgain = async () => {
      const asked = await ask()
      if (asked?.status === 503) unavailable++
      return asked?.status === 201
    }
    for (let deletion = 0; deletion < 3; deletion++) {
      await connection.queueDelete({ queue })
      await until(isHeldAgain, 30_000)
    }

    // Where others declare it meanwhile, RabbitMQ 3 subscribes old consumers to the new queue, and drops what is theirs.
    const channels = await Promise.all([1, 2, 3].map(() => connection.acquire()))
    let isDeleted = false
    const declaring = channels.map(async (channel) => {
      while (!isDeleted) await topology.declarePartition(channel, partition)
      await channel.close()
    })
    await connection.queueDelete({ queue })
    isDeleted = true
    await Promise.all(declaring)
    await until(isHeldAgain, 60_000)

    // Sooner or later it is deleted between two subscriptions.
    await until(async () => {
      await connection.queueDelete({ queue })
      return connection.queueDeclare({ queue, durable: true }).then(
        () => true,
        () => false,
      )
    })
    const complaint = /RabbitMQ has the queue \S+ with other settings than this version of Holdfast wants/
    await Promise.all(stage.servers.all.map((server) => server.says(complaint)))
    const refusal = await t.throwsAsync(stage.servers.start())
    t.regex(refusal?.message ?? '', complaint)
    t.true(stage.servers.all.every(({ child }) => child.exitCode === null))
    await connection.queueDelete({ queue })
    await until(isHeldAgain, 30_000)
    await stage.conclude({
      injected:
        'a queue deleted under its consumers, 3 times, then while others declare it; then one with other settings in its place',
      observed: `held again each time after ${unavailable} times 503; a start refused with a sentence; no server ended`,
      done: ['reservations held', stage.statuses.get('201') ?? 0, 5],
    })
  },
)
