// Every way in which records can go wrong, planted one at a time into a copy of an evening that agrees.
import { createHash } from 'node:crypto'
import { copyFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import Sqlite from 'better-sqlite3'
import { recordedEvening, replay, replayed } from './command-line.ts'

let folder = ''
let evening = ''
let copies = 0

test.before(async (t) => {
  t.timeout(60_000)
  folder = await mkdtemp(join(tmpdir(), 'holdfast-'))
  evening = await recordedEvening(folder, { seed: 3, buyers: 14, commands: 260 })
})
test.after.always(() => rm(folder, { recursive: true, force: true }))

type Tamper = (rows: Sqlite.Database) => void

/** @returns the kinds of difference that are found in a copy that was tampered with */
async function kindsAfter(tamper: Tamper): Promise<string[]> {
  const copy = join(folder, `copy-${copies++}.db`)
  await copyFile(evening, copy)
  const rows = new Sqlite(copy)
  rows.pragma('journal_mode = DELETE')
  rows.pragma('ignore_check_constraints = ON')
  tamper(rows)
  rows.close()
  const { code, data, stderr } = await replayed('verify', '--from', copy)
  await rm(copy)
  if (code === 5) return ['version', stderr]
  const kinds = data.differences.map(({ kind }: { kind: string }) => kind)
  if (code !== (kinds.length === 0 ? 0 : 1))
    throw new Error(`exit code ${code} with ${kinds.length} differences`)
  return kinds
}

interface Row {
  readonly show_id: string
  readonly position: number
  readonly entry: string
}

/** Closes the chain over what was changed, as whoever forges a journal would. */
function reseal(rows: Sqlite.Database, showId = 'spring-1'): void {
  const journal = rows
    .prepare('SELECT * FROM journal WHERE show_id = ? ORDER BY position')
    .all(showId) as Row[]
  let hash: Buffer = createHash('sha256').update(`holdfast:${showId}`).digest()
  const update = rows.prepare('UPDATE journal SET hash = ? WHERE show_id = ? AND position = ?')
  for (const { position, entry } of journal) {
    hash = createHash('sha256').update(hash).update(entry).digest()
    update.run(hash, showId, position)
  }
  const position = journal.at(-1)?.position
  rows.prepare('UPDATE show_heads SET hash = ?, position = ? WHERE show_id = ?').run(hash, position, showId)
}

/** Changes the first entry of the first show that has the text, under a chain that is closed again. */
function forge(rows: Sqlite.Database, text: string, other: string): void {
  const found = rows
    .prepare("SELECT * FROM journal WHERE show_id = 'spring-1' AND instr(entry, ?) > 0 ORDER BY position")
    .get(text) as Row | undefined
  if (found === undefined) throw new Error(`no entry has ${text}`)
  rows
    .prepare('UPDATE journal SET entry = ? WHERE show_id = ? AND position = ?')
    .run(found.entry.replace(text, other), found.show_id, found.position)
  reseal(rows)
}

test('an evening agrees with all that is stored', async (t) => {
  const { code, stdout } = await replay('verify', '--from', evening)
  t.is(code, 0, stdout)
  t.regex(stdout, /All of it agrees/)
  t.deepEqual(await kindsAfter(() => {}), [])
})

test('whoever paid nothing for a free ticket, and never charged a balance, needs no account', async (t) => {
  const free = await mkdtemp(join(folder, 'free-'))
  const file = await recordedEvening(free, { seed: 3, buyers: 60, commands: 260, isFree: true })
  const rows = new Sqlite(file, { readonly: true })
  const { paid } = rows
    .prepare(
      `SELECT COUNT(*) AS paid FROM ledger WHERE kind = 'payment' AND account LIKE 'user:%' AND substr(account, 6) NOT IN (SELECT user_id FROM accounts)`,
    )
    .get() as { paid: number }
  rows.close()
  t.true(paid > 0)
  const { code, data } = await replayed('verify', '--from', file)
  t.is(code, 0, JSON.stringify(data.differences))
})

test('an account that is gone is missed, though all of its money was spent', async (t) => {
  const kinds = await kindsAfter((rows) => {
    const { userId, balance, charge } = rows
      .prepare(
        `SELECT user_id AS userId, balance, MIN(sequence) AS charge
          FROM accounts JOIN ledger ON account = 'user:' || user_id
          WHERE kind = 'charge' AND amount > 0 AND balance BETWEEN 1 AND amount - 1
          GROUP BY user_id ORDER BY user_id`,
      )
      .get() as { userId: string; balance: number; charge: number }
    rows.prepare('UPDATE ledger SET amount = amount - ? WHERE sequence = ?').run(balance, charge)
    rows.prepare('DELETE FROM accounts WHERE user_id = ?').run(userId)
  })
  t.true(kinds.includes('balance'))
})

const forgeries: Record<string, [text: string, other: string, kind: string]> = {
  'a state': ['"to":"held"', '"to":"paid"', 'entry'],
  'an outcome': ['"outcome":"accepted"', '"outcome":"refused"', 'entry'],
  'a verdict': ['"seatsAreFree":false', '"seatsAreFree":true', 'entry'],
  'a verdict too many': ['"seatsAreFree":true}', '"seatsAreFree":true,"isLate":true}', 'entry'],
  'the order of the guards': [
    '"isFresh":true,"saleIsOpen":true',
    '"saleIsOpen":true,"isFresh":true',
    'entry',
  ],
  'an effect too many': ['"effects":[{', '"effects":[{"type":"announce","params":{}},{', 'entry'],
  'an effect': ['"type":"sellSeats"', '"type":"giveSeats"', 'entry'],
  'a price': ['"price":66000', '"price":66', 'facts'],
  'the seats of a buyer': ['"seatsOfBuyer":0', '"seatsOfBuyer":1', 'facts'],
  'a seat that was taken': ['"seatsTaken":["', '"seatsTaken":["nowhere","', 'facts'],
  'a deadline': ['"setDeadline","params":{"at":1', '"setDeadline","params":{"at":2', 'entry'],
  'a time': ['"decidedAt":1', '"decidedAt":2', 'fence'],
  'an owner': ['"epoch":1', '"epoch":9', 'fence'],
}

for (const [what, [text, other, kind]] of Object.entries(forgeries))
  test(`${what} that was forged under a chain that was closed again is found`, async (t) => {
    const kinds = await kindsAfter((rows) => forge(rows, text, other))
    t.true(kinds.includes(kind), kinds.join())
    t.false(kinds.includes('chain'))
  })

test('a wrong state that all else was made to agree with is found', async (t) => {
  const kinds = await kindsAfter((rows) => {
    const { subject_id: id, seq } = rows
      .prepare(
        `SELECT subject_id, seq FROM journal WHERE show_id = 'spring-1' AND entry LIKE '%"to":"cancelled"%'`,
      )
      .get() as { subject_id: string; seq: number }
    rows
      .prepare(
        `UPDATE journal SET entry = replace(entry, '"to":"cancelled"', '"to":"expired"') WHERE subject_id = ? AND seq = ?`,
      )
      .run(id, seq)
    rows.prepare("UPDATE reservations SET state = 'expired' WHERE id = ?").run(id)
    reseal(rows)
  })
  t.true(kinds.includes('entry'), kinds.join())
})

const run =
  (sql: string): Tamper =>
  (rows) => {
    if (rows.prepare(sql).run().changes === 0) throw new Error(`nothing was changed: ${sql}`)
  }

const middle = "show_id = 'spring-1' AND position = 40"
const last =
  "show_id = 'spring-1' AND position = (SELECT MAX(position) FROM journal WHERE show_id = 'spring-1')"

/** 5,000 for somebody new, in a transaction that sums to zero and that nobody decided about. */
function forgeMoney(rows: Sqlite.Database, kind: string, from: string): void {
  const move = rows.prepare(
    "INSERT INTO ledger (transaction_id, line, account, amount, kind, at, reference) VALUES ('x', ?, ?, ?, ?, 1, 'r')",
  )
  move.run(0, 'user:mallory', 5_000, kind)
  move.run(1, from, -5_000, kind)
  rows.prepare("INSERT INTO accounts (user_id, balance) VALUES ('mallory', 5000)").run()
}

const losses: Record<string, [tamper: Tamper, kind: string]> = {
  'a missing entry': [run(`DELETE FROM journal WHERE ${middle}`), 'order'],
  'a missing first entry': [run("DELETE FROM journal WHERE show_id = 'spring-1' AND position = 1"), 'order'],
  'a cut tail': [run(`DELETE FROM journal WHERE ${last}`), 'head'],
  'a cut tail whose head was moved': [
    (rows) => {
      run(`DELETE FROM journal WHERE show_id = 'spring-1' AND position > 100`)(rows)
      reseal(rows)
    },
    'reservation',
  ],
  'a removed journal': [run("DELETE FROM journal WHERE show_id = 'spring-2'"), 'head'],
  'a removed reservation': [
    run("DELETE FROM reservations WHERE id = (SELECT MIN(id) FROM reservations WHERE state = 'rejected')"),
    'reservation',
  ],
  'a removed reservation with all its entries': [
    (rows) => {
      const { id } = rows
        .prepare("SELECT MIN(id) AS id FROM reservations WHERE show_id = 'spring-1'")
        .get() as { id: string }
      rows.prepare('DELETE FROM reservations WHERE id = ?').run(id)
      rows.prepare('DELETE FROM journal WHERE subject_id = ?').run(id)
      reseal(rows)
    },
    'order',
  ],
  'a reservation that nobody asked for': [
    run(
      `INSERT INTO reservations SELECT 'spring-1.x', show_id, partition_id, user_id, state, seq, machine_version, seat_count, deadline, context, created_at, updated_at FROM reservations WHERE show_id = 'spring-1' LIMIT 1`,
    ),
    'reservation',
  ],
  'a seat that nobody holds': [
    run('DELETE FROM taken_seats WHERE seat_id = (SELECT MIN(seat_id) FROM taken_seats)'),
    'seats',
  ],
  'a seat that somebody holds besides': [
    run("INSERT INTO taken_seats VALUES ('spring-1', 'nowhere', 'sold', 'spring-1.x')"),
    'seats',
  ],
  'a payment that is gone': [
    run(
      "DELETE FROM ledger WHERE transaction_id = (SELECT MIN(transaction_id) FROM ledger WHERE kind = 'payment')",
    ),
    'ledger',
  ],
  'a payment too many': [
    run(
      "INSERT INTO ledger (transaction_id, line, account, amount, kind, at, reference) VALUES ('x', 0, 'revenue:spring-1', 0, 'payment', 1, 'r')",
    ),
    'ledger',
  ],
  'money that went from one buyer to another as a refund': [
    (rows) => {
      const { id } = rows.prepare('SELECT user_id AS id FROM accounts WHERE balance > 5000').get() as {
        id: string
      }
      forgeMoney(rows, 'refund', `user:${id}`)
      rows.prepare('UPDATE accounts SET balance = balance - 5000 WHERE user_id = ?').run(id)
    },
    'ledger',
  ],
  'a refund by a show that is not there': [(rows) => forgeMoney(rows, 'refund', 'revenue:ghost'), 'ledger'],
  'a payment out of what was charged': [(rows) => forgeMoney(rows, 'payment', 'deposits'), 'ledger'],
  'a show that is gone from the shows': [
    (rows) => {
      rows.pragma('foreign_keys = OFF')
      run("DELETE FROM shows WHERE id = 'spring-2'")(rows)
    },
    'head',
  ],
  'a show that is gone with all but its money': [
    (rows) => {
      rows.pragma('foreign_keys = OFF')
      run("DELETE FROM shows WHERE id = 'spring-2'")(rows)
      for (const table of ['show_heads', 'journal', 'reservations', 'taken_seats'])
        run(`DELETE FROM ${table} WHERE show_id = 'spring-2'`)(rows)
    },
    'ledger',
  ],
  'an account that is gone with its balance': [
    run('DELETE FROM accounts WHERE user_id = (SELECT MIN(user_id) FROM accounts WHERE balance > 0)'),
    'balance',
  ],
  'a parked command that is gone': [run('DELETE FROM parked'), 'parked'],
}

for (const [what, [tamper, kind]] of Object.entries(losses))
  test(`${what} is found`, async (t) => {
    const kinds = await kindsAfter(tamper)
    t.true(kinds.includes(kind), kinds.join())
  })

test('an export does not hide a show of which only the journal is left', async (t) => {
  const copy = join(folder, 'gone.db')
  await copyFile(evening, copy)
  const rows = new Sqlite(copy)
  rows.pragma('journal_mode = DELETE')
  rows.pragma('foreign_keys = OFF')
  run("DELETE FROM shows WHERE id = 'spring-2'")(rows)
  rows.close()
  const ended = await replay('export', join(folder, 'gone.jsonl'), '--from', copy)
  t.not(ended.code, 0)
  t.regex(ended.stderr, /entries of spring-2, and there is no such show/)
})

test('two entries in swapped order are found, also under a chain that was closed again', async (t) => {
  const swap = (rows: Sqlite.Database): void => {
    const move = rows.prepare("UPDATE journal SET position = ? WHERE show_id = 'spring-1' AND position = ?")
    for (const [to, from] of [
      [-1, 40],
      [40, 41],
      [41, -1],
    ])
      move.run(to, from)
  }
  t.true((await kindsAfter(swap)).includes('chain'))
  const resealed = await kindsAfter((rows) => {
    swap(rows)
    reseal(rows)
  })
  t.true(resealed.includes('columns') || resealed.includes('entry'), resealed.join())
})

const flips: Record<string, [columns: string[], where: string]> = {
  journal: [['show_id', 'position', 'command_id', 'subject_id', 'seq', 'entry', 'hash'], middle],
  reservations: [
    [
      ...['id', 'show_id', 'partition_id', 'user_id', 'state', 'seq', 'machine_version', 'seat_count'],
      ...['deadline', 'context', 'created_at', 'updated_at'],
    ],
    "id = (SELECT MIN(id) FROM reservations WHERE state = 'paid')",
  ],
  show_heads: [
    ['show_id', 'partition_id', 'state', 'seq', 'machine_version', 'position', 'hash', 'seats_revision'],
    "show_id = 'spring-1'",
  ],
  taken_seats: [
    ['show_id', 'seat_id', 'status', 'reservation_id'],
    "seat_id = (SELECT MIN(seat_id) FROM taken_seats) AND show_id = 'spring-1'",
  ],
  ledger: [
    ['transaction_id', 'line', 'account', 'amount', 'kind', 'at', 'reference'],
    "kind = 'payment' AND line = 1",
  ],
  accounts: [['user_id', 'balance'], 'user_id = (SELECT MIN(user_id) FROM accounts)'],
  machines: [['definition_hash'], "name = 'reservation'"],
}

test('a byte that was flipped in any column is found', async (t) => {
  t.timeout(60_000)
  for (const [table, [columns, where]] of Object.entries(flips))
    for (const column of columns) {
      const kinds = await kindsAfter((rows) => flip(rows, table, column, where))
      t.true(kinds.length > 0, `${table}.${column}`)
    }
})

function flip(rows: Sqlite.Database, table: string, column: string, where: string): void {
  rows.pragma('foreign_keys = OFF')
  const found = rows
    .prepare(`SELECT rowid AS id, ${column} AS value FROM ${table} WHERE ${where} LIMIT 1`)
    .get() as { id: number; value: unknown } | undefined
  if (found === undefined) throw new Error(`no row of ${table} where ${where}`)
  rows.prepare(`UPDATE ${table} SET ${column} = ? WHERE rowid = ?`).run(flipped(found.value), found.id)
}

function flipped(value: unknown): unknown {
  if (value === null) return 1
  if (typeof value === 'number') return value + 2 ** 16
  const bytes = Buffer.from(value as Buffer | string)
  const place = Math.floor(bytes.length / 2)
  bytes[place] = (bytes[place] ?? 0) ^ 1
  return typeof value === 'string' ? bytes.toString('utf8') : bytes
}

test('an entry of a machine that this release does not know ends the look with a code of its own', async (t) => {
  const copy = join(folder, 'newer.db')
  await copyFile(evening, copy)
  const rows = new Sqlite(copy)
  rows.pragma('journal_mode = DELETE')
  rows.exec(`DELETE FROM journal WHERE show_id <> 'spring-1' OR position > 1;
    DELETE FROM reservations; DELETE FROM taken_seats; DELETE FROM ledger; DELETE FROM accounts; DELETE FROM parked;
    DELETE FROM show_heads WHERE show_id <> 'spring-1'; DELETE FROM shows WHERE id <> 'spring-1';
    UPDATE show_heads SET state = 'open', seq = 0, seats_revision = 0;
    UPDATE journal SET entry = replace(entry, 'reservation@1', 'reservation@7')`)
  reseal(rows)
  rows.close()
  const ended = await replay('verify', '--from', copy)
  t.is(ended.code, 5, ended.stdout)
  t.regex(ended.stderr, /reservation@7/)
})

test('bytes that are no entry are told as a difference, not as a crash', async (t) => {
  const kinds = await kindsAfter(run(`UPDATE journal SET entry = '{"showId":' WHERE ${middle}`))
  t.true(kinds.includes('entry') && kinds.includes('chain'), kinds.join())
})
