// Visits to the visualizer in a real browser, on a server that sells.
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

type Visiting = (given?: Visit) => Promise<Page>

/** Once in a test file; the stage is set when its tests begin. */
export function stageVisits(showId: string) {
  const stage = {} as Stage
  let pages = 0
  test.before(async () => {
    stage.server = await startEmbedded()
    stage.address = await stage.server.app.listen({ port: 0, host: '127.0.0.1' })
    stage.browser = await openBrowser()
  })
  test.after.always(async () => {
    await stage.browser?.close()
    await stage.server?.stop()
  })

  /** Each visit is a browser of its own; when all is done, nothing may have gone wrong in any of them. */
  const pageTest = (sentence: string, run: (t: ExecutionContext, visit: Visiting) => Promise<void>) =>
    test.serial(sentence, async (t) => {
      const contexts: BrowserContext[] = []
      const faults: string[] = []
      t.teardown(() => Promise.all(contexts.map((context) => context.close())))
      await run(t, async (given = {}) => {
        const { viewport = { width: 1440, height: 900 }, hash = '', address = stage.address } = given
        const context = await stage.browser.newContext({ viewport, locale: 'en-GB' })
        contexts.push(context)
        const page = await context.newPage()
        page.on('console', (message) => message.type() === 'error' && faults.push(message.text()))
        page.on('pageerror', (error) => faults.push(error.message))
        await page.addInitScript(settle, await settingsOf(given))
        await page.goto(`${address}/visualizer${hash}`)
        if (given.isLoggedIn !== false) await page.waitForSelector('.dot.on')
        return page
      })
      t.deepEqual(faults, [], 'the consoles are empty')
    })

  /** Each page is somebody else's: nobody may have many streams. */
  async function settingsOf({ language = 'en', theme = 'dark', isLoggedIn = true }: Visit) {
    const { authorization } = await stage.server.as(`developer-${++pages}`, 'developer')
    return { ...(isLoggedIn && { token: authorization.slice('Bearer '.length) }), language, theme }
  }

  const hold = async (userId: string, seatId: string): Promise<{ buyer: Client; id: string }> => {
    const buyer = await stage.server.as(userId)
    const { body } = await buyer.post('/v1/reservations', { showId, seatIds: [seatId] })
    return { buyer, id: body.id }
  }

  return { stage, pageTest, hold }
}

type Settings = Record<'language' | 'theme', string> & { token?: string }

/** Runs in the page, before anything of it does. */
function settle({ token, ...settings }: Settings): void {
  if (token !== undefined) sessionStorage.setItem('holdfast.token', token)
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
