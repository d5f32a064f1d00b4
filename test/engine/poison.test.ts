// What a batch with a command that nobody can decide costs those around it: a few transactions, however long it is.
import test from 'ava'
import { commandOf, decideAll, masterWithSale } from '../support/one-partition.ts'

const commandsSent = 256
const nameOf = (number: number): string => `command-${number}`

test('a command that cannot be decided is parked within a few transactions, its neighbours are decided in order', async (t) => {
  const master = await masterWithSale()
  const names = Array.from({ length: commandsSent }, (_, number) => nameOf(number))
  const poisoned = nameOf(100)
  const { transactions } = await decideAll(master, [
    names.map((name) => commandOf(name, name === poisoned ? 'pause' : 'cancel')),
  ])

  const decided = master.tables.journal.map(({ commandId }) => commandId)
  t.deepEqual(decided, names)
  t.deepEqual([...master.tables.parked.keys()], [poisoned])
  // At each halving one half that fails and one that does not; in the end the one that parks.
  t.true(transactions <= 2 * Math.log2(commandsSent) + 2, `${transactions} transactions`)
})
