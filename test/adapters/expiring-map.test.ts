// What a map of entries that end must do, whatever comes when.
import assert from 'node:assert/strict'
import test from 'ava'
import fc from 'fast-check'
import { ExpiringMap } from '../../adapters/locks/expiring-map.ts'
import { checkProperty } from '../support/properties.ts'

const ttlMs = 100

test('an entry is there until its end, and not at its end', (t) => {
  const map = new ExpiringMap<string>(ttlMs)
  map.set('a', 'first', 1_000)
  t.deepEqual(map.get('a', 1_099), { value: 'first', until: 1_100 })
  t.is(map.get('a', 1_100), null)
  t.is(map.get('b', 1_000), null)
})

test('what has ended takes up no memory for more than a lifetime', (t) => {
  const map = new ExpiringMap<number>(ttlMs)
  for (let now = 0; now < 10_000; now++) map.set(`key${now}`, now, now)
  t.true(map.size <= 2 * ttlMs, `${map.size} entries`)
})

const steps = fc.array(
  fc.record({
    key: fc.constantFrom('a', 'b', 'c'),
    afterMs: fc.integer({ min: -20, max: 60 }),
    does: fc.constantFrom('set', 'set', 'set', 'delete'),
  }),
  { maxLength: 60 },
)

test('whatever is set and deleted when, it holds what a plain map with ends holds', (t) =>
  checkProperty(
    t,
    300,
    fc.asyncProperty(steps, async (each) => {
      const map = new ExpiringMap<number>(ttlMs)
      const model = new Map<string, { value: number; until: number }>()
      let now = 1_000
      let latest = now
      for (const [value, { key, afterMs, does }] of each.entries()) {
        now += afterMs
        latest = Math.max(latest, now)
        if (does === 'set') {
          map.set(key, value, now)
          model.set(key, { value, until: now + ttlMs })
        } else {
          const deleted = model.get(key)?.value
          map.deleteWhere((other) => other === deleted)
          model.delete(key)
        }
        const held = ['a', 'b', 'c'].flatMap((name) => {
          const found = map.get(name, now)
          const expected = model.get(name)
          const forgotten = found === null && expected !== undefined && expected.until <= latest
          if (!forgotten) assert.deepEqual(found, (expected?.until ?? 0) > now ? expected : null, name)
          return found === null ? [] : [[name, found.value]]
        })
        assert.deepEqual([...map.live(now)].sort(), held)
      }
    }),
  ))
