// The pages of buyers, administrators and developers. Their files are served as they are, and checked for news each time.
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { extname } from 'node:path'
import { isCurrent } from '../entity-tags.ts'
import type { App, HttpParts } from '../parts.ts'

const folders = [
  { folder: '../../web/common/', at: '/common', page: null },
  { folder: '../../web/buyer/', at: '/buyer', page: '/' },
  { folder: '../../web/admin/', at: '/admin', page: '/admin' },
  { folder: '../../visualizer/page/', at: '/visualizer', page: '/visualizer' },
] as const

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
}

export function pageRoutes(app: App, { settings }: HttpParts): void {
  for (const { folder, at, page } of folders)
    for (const name of readdirSync(new URL(folder, import.meta.url))) {
      const file = readFileSync(new URL(`${folder}${name}`, import.meta.url), 'utf8')
      const isPage = extname(name) === '.html'
      serve(
        app,
        isPage && page !== null ? page : `${at}/${name}`,
        extname(name),
        withSettings(file, settings),
      )
    }
}

/** All that a page has to know of the server: whether there is a login for trying out, and money for nothing. */
const withSettings = (file: string, { devLogin, demoCharges }: HttpParts['settings']): string =>
  file
    .replace('data-dev-login=""', `data-dev-login="${devLogin ? 'on' : 'off'}"`)
    .replace('data-demo-charges=""', `data-demo-charges="${demoCharges ? 'on' : 'off'}"`)

function serve(app: App, url: string, extension: string, content: string): void {
  const type = contentTypes[extension]
  if (type === undefined) throw new Error(`a page has a file of an unknown kind: ${url}`)
  const etag = `"${createHash('sha256').update(content).digest('base64url').slice(0, 22)}"`
  app.get(url, { schema: { hide: true } }, async ({ headers }, reply) => {
    reply.header('ETag', etag).header('Cache-Control', 'no-cache')
    if (isCurrent(headers['if-none-match'], etag)) return reply.status(304).send()
    return reply.type(type).send(content)
  })
}
