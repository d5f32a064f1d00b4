// npm run dependencies -- [--sbom FILE]: under which licences the packages stand that Holdfast is made of and built with,
// what is known against them, and all of them as CycloneDX.
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { commandLine } from './command-line.ts'
import { licencesOf, type Sbom } from './licences.ts'

const usage = `npm run dependencies -- [--sbom FILE]

  licences of all packages and what is known against them; all of them as CycloneDX in FILE`

const root = join(import.meta.dirname, '..')
const npm = (...words: string[]): string =>
  execFileSync('npm', words, { cwd: root, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 })

const { values } = commandLine(usage, { options: { sbom: { type: 'string' } } })
const text = npm('sbom', '--sbom-format', 'cyclonedx')
if (values.sbom !== undefined) writeFileSync(values.sbom, text)

const { counts, refused } = licencesOf(JSON.parse(text) as Sbom)
for (const [licence, count] of counts) console.log(`${String(count).padStart(5)}  ${licence}`)
for (const each of refused) console.log(`not among the licences that we use: ${each}`)

try {
  console.log(npm('audit', '--audit', '--omit=dev', '--loglevel=error').trim())
} catch (error) {
  const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string }
  const isUnreachable = /endpoint returned an error|ENOTFOUND|ECONNREFUSED|ETIMEDOUT/.test(stderr)
  console.log(isUnreachable ? 'The registry gives no advisories here: run it where it does.' : stdout.trim())
  if (!isUnreachable) process.exitCode = 1
}
if (refused.length > 0) process.exitCode = 1
