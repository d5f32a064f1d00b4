// The clock of a single process: its time and its sleep.
import test from 'ava'
import { systemClock } from '../../adapters/clock/system.ts'

test('it tells the time in whole milliseconds since the epoch', (t) => {
  t.true(Number.isInteger(systemClock.now()))
  t.true(Math.abs(systemClock.now() - Date.now()) < 1_000)
})

test.serial('setting the system clock moves nothing', (t) => {
  const systemNow = Date.now
  t.teardown(() => {
    Date.now = systemNow
  })
  const before = systemClock.now()
  for (const stepMs of [-90_000, 90_000]) {
    Date.now = () => systemNow() + stepMs
    t.true(Math.abs(systemClock.now() - before) < 1_000)
  }
})

test('it sleeps for at least as long as it was told', async (t) => {
  for (const ms of [1, 5, 20]) {
    const begin = performance.now()
    await systemClock.sleep(ms)
    t.true(performance.now() - begin >= ms)
  }
})

test('a sleep of no time lets the event loop turn all the same', async (t) => {
  let hasSlept = false
  const sleeping = systemClock.sleep(0).then(() => {
    hasSlept = true
  })
  for (let microtask = 0; microtask < 50; microtask++) await Promise.resolve()
  t.false(hasSlept)
  await sleeping
  t.true(hasSlept)
})

test('an aborted sleep ends at once, before and while it sleeps', async (t) => {
  const begin = performance.now()
  await systemClock.sleep(60_000, AbortSignal.abort())
  const stop = new AbortController()
  const sleeping = systemClock.sleep(60_000, stop.signal)
  stop.abort()
  await sleeping
  t.true(performance.now() - begin < 5_000)
})

test.serial('a sleep longer than any timer neither ends at once nor upsets the runtime', async (t) => {
  const warned = (warning: Error) => t.fail(warning.message)
  process.on('warning', warned)
  t.teardown(() => process.off('warning', warned))
  const stop = new AbortController()
  for (const ms of [2 ** 31, 2 ** 53, Number.POSITIVE_INFINITY]) {
    const sleeping = systemClock.sleep(ms, stop.signal).then(() => 'slept')
    t.is(await Promise.race([sleeping, systemClock.sleep(50)]), undefined)
  }
  stop.abort()
})
