// Double entry, and the balances of the buyers. What is not a buyer's account is the sum of its entries.
import type { Migration } from './schema.ts'

export const money: Migration = {
  name: '004-money',
  async up(schema) {
    await schema.createTable('accounts', (columns) => {
      columns.key('user_id', 64).primary()
      columns.integer('balance')
      columns.table.check('balance >= 0', {}, 'balance_is_covered')
    })
    await schema.createTable('ledger', (columns) => {
      columns.sequence()
      columns.key('transaction_id', 64)
      columns.integer('line')
      columns.key('account', 72)
      columns.integer('amount')
      columns.key('kind', 16)
      columns.integer('at')
      columns.key('reference', 128)
      columns.table.unique(['transaction_id', 'line'])
      // Sums are answered without a look at the rows.
      columns.table.index(['account', 'sequence', 'amount'])
    })
  },
}
