// What every broker that is real must know: how much of a partition is still to be decided.
import test, { type ExecutionContext } from 'ava'
import type { Backlog, Broker } from '../../engine/ports.ts'
import { until } from '../support/until.ts'
import { collect, numbered, publishAll } from './broker-steps.ts'

export function backlogContract(
  adapter: string,
  setUp: (t: ExecutionContext) => Promise<Broker & Backlog>,
): void {
  test(`${adapter}: a partition's owner knows how many of its messages are not acknowledged`, async (t) => {
    const broker = await setUp(t)
    t.is(await broker.waiting(0), 0)
    await publishAll(broker, 0, numbered('m', 5))
    await until(async () => (await broker.waiting(0)) === 5)
    const channel = await broker.subscribe(0)
    const [, second] = await collect(channel, 5)
    await until(async () => (await broker.waiting(0)) === 5)
    if (second) await channel.acknowledge(second)
    await until(async () => (await broker.waiting(0)) === 3)
    t.is(await broker.waiting(1), 0)
  })
}
