// A real browser for tests of pages: Debian's Chromium, new and alone, without anything that asks the network.
import { type Browser, chromium } from 'playwright-core'
import { browsers, program } from '../../ops/servers/programs.ts'

export const openBrowser = (): Promise<Browser> =>
  chromium.launch({
    executablePath: program(...browsers),
    args: [
      ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
      ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
    ],
  })
