// Whether the journal is asked for what it knows already: at first, and for a while after a repeat.
import test from 'ava'
import { limits } from '../../engine/limits.ts'
import { commandOf, decideAll, masterWithSale } from '../support/one-partition.ts'

const nameOf = (number: number): string => `command-${number}`

test('a repeat is told what was decided first, though it was not looked for', async (t) => {
  const master = await masterWithSale()
  const { repeatsExpectedBatches: lookedUp } = limits
  const before = lookedUp + 10
  const messages = Array.from({ length: before }, (_, number) => [commandOf(nameOf(number), 'cancel')])
  const repeat = [commandOf('another', 'cancel'), commandOf(nameOf(3), 'cancel')]
  const after = [commandOf('one more', 'cancel')]
  const { transactions, lookUps, handled } = await decideAll(master, [...messages, repeat, after])

  const decided = master.tables.journal.map(({ commandId }) => commandId)
  t.deepEqual(decided, [...messages.flat().map(({ id }) => id), 'another', 'one more'])
  const [first, again] = [handled[3], handled[before]].map((each) => each?.answers.at(-1)?.answer)
  t.truthy(first)
  t.deepEqual(again, first)
  t.is(transactions, before + 2 + 1, 'the repeat takes its batch a second one')
  t.is(lookUps, lookedUp + 2, 'and the next one looks again')
})

test('each repeat makes the next batches look, also one that was looked for', async (t) => {
  const master = await masterWithSale()
  const { repeatsExpectedBatches: lookedUp } = limits
  const messages = Array.from({ length: 2 * lookedUp }, (_, number) => [commandOf(nameOf(number), 'cancel')])
  messages[lookedUp - 1] = [commandOf(nameOf(0), 'cancel')]
  const { transactions, lookUps } = await decideAll(master, messages)
  t.is(transactions, messages.length)
  t.is(lookUps, messages.length)
})
