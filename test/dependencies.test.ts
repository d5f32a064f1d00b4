// What Holdfast is made of: nothing under a licence that reaches Holdfast's own files, nothing that runs at an install;
// and the report of it.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import test, { type ExecutionContext } from 'ava'
import { licencesOf } from '../ops/licences.ts'
import { temporaryFolder } from './support/temporary-folder.ts'

const root = join(import.meta.dirname, '..')

/** `npm run dependencies` with a registry of our own, which knows these advisories, or none that answers. */
async function report(t: ExecutionContext, advisories: object | null) {
  const registry = createServer((request, response) => {
    response.statusCode = request.method === 'POST' ? 200 : 404
    response.setHeader('content-type', 'application/json').end(JSON.stringify(advisories))
  }).listen(0, '127.0.0.1')
  await once(registry, 'listening')
  const { port } = registry.address() as AddressInfo
  t.teardown(() => registry.close())
  if (advisories === null) registry.close()
  const sbom = join(await temporaryFolder(t), 'sbom.json')
  const child = spawn(process.execPath, [join(root, 'ops/dependencies.ts'), '--sbom', sbom], {
    env: { ...process.env, npm_config_registry: `http://127.0.0.1:${port}`, npm_config_fetch_retries: '0' },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const [said, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')])
  return { code, said, sbom: JSON.parse(readFileSync(sbom, 'utf8')) }
}

test('every package stands under a licence that asks for nothing but its notice, or its own changed files', async (t) => {
  t.timeout(120_000)
  const { code, said, sbom } = await report(t, {})
  t.is(code, 0, said)
  t.regex(said, /^ +\d{3} {2}MIT$/m)
  t.regex(said, /^found 0 vulnerabilities$/m)
  t.is(sbom.bomFormat, 'CycloneDX')
  const { counts, refused } = licencesOf(sbom)
  t.true((counts.get('MIT') ?? 0) > 100)
  t.deepEqual(refused, [])
})

test('what is known against a package is told, and fails the report', async (t) => {
  t.timeout(120_000)
  const hole = { id: 1, url: 'https://registry.invalid/1', title: 'A hole', severity: 'high' }
  const { code, said } = await report(t, {
    fastify: [{ ...hole, vulnerable_versions: '*', cwe: [], cvss: { score: 0, vectorString: null } }],
  })
  t.is(code, 1)
  t.regex(said, /^A hole - https:\/\/registry\.invalid\/1$/m)
})

test('where no registry answers, the report says so and tells of the licences alone', async (t) => {
  t.timeout(120_000)
  const { code, said } = await report(t, null)
  t.is(code, 0, said)
  t.regex(said, /^ +\d{3} {2}MIT$/m)
  t.regex(said, /^The registry gives no advisories here/m)
})

test('a package under another licence, or under none, is named', (t) => {
  const components = [
    { name: 'good', version: '1.0.0', licenses: [{ license: { id: 'MIT' } }] },
    { name: 'other', version: '2.0.0', licenses: [{ license: { id: 'AGPL-3.0-only' } }] },
    { name: 'none', version: '3.0.0' },
    { name: 'elkjs', version: '4.0.0', licenses: [{ license: { id: 'EPL-2.0' } }] },
  ]
  t.deepEqual(licencesOf({ components }).refused, [
    ...['other@2.0.0: AGPL-3.0-only', 'none@3.0.0: none', 'elkjs@4.0.0: EPL-2.0'],
  ])
})

test('an install runs no script, and needs none', (t) => {
  t.regex(readFileSync(join(root, '.npmrc'), 'utf8'), /^ignore-scripts=true$/m)
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  t.deepEqual(
    Object.keys(scripts).filter((name) => /install|prepare/.test(name)),
    [],
  )
})
