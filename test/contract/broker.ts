// What every broker adapter must do: keep the order, serve one consumer at a time, lose nothing.
import test, { type ExecutionContext } from 'ava'
import { systemClock } from '../../adapters/clock/system.ts'
import { HoldfastError } from '../../engine/errors.ts'
import { limits } from '../../engine/limits.ts'
import type { Broker, Delivery } from '../../engine/ports.ts'
import { checkAgainstModel } from './broker-model.ts'
import { collect, collectTexts, numbered, publishAll, textsOf } from './broker-steps.ts'

export interface BrokerUnderTest {
  readonly broker: Broker
  /** Two partitions whose queues are empty and that no other test uses. */
  readonly partitions: readonly [number, number]
  /** Ends the adapter, and opens one on what is kept. */
  restart(): Promise<Broker>
  /** Makes confirms hang, as a memory alarm does, and lets them go again; absent where a test can't do that. */
  readonly confirms?: { hold(): Promise<void>; release(): Promise<void> }
}

export type BrokerSetUp = (t: ExecutionContext) => Promise<BrokerUnderTest>

export function brokerContract(adapter: string, setUp: BrokerSetUp): void {
  const behaviour = (
    sentence: string,
    run: (t: ExecutionContext, given: BrokerUnderTest & { p: number; q: number }) => Promise<void>,
  ) =>
    test(`${adapter}: ${sentence}`, async (t) => {
      t.timeout(30_000)
      const given = await setUp(t)
      const [p, q] = given.partitions
      await run(t, { ...given, p, q })
    })

  // ── order ───────────────────────────────────────────────────────────────────────────────────────────────

  behaviour('messages arrive whole, in the order of their confirms', async (t, { broker, p }) => {
    const channel = await broker.subscribe(p)
    const bodies = [Buffer.from('first'), Buffer.from([0, 255, 10, 13, 0]), Buffer.alloc(200_000, 7)]
    for (const body of bodies) await broker.publish(p, body)
    const deliveries = await collect(channel, bodies.length)
    t.deepEqual(deliveries.map(bodyOf), bodies)
  })

  behaviour('who waits for a message gets it when it comes', async (t, { broker, p }) => {
    const channel = await broker.subscribe(p)
    const received = channel.receive(10)
    await publishAll(broker, p, ['a'])
    t.deepEqual(textsOf(await received), ['a'])
  })

  behaviour('receive gives at least one and at most what was asked for', async (t, { broker, p }) => {
    await publishAll(broker, p, numbered('m', 5))
    const channel = await broker.subscribe(p)
    const texts: string[] = []
    while (texts.length < 5) {
      const deliveries = await channel.receive(2)
      t.true(deliveries.length === 1 || deliveries.length === 2)
      texts.push(...textsOf(deliveries))
    }
    t.deepEqual(texts, numbered('m', 5))
  })

  behaviour('partitions know nothing of each other', async (t, { broker, p, q }) => {
    const ofP = await broker.subscribe(p)
    const ofQ = await broker.subscribe(q)
    await Promise.all([publishAll(broker, p, ['p1', 'p2']), publishAll(broker, q, ['q1', 'q2'])])
    const deliveries = await collect(ofP, 2)
    t.deepEqual(textsOf(deliveries), ['p1', 'p2'])
    t.deepEqual(await collectTexts(ofQ, 2), ['q1', 'q2'])

    await ofP.acknowledge(last(deliveries))
    await ofP.close()
    await ofQ.close()
    t.deepEqual(await collectTexts(await broker.subscribe(q), 2), ['q1', 'q2'])
  })

  behaviour('each of many publishers keeps its own order', async (t, { broker, p }) => {
    const publishers = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']
    const channel = await broker.subscribe(p)
    const collected = collectTexts(channel, publishers.length * 25)
    await Promise.all(publishers.map((name) => publishAll(broker, p, numbered(name, 25))))
    const texts = await collected
    for (const name of publishers) {
      const own = texts.filter((text) => text.startsWith(name))
      t.deepEqual(own, numbered(name, 25))
    }
  })

  behaviour('delivery numbers ascend, among redelivered messages too', async (t, { broker, p }) => {
    await publishAll(broker, p, numbered('m', 6))
    const first = await broker.subscribe(p)
    const deliveries = await collect(first, 4)
    t.true(ascend(deliveries))
    await first.acknowledge(deliveries[1] as Delivery)
    await first.close()
    t.true(ascend(await collect(await broker.subscribe(p), 4)))
  })

  // ── acknowledgement and redelivery ──────────────────────────────────────────────────────────────────────

  behaviour(
    'what was not acknowledged comes again, in order, before what is newer',
    async (t, { broker, p }) => {
      await publishAll(broker, p, numbered('m', 5))
      const first = await broker.subscribe(p)
      await collect(first, 4)
      await first.close()
      await publishAll(broker, p, ['newer'])
      t.deepEqual(await collectTexts(await broker.subscribe(p), 6), [...numbered('m', 5), 'newer'])
    },
  )

  behaviour(
    'acknowledging a delivery acknowledges all before it and none after it',
    async (t, { broker, p }) => {
      await publishAll(broker, p, numbered('m', 5))
      const first = await broker.subscribe(p)
      const deliveries = await collect(first, 5)
      await first.acknowledge(deliveries[2] as Delivery)
      await first.close()
      t.deepEqual(await collectTexts(await broker.subscribe(p), 2), ['m4', 'm5'])
    },
  )

  behaviour('an acknowledgement that comes after the close changes nothing', async (t, { broker, p }) => {
    await publishAll(broker, p, ['a', 'b'])
    const first = await broker.subscribe(p)
    const deliveries = await collect(first, 2)
    await first.close()
    await first.acknowledge(last(deliveries))
    const second = await broker.subscribe(p)
    t.deepEqual(await collectTexts(second, 2), ['a', 'b'])
  })

  behaviour('no channel has more unacknowledged messages than the prefetch', async (t, { broker, p }) => {
    const texts = numbered('m', limits.prefetchMessages + 2)
    await Promise.all(texts.map((text) => broker.publish(p, Buffer.from(text))))
    const channel = await broker.subscribe(p)
    const deliveries = await collect(channel, limits.prefetchMessages)
    const next = channel.receive(10)
    await channel.acknowledge(deliveries[0] as Delivery)
    t.is((await next).length, 1, 'as many as were acknowledged')
  })

  // ── the single active consumer ──────────────────────────────────────────────────────────────────────────

  behaviour('a standby hears nothing until the active channel closes', async (t, { broker, p }) => {
    const active = await broker.subscribe(p)
    const standby = await broker.subscribe(p)
    await publishAll(broker, p, ['waiting'])
    const heard = standby.receive(10)
    t.deepEqual(await collectTexts(active, 1), ['waiting'])
    for (const text of numbered('m', 20)) {
      await publishAll(broker, p, [text])
      const [delivery] = await collect(active, 1)
      t.is(delivery?.body.toString(), text)
      await active.acknowledge(delivery as Delivery)
    }
    await active.close()
    await publishAll(broker, p, ['after'])
    t.deepEqual(textsOf(await heard), ['after'])
  })

  behaviour('a standby takes over with what was not acknowledged, in order', async (t, { broker, p }) => {
    const active = await broker.subscribe(p)
    const standby = await broker.subscribe(p)
    const taken = collectTexts(standby, 7)
    await publishAll(broker, p, numbered('m', 6))
    const deliveries = await collect(active, 4)
    await active.acknowledge(deliveries[1] as Delivery)
    await active.close()
    await publishAll(broker, p, numbered('newer', 3))
    t.deepEqual(await taken, ['m3', 'm4', 'm5', 'm6', ...numbered('newer', 3)])
  })

  behaviour('of two standbys one takes over, and the other after it', async (t, { broker, p }) => {
    const active = await broker.subscribe(p)
    const standbys = [await broker.subscribe(p), await broker.subscribe(p)]
    const heard = standbys.map(async (channel) => ({ channel, texts: textsOf(await channel.receive(10)) }))
    await publishAll(broker, p, ['a'])
    await collect(active, 1)
    await active.close()
    const successor = await Promise.race(heard)
    t.deepEqual(successor.texts, ['a'])

    await successor.channel.close()
    const all = await Promise.all(heard)
    t.deepEqual(
      all.map(({ texts }) => texts),
      [['a'], ['a']],
    )
  })

  behaviour('a standby that leaves disturbs nobody', async (t, { broker, p }) => {
    const active = await broker.subscribe(p)
    const standby = await broker.subscribe(p)
    await publishAll(broker, p, ['a', 'b'])
    const deliveries = await collect(active, 1)
    await standby.close()
    t.deepEqual(await standby.receive(10), [])
    deliveries.push(...(await collect(active, 1)))
    t.deepEqual(textsOf(deliveries), ['a', 'b'])
  })

  behaviour('what is published while a channel closes comes after what it held', async (t, { broker, p }) => {
    const active = await broker.subscribe(p)
    const standby = await broker.subscribe(p)
    await publishAll(broker, p, numbered('m', 3))
    const deliveries = await collect(active, 3)
    await active.acknowledge(deliveries[0] as Delivery)
    await Promise.all([active.close(), publishAll(broker, p, numbered('newer', 3))])
    t.deepEqual(await collectTexts(standby, 5), ['m2', 'm3', ...numbered('newer', 3)])
  })

  // ── ends ────────────────────────────────────────────────────────────────────────────────────────────────

  behaviour('a closed channel receives an empty list, also who waited for more', async (t, { broker, p }) => {
    const channel = await broker.subscribe(p)
    const waiting = channel.receive(10)
    await channel.close()
    await channel.close()
    await publishAll(broker, p, ['a'])
    t.deepEqual(await waiting, [])
    t.deepEqual(await channel.receive(10), [])
  })

  behaviour('a closed broker takes nothing, gives nothing, and says so', async (t, { broker, p }) => {
    await t.notThrowsAsync(broker.check())
    const active = await broker.subscribe(p)
    const standby = await broker.subscribe(p)
    const waiting = [active.receive(10), standby.receive(10)]
    await broker.close()
    await broker.close()
    t.deepEqual(await Promise.all(waiting), [[], []])
    t.deepEqual(await active.receive(10), [])
    const refused = await t.throwsAsync(broker.publish(p, Buffer.from('a')), { instanceOf: HoldfastError })
    t.is(refused?.code, 'unavailable')
    t.is(refused?.details.mayHaveBeenAccepted, false)
    await t.throwsAsync(broker.subscribe(p), { instanceOf: HoldfastError })
    await t.throwsAsync(broker.check(), { message: /\w+ .*\w\.$/ })
  })

  behaviour('a restart keeps what was confirmed and not acknowledged, in order', async (t, given) => {
    const { broker, p, q } = given
    await publishAll(broker, p, numbered('m', 6))
    await publishAll(broker, q, ['other'])
    const channel = await broker.subscribe(p)
    const deliveries = await collect(channel, 4)
    await channel.acknowledge(deliveries[1] as Delivery)

    const restarted = await given.restart()
    await publishAll(restarted, p, ['newer'])
    const kept = await collect(await restarted.subscribe(p), 5)
    t.deepEqual(textsOf(kept), ['m3', 'm4', 'm5', 'm6', 'newer'])
    t.true(ascend(kept))
    t.deepEqual(await collectTexts(await restarted.subscribe(q), 1), ['other'])
  })

  behaviour('while confirms hang consumers go on, and what hung arrives in order', async (t, given) => {
    const { broker, p, confirms } = given
    if (!confirms) {
      t.pass('confirms cannot be made to hang here')
      return
    }
    await publishAll(broker, p, ['a', 'b'])
    const channel = await broker.subscribe(p)
    await confirms.hold()
    const hanging = Promise.all(['c', 'd'].map((text) => broker.publish(p, Buffer.from(text))))
    const deliveries = await collect(channel, 2)
    await channel.acknowledge(last(deliveries))
    t.is(await Promise.race([hanging, systemClock.sleep(100)]), undefined, 'not confirmed')

    await confirms.release()
    await hanging
    t.deepEqual(await collectTexts(channel, 2), ['c', 'd'])
  })

  test(`${adapter}: whatever is done in whatever order, it does as the model does`, (t) => {
    t.timeout(120_000)
    return checkAgainstModel(t, () => setUp(t))
  })
}

const bodyOf = ({ body }: Delivery): Buffer => body

const last = (deliveries: readonly Delivery[]): Delivery => deliveries.at(-1) as Delivery

const ascend = (deliveries: readonly Delivery[]): boolean =>
  deliveries.every(({ number }, index) => index === 0 || number > (deliveries[index - 1] as Delivery).number)
