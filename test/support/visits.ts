// Visits to the pages in a real browser, on a server that sells.
import test, { type ExecutionContext } from 'ava'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { openBrowser } from './browser.ts'
import { type Client, type EmbeddedServer, startEmbedded } from './embedded-server.ts'

export interface Stage {
  server: EmbeddedServer
  address: string
  browser: Browser
}

export interface Visit {
  /** Another way to the server. */
  readonly address?: string
  readonly hash?: string
  readonly language?: 'en' | 'ko'
  readonly theme?: 'dark' | 'light'
  readonly viewport?: { width: number; height: number }
  readonly isLoggedIn?: boolean
}

export type Visiting<Given = Visit> = (given?: Given) => Promise<Page>

export interface PageUnderTest<Given extends Visit> {
  readonly path: string
  /** Where it keeps its token, in the tab. */
  readonly tokenPlace: string
  readonly environment?: Record<string, string>
  readonly viewport: { width: number; height: number }
  readonly reducedMotion?: 'reduce' | 'no-preference'
  readonly tokenOf: (server: EmbeddedServer, given: Given) => Promise<string | null>
  /** Resolves once it can be looked at. */
  readonly isThere: (page: Page, given: Given) => Promise<unknown>
  /** Of what the console tells as an error; all of it where this is left out. */
  readonly isFault?: (text: string) => boolean
}

/** Once in a test file; the stage is set when its tests begin. */
export function stagePage<Given extends Visit>({
  path,
  tokenPlace,
  environment = {},
  viewport: usualViewport,
  reducedMotion = 'no-preference',
  tokenOf,
  isThere,
  isFault = () => true,
}: PageUnderTest<Given>) {
  const stage = {} as Stage
  test.serial.before(async () => {
    stage.server = await startEmbedded(environment)
    stage.address = await stage.server.app.listen({ port: 0, host: '127.0.0.1' })
    stage.browser = await openBrowser()
  })
  test.after.always(async () => {
    await stage.browser?.close()
    await stage.server?.stop()
  })

  /** Each visit is a browser of its own; when all is done, nothing may have gone wrong in any of them. */
  const pageTest = (sentence: string, run: (t: ExecutionContext, visit: Visiting<Given>) => Promise<void>) =>
    test.serial(sentence, async (t) => {
      const contexts: BrowserContext[] = []
      const faults: string[] = []
      t.teardown(() => Promise.all(contexts.map((context) => context.close())))
      await run(t, async (given = {} as Given) => {
        const { viewport = usualViewport, hash = '', address = stage.address } = given
        const { language = 'en', theme = 'dark' } = given
        const context = await stage.browser.newContext({ viewport, locale: 'en-GB', reducedMotion })
        contexts.push(context)
        const page = await context.newPage()
        page.on('console', (message) => {
          if (message.type() === 'error' && isFault(message.text())) faults.push(message.text())
        })
        page.on('pageerror', (error) => faults.push(error.message))
        const token = await tokenOf(stage.server, given)
        await page.addInitScript(settle, { tokenPlace, token, language, theme })
        await page.goto(`${address}${path}${hash}`)
        await isThere(page, given)
        return page
      })
      t.deepEqual(faults, [], 'the consoles are empty')
    })

  return { stage, pageTest }
}

/** Of the visualizer. */
export function stageVisits(showId: string) {
  let pages = 0
  const { stage, pageTest } = stagePage<Visit>({
    path: '/visualizer',
    tokenPlace: 'holdfast.token',
    viewport: { width: 1440, height: 900 },
    // Each page is somebody else's: nobody may have many streams.
    tokenOf: async (server, { isLoggedIn = true }) =>
      isLoggedIn ? bare(await server.as(`developer-${++pages}`, 'developer')) : null,
    isThere: async (page, { isLoggedIn = true }) => isLoggedIn && page.waitForSelector('.dot.on'),
  })

  const hold = async (userId: string, seatId: string): Promise<{ buyer: Client; id: string }> => {
    const buyer = await stage.server.as(userId)
    const { body } = await buyer.post('/v1/reservations', { showId, seatIds: [seatId] })
    return { buyer, id: body.id }
  }

  return { stage, pageTest, hold }
}

/** The token that somebody's requests carry. */
export const bare = ({ authorization }: Client): string => authorization.slice('Bearer '.length)

interface Settings {
  readonly tokenPlace: string
  readonly token: string | null
  readonly language: string
  readonly theme: string
}

/** Runs in the page, before anything of it does. */
function settle({ tokenPlace, token, ...settings }: Settings): void {
  if (token !== null) sessionStorage.setItem(tokenPlace, token)
  for (const [name, value] of Object.entries(settings)) localStorage.setItem(`holdfast.${name}`, value)
}

export const textOf = (page: Page, selector: string) =>
  page
    .locator(selector)
    .first()
    .textContent()
    .then((text) => text?.trim())

export const showsText = (page: Page, selector: string, text: string) =>
  page.locator(selector).filter({ hasText: text }).first().waitFor()
