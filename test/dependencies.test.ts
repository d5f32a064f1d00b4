// What Holdfast is made of: nothing under a licence that reaches Holdfast's own files, nothing that runs at an install.
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import test from 'ava'
import { licencesOf } from '../ops/licences.ts'

const root = join(import.meta.dirname, '..')

test('every package stands under a licence that asks for nothing but its notice, or its own changed files', async (t) => {
  t.timeout(120_000)
  const { stdout } = await promisify(execFile)('npm', ['sbom', '--sbom-format', 'cyclonedx'], {
    ...{ cwd: root, maxBuffer: 64 * 1024 * 1024 },
  })
  const { counts, refused } = licencesOf(JSON.parse(stdout))
  t.true((counts.get('MIT') ?? 0) > 100)
  t.deepEqual(refused, [])
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
