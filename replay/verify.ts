// `verify`: every entry of every show through the machine that it names, against all that is stored.
import { UnknownVersion } from '../engine/failures.ts'
import { definitionHash } from '../engine/machines.ts'
import type { ArchiveRecords } from '../engine/ports.ts'
import { Differences, differenceKinds } from './differences.ts'
import type { Report } from './document.ts'
import { pages } from './pages.ts'
import type { Progress } from './progress.ts'
import { showNamed } from './source.ts'
import { findKnown, type Verified, verifyShow } from './verify-show.ts'

/**
 * @param showId null for all shows, and all balances
 * @throws {UnknownVersion} where entries name machines that this release does not know, and all else agrees
 */
export async function verify(
  records: ArchiveRecords,
  showId: string | null,
  progress: Progress,
): Promise<Report> {
  const differences = new Differences()
  const begunAt = performance.now()
  const shows = showId === null ? [] : [await showNamed(records, showId)]
  for (const each of showId === null ? await allShowIds(records) : []) {
    const shown = await records.archivedShow(each)
    if (shown === null) differences.add('head', each, 'there is no such show, or it has no head')
    else shows.push(shown)
  }

  await compareMachines(records, differences)
  const verified = new Map<string, Verified>()
  progress.begin(
    'verifying',
    shows.reduce((sum, { head }) => sum + head.position, 0),
  )
  for (const shown of shows)
    verified.set(shown.head.showId, await verifyShow(records, shown, differences, progress))
  progress.end()
  const { isWhole } = await records.deployment()
  if (showId === null && isWhole) await compareAccounts(records, verified, differences)
  await compareRevenue(records, verified, differences)

  const found = differences.list()
  if (found.length === 1 && found[0]?.kind === 'version')
    throw new UnknownVersion(`${found[0].where}: ${found[0].what}, which it does not know`)
  const entries = [...verified.values()].reduce((sum, each) => sum + each.entries, 0)
  const seconds = (performance.now() - begunAt) / 1_000
  return {
    exitCode: found.length === 0 ? 0 : 1,
    data: {
      agrees: found.length === 0,
      differences: found,
      shows: Object.fromEntries(verified),
      entries,
      seconds,
      balances: showId === null && isWhole,
    },
    blocks: [
      { kind: 'title', text: found.length === 0 ? 'All of it agrees' : 'Not all of it agrees' },
      {
        kind: 'text',
        text:
          `${entries} entries of ${verified.size} shows stepped again in ${seconds.toFixed(1)} s, ` +
          `${Math.round(entries / seconds)} a second.${showId === null && isWhole ? '' : ' Balances were left out: they belong to all shows together.'}`,
        tone: 'quiet',
      },
      {
        kind: 'table',
        columns: ['show', 'entries', 'reservations', 'money moves', 'revenue in minor units'],
        rows: [...verified].map(([id, { entries, reservations, payments, revenue }]) => [
          ...[id, entries, reservations, payments, revenue],
        ]),
      },
      ...(found.length === 0
        ? []
        : [
            { kind: 'heading' as const, text: 'The first difference of each kind' },
            {
              kind: 'table' as const,
              columns: ['kind', 'count', 'where', 'what'],
              rows: found.map(({ kind, count, where, what }) => [
                `${kind}: ${differenceKinds[kind]}`,
                count,
                where,
                what,
              ]),
            },
          ]),
    ],
  }
}

/** The machines that decided are those of this release, to the letter. */
async function compareMachines(records: ArchiveRecords, differences: Differences): Promise<void> {
  for (const { name, version, definitionHash: hash } of await records.machines()) {
    const here = findKnown(`${name}@${version}`)
    if (here === undefined) continue
    differences.compare('machine', `${name}@${version}`, 'its definition here', hash, definitionHash(here))
  }
}

/** Those that are there, and those of which only the journal is left. */
async function allShowIds(records: ArchiveRecords): Promise<readonly string[]> {
  return [...new Set([...(await records.showIds()), ...(await records.journaledShowIds())])].sort()
}

/** Every transaction sums to zero and is of one of the known kinds, and every balance is the sum of its entries. */
async function compareAccounts(
  records: ArchiveRecords,
  verified: ReadonlyMap<string, Verified>,
  differences: Differences,
): Promise<void> {
  for (const id of await records.unbalanced(100))
    differences.add('ledger', id, 'its lines do not sum to zero')
  /** By which anything came or went: who took free seats alone may never have had a balance. */
  const moved = new Set<string>()
  for await (const page of pages(
    (after: number, limit) => records.ledger(after, limit),
    0,
    (row) => row.sequence,
  ))
    for (const { transactionId, line, account, amount, kind, reference } of page) {
      if (amount !== 0) moved.add(account)
      const isDecided = kind === 'payment' || kind === 'refund'
      const isUser = account.startsWith('user:')
      const isOther = isDecided ? isRevenue(account, verified) : account === 'deposits'
      if (line === 0 ? !isUser : line !== 1 || !isOther)
        differences.add('ledger', transactionId, `line ${line} of a ${kind} is of ${account}`)
      // Which payments and refunds there should be the shows' revenue tells.
      if (isDecided) continue
      differences.compare('ledger', transactionId, 'kind', 'charge', kind)
      differences.compare('ledger', transactionId, 'reference', transactionId, reference)
    }

  const sums = new Map<string, number>()
  const balances = pages(
    (after: string, limit) => records.balances(after, limit),
    '',
    (row) => row.userId,
  )
  const accounts = pages(
    (after: string, limit) => records.accountSums(after, limit),
    'user:',
    (row) => row.account,
  )
  for await (const page of accounts)
    for (const { account, sum } of page) if (account.startsWith('user:')) sums.set(account.slice(5), sum)
  for await (const page of balances)
    for (const { userId, balance } of page) {
      differences.compare('balance', userId, 'the balance', sums.get(userId) ?? 0, balance)
      sums.delete(userId)
    }
  for (const [userId, sum] of sums)
    if (moved.has(`user:${userId}`))
      differences.add('balance', userId, `its entries come to ${sum}, and there is no such account`)
}

const isRevenue = (account: string, verified: ReadonlyMap<string, Verified>): boolean =>
  account.startsWith('revenue:') && verified.has(account.slice('revenue:'.length))

/** What moved is what was decided, and nothing besides. */
async function compareRevenue(
  records: ArchiveRecords,
  verified: ReadonlyMap<string, Verified>,
  differences: Differences,
): Promise<void> {
  for (const [showId, { payments, revenue }] of verified) {
    const account = `revenue:${showId}`
    const { lines, sum } = await records.sumOf(account)
    differences.compare('ledger', account, 'the number of its lines', payments, lines)
    differences.compare('ledger', account, 'its sum', revenue, sum)
  }
}
