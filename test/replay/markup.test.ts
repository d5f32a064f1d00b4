// Markup in the names of seats and in the reasons of what was parked, in every page that the replay writes: text. And
// whatever is in them, the page lets nothing run and fetches nothing.
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { openMaster } from '../../adapters/master/master.ts'
import { recordedEvening, replay, smallEvening } from './command-line.ts'
import { partitions } from './recorded-sale.ts'

const markup = '<img/src=x>'
const asText = '&lt;img/src=x&gt;'

let folder: string
let file: string
let id: string
test.before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-'))
  file = await recordedEvening(folder, {
    ...smallEvening,
    sections: ['A', 'B', 'C'].map((name) => `${markup}${name}`),
  })
  const master = await openMaster({ url: `sqlite:${file}`, partitions })
  await master.park([
    { id: 'marked', showId: null, reason: `failed ${markup}`, body: Buffer.from(markup), at: 1 },
  ])
  await master.close()
  const refused = await replay(
    'audit',
    '--show',
    'spring-1',
    '--from',
    file,
    '--reason',
    'seats_taken',
    '--json',
  )
  id = /"(spring-1\.[^"]+)"/.exec(refused.stdout)?.[1] ?? ''
})
test.after.always(() => rm(folder, { recursive: true, force: true }))

/** Every command that can write a page; the others are a dialogue. */
const commands: Record<string, { args: () => string[]; tells: boolean }> = {
  show: { args: () => ['show', id], tells: true },
  audit: { args: () => ['audit', '--show', 'spring-1'], tells: false },
  verify: { args: () => ['verify'], tells: false },
  'verify with a version': { args: () => ['verify', '--version', '1'], tells: false },
  diff: { args: () => ['diff', id, '--version', '1'], tells: false },
  'what-if': { args: () => ['what-if', '--show', 'spring-1', '--seat-limit', '1'], tells: false },
  redrive: { args: () => ['redrive', '--reason', markup], tells: true },
  export: { args: () => ['export', join(folder, 'evening.jsonl')], tells: false },
}

for (const [name, { args, tells }] of Object.entries(commands))
  test.serial(`the page of ${name} has markup as text, runs nothing and fetches nothing`, async (t) => {
    const path = join(folder, `${name}.html`)
    const { stderr } = await replay(...args(), '--from', file, '--html', path)
    const html = await readFile(path, 'utf8').catch(() => t.fail(stderr))
    t.false(String(html).includes(markup))
    t.is(String(html).includes(asText), tells)
    t.notRegex(
      String(html),
      /<(script|img|iframe|object|link)|\son\w+=|javascript:|src=(?!x&gt;)|href=|@import|url\(/,
    )
    t.regex(String(html), /Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"/)
  })
