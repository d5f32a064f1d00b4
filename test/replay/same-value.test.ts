// Whatever is the same value is written alike, and whatever is written alike is the same value.
import test from 'ava'
import fc from 'fast-check'
import { isSameValue } from '../../replay/same-value.ts'
import { runSeed } from '../support/seed.ts'

/** Few enough that two of them are often alike. */
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    fc.constantFrom(null, true, false, 0, 1, '', '1', 'a'),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('a', 'b', '1', '__proto__'), tie('value'), { maxKeys: 3 }),
  ),
}))

test('two values are the same exactly where they are the same JSON', (t) => {
  const seed = runSeed
  t.log(`seed ${seed}`)
  fc.assert(
    fc.property(value, value, (one, other) => {
      t.is(isSameValue(one, other), JSON.stringify(one) === JSON.stringify(other))
      t.true(isSameValue(one, JSON.parse(JSON.stringify(one))))
    }),
    { seed, numRuns: 2_000 },
  )
})

test('what JSON leaves out or writes alike is never called the same', (t) => {
  t.false(isSameValue({ a: undefined }, {}))
  t.false(isSameValue(Number.NaN, Number.NaN))
  t.false(isSameValue({ a: 1, b: 2 }, { b: 2, a: 1 }))
})
