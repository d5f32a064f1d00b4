// The shape of the repository, held by a test: which folder may import which, nothing left over, nothing unused.
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize, relative } from 'node:path'
import test from 'ava'

const root = join(import.meta.dirname, '..')
const skipped = new Set(['node_modules', '.git', '.holdfast', 'data'])

const files = readdirSync(root, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => relative(root, join(entry.parentPath, entry.name)))
  .filter((path) => !path.split('/').some((part) => skipped.has(part)))
const sources = files.filter((path) => path.endsWith('.ts'))
const text = new Map(sources.map((path) => [path, readFileSync(join(root, path), 'utf8')]))

/** Static imports, re-exports and dynamic imports of literal names. */
function importsOf(path: string): string[] {
  const found = (text.get(path) ?? '').matchAll(/(?:\bfrom|\bimport)\s*\(?\s*'([^']+)'/g)
  return [...found].map(([, name = '']) =>
    name.startsWith('.') ? normalize(join(dirname(path), name)) : name.replace(/^node:/, 'node:'),
  )
}

const folderOf = (path: string): string => (path.includes('/') ? (path.split('/')[0] ?? '') : '')

/** Folder: the folders and packages that it may import. Whoever is not listed (main, tests, tools) may import all. */
const allowed: Record<string, { folders: string[]; packages: RegExp }> = {
  machines: { folders: ['machines'], packages: /^xstate$/ },
  engine: { folders: ['engine', 'machines'], packages: /^(xstate|typebox.*|node:(crypto|util))$/ },
  adapters: { folders: ['adapters', 'engine'], packages: /./ },
  http: { folders: ['http', 'engine', 'machines', 'visualizer'], packages: /./ },
  visualizer: { folders: ['visualizer', 'engine', 'machines'], packages: /^(elkjs\/.*|node:.*)$/ },
}

test('imports go one way: http and adapters to engine, engine to machines, machines to XState alone', (t) => {
  for (const path of sources) {
    const rule = allowed[folderOf(path)]
    if (!rule) continue
    for (const name of importsOf(path)) {
      const isOwn = text.has(name) || name.endsWith('.json')
      const isAllowed = isOwn ? rule.folders.includes(folderOf(name)) : rule.packages.test(name)
      t.true(isAllowed, `${path} must not import ${name}`)
    }
  }
})

test("only step.ts runs XState's transition", (t) => {
  for (const path of sources.filter((each) => folderOf(each) === 'engine' && each !== 'engine/step.ts'))
    t.false(importsOf(path).includes('xstate'), path)
})

test('the auditor shares no code with what it audits', (t) => {
  const auditor = sources.filter((path) => dirname(path) === 'test/auditor')
  t.true(auditor.length > 0)
  for (const path of auditor)
    for (const name of importsOf(path))
      t.regex(name, /^(test\/auditor\/|node:|knex$)/, `${path} must not import ${name}`)
})

test('a simulation knows no time and no chance but its own', (t) => {
  const simulation = sources.filter((path) => path.startsWith('test/simulation/'))
  const parts = simulation.filter((path) => !path.endsWith('.test.ts') && !/\/run(\.ts|\/)/.test(path))
  t.true(parts.length > 0)
  const real = /\b(Date\.now|Math\.random|performance|setTimeout|setInterval|randomUUID|randomBytes)\b/
  for (const path of parts) t.notRegex(text.get(path) ?? '', real, path)
})

test('no file is there that nobody imports or starts', (t) => {
  const imported = new Set(sources.flatMap(importsOf))
  const scripts = readFileSync(join(root, 'package.json'), 'utf8')
  const programs = [scripts, ...text.values()]
  for (const path of sources) {
    if (path.endsWith('.test.ts')) continue
    const isStarted = programs.some((content) => content.includes(path.split('/').slice(-2).join('/')))
    t.true(isStarted || imported.has(path), `${path} is imported, or started by its name`)
  }
})

test('nothing is left over', (t) => {
  const leftover = new RegExp(
    ['TO' + 'DO', 'FIX' + 'ME', 'XX' + 'X', 'HA' + 'CK'].map((word) => `\\b${word}\\b`).join('|'),
  )
  for (const [path, content] of text) {
    t.notRegex(content, leftover, path)
    t.notRegex(content, /\b(test|t)\.(only|skip|todo)\(/, path)
    if (folderOf(path) === 'engine' || folderOf(path) === 'adapters' || folderOf(path) === 'http')
      t.notRegex(content, /\bconsole\./, `${path} writes to the log, not to the console`)
  }
})

test('only the clocks look at a clock of the system', (t) => {
  const product = ['engine', 'machines', 'adapters', 'http', 'compose']
  for (const [path, content] of text)
    if (product.includes(folderOf(path)) && !path.startsWith('adapters/clock/'))
      t.notRegex(content, /Date\.now\(|new Date\(\)|performance\./, path)
})

test('no file of the product is longer than 400 lines', (t) => {
  for (const [path, content] of text)
    if (folderOf(path) !== 'test') t.true(content.split('\n').length <= 401, path)
})

test('no folder has a barrel file', (t) => {
  t.deepEqual(
    sources.filter((path) => path.endsWith('/index.ts')),
    [],
  )
})

test('nothing that runs in a server asks an address over HTTP: nobody can make it ask', (t) => {
  const servers = ['adapters', 'compose', 'engine', 'http', 'machines', 'visualizer']
  const parts = sources.filter((path) => servers.includes(folderOf(path)))
  t.true(parts.length > 0)
  const asks = /\bfetch\(|\bhttps?\.(get|request)\(|\bnew WebSocket\(|\bundici\b/
  for (const path of parts) t.notRegex(text.get(path) ?? '', asks, path)
})

test('each test that docs/RELIABILITY.md names is there', (t) => {
  const page = readFileSync(join(root, 'docs/RELIABILITY.md'), 'utf8')
  const tables = page.split('\n\n').filter((part) => /^\|.*\| tests? \|\n/.test(part))
  t.true(tables.length >= 3)
  const isTest = (name: string) =>
    files.some(
      (path) =>
        [`test/${name}.test.ts`, `test/${name}.ts`].includes(path) || path.startsWith(`test/${name}/`),
    )
  for (const row of tables.flatMap((table) => table.trim().split('\n').slice(2))) {
    const [named = ''] = row.split('|').slice(-2)
    for (const [name] of named.matchAll(/[a-z][\w-]*\/[\w-]+/g)) t.true(isTest(name), `${name} in ${row}`)
  }
})

test('no fault is acted out beside another one of its file', (t) => {
  const faults = sources.filter((path) => path.startsWith('test/faults/') && path.endsWith('.test.ts'))
  t.deepEqual(
    faults.filter((path) => /^\s*test\(/m.test(text.get(path) ?? '')),
    [],
  )
  t.true(faults.length > 0)
})

// AVA looks once whether nothing happened for so long, and not again if a test may take longer just then: what hangs after
// that, a test or a process that does not exit, is waited for without an end.
/** It lasts as long as one says, with somebody who looks on. */
const soak = 'test/faults/soak/soak.test.ts'
for (const [run, isOfRun] of [
  ['ava.config.js', (path: string) => !path.startsWith('test/faults/')],
  ['faults.config.js', (path: string) => path.startsWith('test/faults/')],
] as const)
  test(`no test may take as long as its run waits for one that hangs: ${run}`, async (t) => {
    const { timeout } = (await import(`../${run}`)).default
    t.regex(timeout, /^\d+m$/)
    const waitsMs = Number.parseInt(timeout, 10) * 60_000
    const tests = [...text].filter(([path]) => path.startsWith('test/') && isOfRun(path) && path !== soak)
    const times = tests.flatMap(([path, content]) =>
      [...content.matchAll(/\bt\.timeout\(([^)]*)\)/g)].map(([, ms = '']) => ({
        path,
        ms: ms.replaceAll('_', ''),
      })),
    )
    t.true(times.length > 0)
    for (const { path, ms } of times) t.true(Number(ms) < waitsMs, `${path}: ${ms}`)
  })
