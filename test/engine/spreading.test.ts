// Which server owns which partition: the hash alone, and the engines that follow it.
import { join } from 'node:path'
import test from 'ava'
import { EmbeddedBroker } from '../../adapters/broker/embedded.ts'
import { systemClock } from '../../adapters/clock/system.ts'
import { preferredServer } from '../../engine/rendezvous.ts'
import { spreadingContract } from '../contract/spreading.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { openTemporaryMaster } from '../support/temporary-master.ts'

const servers = ['alice', 'bob', 'carol', 'dave', 'erin']
const partitions = Array.from({ length: 1_000 }, (_, partition) => partition)

test('every server prefers the same, in whatever order it hears of the others', (t) => {
  const shuffled = ['dave', 'alice', 'erin', 'carol', 'bob']
  for (const partition of partitions)
    t.is(preferredServer(partition, servers), preferredServer(partition, shuffled))
  t.is(preferredServer(0, []), null)
})

test('each server is preferred by about its share', (t) => {
  for (const server of servers) {
    const share = partitions.filter((partition) => preferredServer(partition, servers) === server).length
    t.true(share > 150 && share < 250, `${server}: ${share} of 1000`)
  }
})

test('when a server leaves, its partitions alone go elsewhere', (t) => {
  const others = servers.filter((server) => server !== 'carol')
  for (const partition of partitions) {
    const before = preferredServer(partition, servers)
    if (before !== 'carol') t.is(preferredServer(partition, others), before)
  }
})

test('a server counts as live while it was heard of lately and has not left, with what it can run and is subscribed to', async (t) => {
  const { master, close } = await openTemporaryMaster(1, systemClock)
  t.teardown(close)
  const alice = { server: 'alice', partitions: [0, 3, 11], machines: ['reservation@1', 'show@1'] }
  const bob = { server: 'bob', partitions: [], machines: ['reservation@1', 'reservation@2'] }
  const carol = { server: 'carol', partitions: [], machines: [] }
  await master.servers.report(alice, 1_000)
  await master.servers.report({ ...bob, partitions: [1], machines: ['reservation@1'] }, 2_000)
  await master.servers.report(bob, 3_000)
  t.deepEqual(await master.servers.live(1_000), [alice, bob])
  t.deepEqual(await master.servers.live(1_001), [bob])
  await master.servers.report(carol, 100_000)
  t.deepEqual(await master.servers.live(0), [carol])
  await master.servers.report(bob, 100_001)
  await master.servers.leave('carol')
  t.deepEqual(await master.servers.live(0), [bob])
})

spreadingContract('embedded broker', async (t) => {
  const broker = new EmbeddedBroker(join(await temporaryFolder(t), 'broker.db'))
  t.teardown(() => broker.close())
  return async () => broker
})
