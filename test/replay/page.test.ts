// The pages that the replay writes, in a real browser: as wide as a desk's screen, and as narrow as a telephone's.
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import test, { type ExecutionContext } from 'ava'
import type { Browser } from 'playwright-core'
import { openBrowser } from '../support/browser.ts'
import { replay, temporaryFolder } from './command-line.ts'

const evening = join(import.meta.dirname, '../histories/reservation-1-show-1.jsonl')
const desk = { width: 1280, height: 900 }
const telephone = { width: 390, height: 844 }
const proseWidthMin = 256

let browser: Browser
test.before(async () => {
  browser = await openBrowser()
})
test.after.always(() => browser?.close())

const refused = 'spring-1.8iFX6BZ-rBQxJh7j.1i_DfJ_4zJakHJ2d'
const commands: Readonly<Record<string, readonly string[]>> = {
  show: ['show', refused],
  'show with a long id': ['show', 'spring-1.HAcFDQjK7krFG_Up.rwTLErFLB5XgpQpQ'],
  'show in Korean': ['show', refused, '--language', 'ko'],
  'show of a show': ['show', 'spring-1'],
  audit: ['audit', '--show', 'spring-1'],
  'what-if': ['what-if', '--show', 'spring-1', '--hold-ttl', '3s'],
  verify: ['verify'],
}

interface SeenCell {
  readonly isProse: boolean
  readonly width: number
  /** Lines as they are written. */
  readonly lines: number
  /** Where each line stands on the screen, px from its top. */
  readonly tops: readonly number[]
}

const rowsSeen = `[...document.querySelectorAll('tbody tr')].map((row) => [...row.cells].map((cell) => {
  const range = document.createRange()
  range.selectNodeContents(cell)
  const tops = [...new Set([...range.getClientRects()].filter(({ width }) => width > 0).map(({ top }) => top))]
  const lines = cell.textContent.split('\\n').length
  return { isProse: cell.className === 'prose', width: cell.getBoundingClientRect().width, lines, tops }
}))`

async function look(t: ExecutionContext, path: string, viewport: typeof desk): Promise<SeenCell[][]> {
  const page = await browser.newPage({ viewport })
  t.teardown(() => page.close())
  await page.goto(pathToFileURL(path).href)
  const isWiderThanSeen = await page.evaluate('document.documentElement.scrollWidth > innerWidth')
  t.false(isWiderThanSeen, `the page fits into ${viewport.width} px`)
  return page.evaluate<SeenCell[][]>(rowsSeen)
}

for (const [name, args] of Object.entries(commands))
  test(`the page of ${name} can be read at a desk and on a telephone`, async (t) => {
    const path = join(await temporaryFolder(t), 'page.html')
    await replay(...args, '--from', evening, '--html', path)
    for (const viewport of [desk, telephone]) {
      const cells = (await look(t, path, viewport)).flat().filter(({ tops }) => tops.length > 0)
      t.true(cells.length > 0)
      for (const { isProse, width, lines, tops } of cells)
        if (isProse) t.true(width >= proseWidthMin)
        else t.is(tops.length, lines, 'no line is broken, and none runs on into the next')
    }
  })

test('each rule has its verdict beside it, also on a telephone', async (t) => {
  const path = join(await temporaryFolder(t), 'page.html')
  await replay(...(commands.show ?? []), '--from', evening, '--html', path)
  const rows = await look(t, path, telephone)
  const [, rules, verdicts] = rows.find((row) => row[1]?.lines === 5) ?? []
  t.is(rules?.tops.length, 5)
  t.deepEqual(verdicts?.tops, rules?.tops)
})
