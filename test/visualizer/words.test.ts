// What the page says, without a browser.
import { exec } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import test from 'ava'
import { chartOf } from '../../machines/chart.ts'
import { reservationV1 } from '../../machines/reservation.ts'

const root = join(import.meta.dirname, '../..')
const { languages } = await import(join(root, 'visualizer/page/words.js'))

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
