// The master's time on a server whose own clock is wrong, and how it is measured over a way that takes its time.
import test from 'ava'
import fc from 'fast-check'
import { type MasterClock, startMasterClock } from '../../adapters/clock/master.ts'
import { Offset } from '../../adapters/clock/offset.ts'
import { systemClock } from '../../adapters/clock/system.ts'
import { openMaster, type WholeMaster } from '../../adapters/master/master.ts'
import { ownSchema } from '../support/mysql-master.ts'
import { checkProperty } from '../support/properties.ts'
import { testServers } from '../support/servers.ts'
import { silentLog } from '../support/silent-log.ts'
import { until } from '../support/until.ts'

const { sleep } = systemClock
let master: WholeMaster
let drop: () => Promise<void>
test.before(async () => {
  const schema = await ownSchema(testServers().masterUrl)
  drop = schema.drop
  master = await openMaster({ url: schema.url, partitions: 1 })
})
test.after.always(async () => {
  await master?.close()
  await drop?.()
})

/** A server whose system clock is off, and who trusts it. */
const clockOf = (offMs: number, readMasterTime = () => master.timeMs()): Promise<MasterClock> =>
  startMasterClock({
    readMasterTime,
    counter: () => Date.now() + offMs,
    sleep,
    log: silentLog,
  })

test("servers whose clocks are off by 90 s either way tell the master's time", async (t) => {
  for (const offMs of [-90_000, 0, 90_000]) {
    const tripsMs: number[] = []
    const clock = await clockOf(offMs, async () => {
      const begun = performance.now()
      const told = await master.timeMs()
      tripsMs.push(performance.now() - begun)
      return told
    })
    t.teardown(() => clock.close())
    // It can't know better where on its way the answer was given.
    const slackMs = Math.min(...tripsMs) + 2
    const before = await master.timeMs()
    const now = clock.now()
    const after = await master.timeMs()
    t.true(before - slackMs <= now && now <= after + slackMs, `${before} ${now} ${after}, ±${slackMs}`)
  }
})

test('a server that is off accepts a payment by the same deadline as the others', async (t) => {
  const [slow, right, fast] = await Promise.all([-90_000, 0, 90_000].map((offMs) => clockOf(offMs)))
  for (const clock of [slow, right, fast]) t.teardown(() => clock?.close())
  const deadline = (right?.now() ?? 0) + 200
  const inTime = [slow, right, fast].map((clock) => (clock?.now() ?? 0) <= deadline)
  t.deepEqual(inTime, [true, true, true])
  await right?.sleep(300)
  const late = [slow, right, fast].map((clock) => (clock?.now() ?? 0) <= deadline)
  t.deepEqual(late, [false, false, false])
})

test('time never goes backwards, also where the master or this server sets its clock', async (t) => {
  let masterTime = 1_000_000
  let count = 5
  const lines: string[] = []
  const log = { ...silentLog, warn: (_: object, line: string) => void lines.push(line) }
  const clock = await startMasterClock({
    readMasterTime: async () => masterTime,
    counter: () => count,
    sleep,
    log,
  })
  t.teardown(() => clock.close())
  t.is(clock.now(), 1_000_000)
  count += 40
  t.is(clock.now(), 1_000_040)
  masterTime = 400_000
  await until(() => lines.length === 1)
  t.is(clock.now(), 1_000_040)
  masterTime = 2_000_000
  await until(() => lines.length === 2)
  t.is(clock.now(), 2_000_000)
  count -= 10_000
  t.is(clock.now(), 2_000_000)
})

test('without the master time goes on, and a clock that was never measured does not start', async (t) => {
  let count = 0
  let isAway = false
  const readMasterTime = async () => {
    if (isAway) throw new Error('away')
    return 7_000
  }
  const clock = await startMasterClock({ readMasterTime, counter: () => count, sleep, log: silentLog })
  t.teardown(() => clock.close())
  isAway = true
  count += 60_000
  t.is(clock.now(), 67_000)
  const late = startMasterClock({ readMasterTime, counter: () => count, sleep, log: silentLog })
  await t.throwsAsync(late, { message: 'away' })
})

test('an offset is never further off than half of the quickest round trip', async (t) => {
  const wayMs = fc.double({ min: 0.01, max: 400, noNaN: true })
  const trips = fc.array(fc.tuple(wayMs, wayMs), { minLength: 1, maxLength: 30 })
  const reachesIt = fc.asyncProperty(fc.integer({ min: -1e9, max: 1e9 }), trips, async (trueOffset, ways) => {
    const offset = new Offset()
    let counter = 1_000
    for (const [there, back] of ways) {
      const told = counter + there + trueOffset
      const reading = { askedAt: counter, told, answeredAt: counter + there + back }
      t.is(offset.add(reading), 0)
      counter = reading.answeredAt + 5
    }
    const kept = ways.slice(-8)
    const quickest = Math.min(...kept.map(([there, back]) => there + back))
    const ageMs = kept.reduce((sum, [there, back]) => sum + there + back + 5, 0)
    const off = Math.abs((offset.ms ?? Number.NaN) - trueOffset)
    return off <= quickest / 2 + ageMs * 0.001 + 0.001
  })
  await checkProperty(t, 300, reachesIt)
})

test('two clocks that run apart a little are followed without a jump', (t) => {
  const offset = new Offset()
  for (let counter = 0; counter < 600_000; counter += 2_000) {
    const told = 50_000 + (counter + 0.5) * 1.0004
    t.is(offset.add({ askedAt: counter, told, answeredAt: counter + 1 }), 0)
    t.true(Math.abs((offset.ms ?? 0) - (50_000 + counter * 0.0004)) < 3)
  }
})
