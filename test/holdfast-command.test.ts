// The `holdfast` command as a shell runs it.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import test from 'ava'

const script = join(import.meta.dirname, '../holdfast.ts')
const start = (...args: string[]) =>
  spawn(process.execPath, [script, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })

test('whoever names no tool is told which there are', async (t) => {
  const child = start()
  const [told, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')])
  t.is(code, 2)
  t.regex(told, /holdfast replay/)
})

test('whoever asks for help is told which tools there are', async (t) => {
  for (const asked of ['--help', '-h', 'help']) {
    const child = start(asked)
    const [told, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')])
    t.is(code, 0)
    t.regex(told, /holdfast replay/)
  }
})

test('whoever names a tool that is not there is told so', async (t) => {
  const child = start('frob')
  const [told, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')])
  t.is(code, 2)
  t.regex(told, /^There is no tool frob\.\n\nUsage: holdfast/)
})

test('whoever reads no further ends it, quietly', async (t) => {
  const child = start('replay', 'help')
  child.stdout.destroy()
  const [told, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')])
  t.is(told, '')
  t.is(code, 141)
})
