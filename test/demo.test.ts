// The demo as somebody runs it who has just started a server.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import test from 'ava'
import { startMain } from './support/main-process.ts'
import { temporaryFolder } from './support/temporary-folder.ts'

async function demo(...args: string[]) {
  const script = join(import.meta.dirname, '../ops/demo.ts')
  const child = spawn(process.execPath, [script, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 60_000,
  })
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit'),
  ])
  return { code, stdout, stderr }
}

test('it walks through a sale to the end, also where the address ends with a slash', async (t) => {
  const main = startMain(t, { DATA_DIR: await temporaryFolder(t), PORT: '0' })
  const { code, stdout, stderr } = await demo(`${await main.ready()}/`)
  t.is(code, 0, stderr)
  t.regex(stdout, /What was decided, and why:/)
  const [, named] = /\n {2}npm run replay -- show (\S+)\n$/.exec(stdout) ?? []
  const story = stdout.split('\n\n').find((part) => part.includes(`, ${named}\n`))
  t.regex(story ?? '', /balance was too small/, 'it ends with where to read on about the hold that ran out')
  main.child.kill('SIGTERM')
  await main.ended()
})

test('whoever reads no further ends it, quietly', async (t) => {
  const main = startMain(t, { DATA_DIR: await temporaryFolder(t), PORT: '0' })
  const script = join(import.meta.dirname, '../ops/demo.ts')
  const child = spawn(process.execPath, [script, await main.ready()], { stdio: ['ignore', 'pipe', 'pipe'] })
  child.stdout.destroy()
  const [stderr, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')])
  t.is(stderr, '')
  t.is(code, 141)
  main.child.kill('SIGTERM')
  await main.ended()
})

test('whoever asks for help is told how to run it', async (t) => {
  const { code, stdout, stderr } = await demo('--help')
  t.is(code, 0, stderr)
  t.regex(stdout, /^Usage: npm run demo -- \[ADDRESS\]\n/)
})

for (const [given, code, says] of [
  ['nowhere', 2, /^nowhere is no address of a server\.\n\nUsage/],
  ['localhost:8080', 2, /^localhost:8080 is no address of a server\.\n\nUsage/],
  ['http://127.0.0.1:2/', 1, /^No Holdfast answers at http:\/\/127\.0\.0\.1:2: run "npm start" first\.\n$/],
] as const)
  test(`given ${given} it says what is wrong in a sentence`, async (t) => {
    const ended = await demo(given)
    t.is(ended.code, code)
    t.regex(ended.stderr, says)
  })
