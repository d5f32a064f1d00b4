import { createHash } from 'node:crypto'
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import Sqlite from 'better-sqlite3'
import { openArchive } from '../../adapters/archive/archive.ts'
import { type JournalEntry, openEntry } from '../../engine/journal.ts'
import type { ArchiveRecords } from '../../engine/ports.ts'
import { showNamed } from '../../replay/source.ts'
import { recordedEvening, replay, replayed, temporaryFolder } from './command-line.ts'

let folder = ''
let file = ''
let entries: JournalEntry[] = []

test.before(async (t) => {
  t.timeout(60_000)
  folder = await mkdtemp(join(tmpdir(), 'holdfast-'))
  file = await recordedEvening(folder)
  const archive = openArchive(`sqlite:${file}`)
  const rows = await archive.atOneMoment((records) => records.journal('spring-1', 0, 10_000))
  entries = rows.map(openEntry)
  await archive.close()
})
test.after.always(() => rm(folder, { recursive: true, force: true }))

const find = (fits: (entry: JournalEntry) => boolean): JournalEntry => {
  const found = entries.find(fits)
  if (found === undefined) throw new Error('the evening has no such entry')
  return found
}

test('a reservation is told from what was asked to why it ended so', async (t) => {
  const { subjectId } = find(({ to, from }) => to === 'expired' && from === 'held')
  const { code, stdout } = await replay('show', subjectId, '--from', file)
  t.is(code, 0)
  t.regex(stdout, /The buyer asked for \d seats?, had \d of at most 4, and got Block \w row \d seat \d/)
  t.regex(stdout, /isWithinSeatLimit/)
  t.regex(stdout, /The hold ran out at \S+: .*\. The seats went back at \S+\./)
})

test('for refused seats it says who had them, by pseudonym, and when they came free', async (t) => {
  const isRefused = ({ code, event }: JournalEntry) =>
    code === 'seats_taken' && (event.seatsTaken as string[]).length > 0
  const refused = find(isRefused)
  const { data } = await replayed('show', refused.subjectId, '--from', file)
  const [seatId] = refused.event.seatsTaken as string[]
  const seat = data.refusedSeats.find((each: { seatId: string }) => each.seatId === seatId)
  const names = (entry: JournalEntry, type: string) =>
    JSON.stringify(entry.effects.filter((effect) => effect.type === type)).includes(`"${seatId}"`)
  const holder = entries.findLast((entry) => entry.position < refused.position && names(entry, 'assignSeats'))
  const freed = entries.find((entry) => entry.subjectId === holder?.subjectId && names(entry, 'releaseSeats'))
  t.is(seat.reservationId, holder?.subjectId)
  t.is(seat.since, holder?.decidedAt)
  t.is(seat.until?.at, freed?.decidedAt)
  t.regex(seat.buyer, /^p_/)
  t.false(JSON.stringify(data).includes('buyer-'))
})

test('a sale that is open from the beginning of time has a time beside all others', async (t) => {
  const from = await recordedEvening(await temporaryFolder(t), {
    seed: 7,
    buyers: 1,
    commands: 1,
    opensAt: 0,
  })
  const { data } = await replayed('audit', '--show', 'spring-1', '--from', from)
  const { stdout } = await replay('show', data.groups[0].samples[0], '--from', from)
  t.regex(stdout, / opensAt: 1970-01-01T00:00:00\.000Z /)
})

test('it speaks Korean where asked to', async (t) => {
  const { subjectId } = find(({ to }) => to === 'held')
  const { data } = await replayed('show', subjectId, '--from', file, '--language', 'ko')
  t.regex(data.items[0].text, /구매자/)
  t.regex(data.items[0].text, /Block [A-C] \d열 \d번/)
  for (const wanted of ['paid', 'rejected', 'expired', 'cancelled', 'refunded']) {
    const { subjectId } = find(({ from, to }) => to === wanted && from !== to)
    const { data } = await replayed('show', subjectId, '--from', file, '--language', 'ko')
    t.regex(data.ending, /[가-힣]/, wanted)
    t.notRegex(data.ending, /\b(the|was|at)\b/, wanted)
  }
})

test('a report in Korean has no English around its sentences, and its page says so', async (t) => {
  const { subjectId } = find(({ code }) => code === 'seats_taken')
  const read = async (language: string) => {
    const page = join(folder, `${language}.html`)
    await replay('show', subjectId, '--from', file, '--language', language, '--html', page)
    return readFile(page, 'utf8')
  }
  const labels = (html: string) =>
    [...html.matchAll(/<(h2|th scope="col"|dt)>([^<]+)</g)].map(([, , label]) => label ?? '')
  const [english, korean] = [await read('en'), await read('ko')]
  t.regex(english, /<html lang="en">/)
  t.regex(korean, /<html lang="ko">/)
  t.is(labels(korean).length, labels(english).length)
  t.true(labels(english).includes('Who had the seats'))
  for (const label of labels(korean)) t.regex(label, /^(#|[가-힣 ]+)$/)
  t.notRegex(korean, /in the queue|never, so far|<h1>Reservation/)
})

test('of a show it tells what was asked, and nothing of buyers and money', async (t) => {
  const { code, stdout } = await replay('show', 'spring-1', '--from', file)
  t.is(code, 0)
  t.regex(stdout, /^Show spring-1$/m)
  t.regex(stdout, /pause was accepted in the state open\./)
  t.regex(stdout, /resume was refused in the state open\./)
  t.notRegex(stdout, /buyer|paid|reservation was|Why it ended/)
})

test('the page stands alone, and what came from outside is text in it', async (t) => {
  const { subjectId } = find(({ to }) => to === 'held')
  const page = join(folder, 'page.html')
  t.is((await replay('show', subjectId, '--from', file, '--html', page)).code, 0)
  const html = await readFile(page, 'utf8')
  t.notRegex(html, /<script|src=|href=|@import|url\(/)
  t.regex(html, /default-src 'none'/)
  const again = await replay('show', subjectId, '--from', file, '--html', page)
  t.is(again.code, 2)
  t.regex(again.stderr, /name a new file/)
})

test('a page or an export that can not be written is told in a sentence', async (t) => {
  const { subjectId } = find(({ to }) => to === 'held')
  const nowhere = join(folder, 'nowhere')
  for (const args of [
    ['show', subjectId, '--html', join(nowhere, 'page.html')],
    ['export', join(nowhere, 'evening.jsonl')],
  ]) {
    const { code, stdout, stderr } = await replay(...args, '--from', file)
    t.is(code, 2)
    t.is(stdout, '')
    t.regex(stderr, /^The file can't be written: ENOENT.*nowhere.*\.$/m)
    t.notRegex(stderr, /\n {4}at /)
  }
})

test('an export reads like the database it came from, and has no user in it', async (t) => {
  const path = join(folder, 'evening.jsonl')
  t.is((await replay('export', path, '--from', file)).code, 0)
  const text = await readFile(path, 'utf8')
  t.notRegex(text, /buyer-\d/)
  const { subjectId } = find(({ to }) => to === 'paid')
  const [original, exported] = await Promise.all(
    [file, path].map((from) => replayed('show', subjectId, '--from', from)),
  )
  t.deepEqual(exported?.data, original?.data)

  const imported = join(folder, 'imported.db')
  t.is((await replay('import', path, imported)).code, 0)
  t.deepEqual((await replayed('show', subjectId, '--from', imported)).data, original?.data)
  const second = await replay('import', path, imported)
  t.is(second.code, 2)
})

test('a file that was cut or changed is refused before a line of it is believed', async (t) => {
  const path = join(folder, 'whole.jsonl')
  await replay('export', path, '--from', file, '--show', 'spring-2')
  const text = await readFile(path, 'utf8')
  const lines = text.split('\n')
  const broken: Record<string, [text: string, message: RegExp, code: number]> = {
    cut: [lines.slice(0, -2).join('\n'), /does not end with a manifest/, 4],
    shorter: [[...lines.slice(0, 20), ...lines.slice(21)].join('\n'), /it has \d+ lines and should have/, 4],
    changed: [text.replace('reservation@1', 'reservation@2'), /its hash differs/, 4],
    empty: ['', /does not end with a manifest/, 4],
    newer: [text.replace(/"version":1,"exportedAt"/, '"version":2,"exportedAt"'), /reads version 1/, 5],
  }
  for (const [name, [content, message, code]] of Object.entries(broken)) {
    const file = join(folder, `${name}.jsonl`)
    await writeFile(file, content)
    const ended = await replay('show', 'x', '--from', file)
    t.regex(ended.stderr, message, name)
    t.is(ended.code, code, name)
  }
})

test('a file whose lines are no rows, or not those that its manifest names, is refused though its hash is right', async (t) => {
  const path = join(folder, 'to-forge.jsonl')
  await replay('export', path, '--from', file, '--show', 'spring-2')
  const lines = (await readFile(path, 'utf8')).trimEnd().split('\n')
  const manifest = JSON.parse(lines.pop() ?? '')
  const forged = (rows: readonly string[]) => {
    const text = rows.map((row) => `${row}\n`).join('')
    const sha256 = createHash('sha256').update(text).digest('hex')
    return `${text}${JSON.stringify({ ...manifest, lines: rows.length, sha256 })}\n`
  }
  const lastOf = (table: string) => lines.findLastIndex((line) => line.startsWith(`["${table}"`))
  const broken: Record<string, [rows: readonly string[], message: RegExp]> = {
    'no row': [lines.toSpliced(9, 0, '{}'), /line 10 is no row of a table of an export/],
    'no table': [[...lines, '["nonsense",{}]'], /is no row of a table of an export/],
    'no show': [lines.slice(0, 12), /spring-2 is not there with its \d+ entries/],
    'an entry less': [lines.toSpliced(lastOf('journal'), 1), /spring-2 is not there with its \d+ entries/],
  }
  for (const [name, [rows, message]] of Object.entries(broken)) {
    const from = join(folder, `${name.replaceAll(' ', '-')}.jsonl`)
    await writeFile(from, forged(rows))
    const ended = await replay('verify', '--from', from)
    t.is(ended.code, 4, `${name}: ${ended.stdout}`)
    t.regex(ended.stderr, message, name)
  }
})

test('a plan comes out of an export as it went in, whatever its members look like', async (t) => {
  const odd = join(folder, 'odd.db')
  await copyFile(file, odd)
  const rows = new Sqlite(odd)
  rows.pragma('journal_mode = DELETE')
  const { plan } = rows.prepare('SELECT plan FROM venues').get() as { plan: string }
  const meta = [{ type: 'Buffer' }, { type: 'Buffer', data: [1, 2] }]
  rows.prepare('UPDATE venues SET plan = ?').run(JSON.stringify({ ...JSON.parse(plan), meta }))
  rows.close()
  const exported = join(folder, 'odd.jsonl')
  const imported = join(folder, 'odd-again.db')
  t.is((await replay('export', exported, '--from', odd)).code, 0)
  t.is((await replay('import', exported, imported)).code, 0)
  const again = new Sqlite(imported, { readonly: true })
  t.teardown(() => again.close())
  const { plan: kept } = again.prepare('SELECT plan FROM venues').get() as { plan: string }
  t.deepEqual(JSON.parse(kept).meta, meta)
})

test('whoever names a show that is not there is told which there are, and how many more', async (t) => {
  const among = async (count: number) => {
    const ids = Array.from({ length: count }, (_, show) => `show-${show + 1}`)
    const records = { archivedShow: async () => null, showIds: async () => ids } as unknown as ArchiveRecords
    return (await t.throwsAsync(showNamed(records, 'nope')))?.message
  }
  t.is(await among(0), 'There is no show nope.')
  t.regex(String(await among(8)), /^There is no show nope; there are show-1, .*, show-8\.$/)
  t.regex(String(await among(10)), /^There is no show nope; there are show-1, .*, show-8 and 2 more\.$/)
})

test('help on a command is what the command says of itself', async (t) => {
  const { stdout } = await replay('show', '--help')
  t.regex(stdout, /^ {2}show ID$/m)
  t.deepEqual(await replay('help', 'show'), { code: 0, stdout, stderr: '' })
  t.is((await replay('help', 'dance')).code, 2)
})

test('bad input ends with a sentence and a code of its own', async (t) => {
  const empty = await mkdtemp(join(folder, 'empty'))
  const whole = join(folder, 'for-nowhere.jsonl')
  await replay('export', whole, '--from', file)
  const cases: [args: string[], code: number, message: RegExp][] = [
    [['show', 'nothing', '--from', file], 3, /Nothing was ever decided about nothing/],
    [['show', '--from', file], 2, /"show" takes ID/],
    [['show', 'x', '--form', file], 2, /Unknown option '--form'/],
    [['dance'], 2, /There is no command dance/],
    [
      ['export', join(folder, 'x.jsonl'), '--from', file, '--show', 'autumn'],
      3,
      /There is no show autumn; there are/,
    ],
    [['show', 'x', '--from', join(folder, 'none.db')], 2, /^There is no \S*none\.db: --from takes [^\n]+\n$/],
    [['show', 'x', '--from', join(folder, 'none.jsonl')], 2, /^There is no \S*none\.jsonl: [^\n]+\n$/],
    [['show', 'x', '--from', empty], 2, /^There is no master\.db in \S*empty\S+\.\n$/],
    [['import', join(folder, 'none.jsonl'), join(folder, 'to.db')], 2, /^There is no \S*none\.jsonl\.\n$/],
    [['import', whole, join(folder, 'nowhere', 'to.db')], 2, /^There is no \S*nowhere\.\n$/],
    [['show', 'x', '--from', 'mysql://nobody@127.0.0.1:1/none'], 7, /The database can't be read/],
  ]
  await Promise.all(
    cases.map(async ([args, code, message]) => {
      const ended = await replay(...args)
      t.is(ended.code, code, args.join(' '))
      t.regex(ended.stderr, message)
    }),
  )
})
