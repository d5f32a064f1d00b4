// What the page says, without a browser.
import { exec } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import test from 'ava'
import { chartOf } from '../../machines/chart.ts'
import { reservationV1 } from '../../machines/reservation.ts'

const root = join(import.meta.dirname, '../..')
const { languages, shortSpan, span } = await import(join(root, 'visualizer/page/words.js'))

test('the command for a candidate, as page and document name it, writes a chart and nothing beside it', async (t) => {
  const texts = [
    languages.en.candidateHint,
    languages.ko.candidateHint,
    readFileSync(join(root, 'docs/VISUALIZER.md'), 'utf8'),
  ]
  const commands = texts.map((text) => /npm run[^`]*--json(?= > candidate\.json)/.exec(text)?.[0])
  t.is(new Set(commands).size, 1)
  const { stdout } = await promisify(exec)(commands[0] ?? '', { cwd: root })
  t.deepEqual(JSON.parse(stdout), chartOf(reservationV1))
})

test("what a chart is made of has the glossary's words", (t) => {
  t.like(languages.en, { state: 'State', branch: 'Branch' })
  t.like(languages.ko, { state: '상태', branch: '분기', whoTook: '최근 이 분기를 거친 예약' })
  t.notRegex(JSON.stringify(languages), /transition|전이/i)
})

for (const [ms, en, ko] of [
  [0, '0 ms', '0ms'],
  [999.6, '1.0 s', '1.0초'],
  [9_960, '10 s', '10초'],
  [59_600, '1 min', '1분'],
  [479_400, '7 min 59 s', '7분 59초'],
  [479_700, '8 min', '8분'],
  [482_000, '8 min 2 s', '8분 2초'],
  [3_599_700, '1 h', '1시간'],
  [7_170_000, '2 h', '2시간'],
  [86_399_000, '1 d', '1일'],
  [171_000_000, '2 d', '2일'],
  [183_600_000, '2 d 3 h', '2일 3시간'],
] as const)
  test(`${ms} ms are told as ${en}`, (t) => {
    t.is(span('en', ms), en)
    t.is(span('ko', ms), ko)
  })

for (const [ms, en, ko] of [
  [59_000, '59 s', '59초'],
  [59_900, '1 min', '1분'],
  [355_000, '5.9 min', '5.9분'],
  [480_000, '8 min', '8분'],
  [3_599_000, '1 h', '1시간'],
  [86_399_000, '1 d', '1일'],
] as const)
  test(`${ms} ms are told as ${en} where there is little room`, (t) => {
    t.is(shortSpan('en', ms), en)
    t.is(shortSpan('ko', ms), ko)
  })
