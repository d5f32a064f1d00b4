// The process that a native stack lives as long as: starts it, answers what `npm run stack` asks, and ends with it. Whoever
// starts this one hears over the channel between them how it went, and ends it by going away before that.
import { writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage } from 'node:http'
import { PrivateFolder } from '../servers/folder.ts'
import { promote } from './promote.ts'
import { type Stack, startStack } from './stack.ts'
import { statusOf } from './status.ts'
import { controlSocket, type Orders, type Report } from './supervisor-orders.ts'

const { path, port, settings } = JSON.parse(process.argv[2] ?? '') as Orders
const folder = new PrivateFolder('stack', path)
let stack: Stack | null = null
let hasFailed = false
let work: Promise<unknown> = Promise.resolve()

const tell = (report: Report) => new Promise<void>((done) => process.send?.(report, () => done()))

const control = createServer((request, response) => {
  answer(request).then(
    (body) => response.end(JSON.stringify(body)),
    (error) => response.writeHead(500).end(JSON.stringify(error instanceof Error ? error.message : error)),
  )
})

/** One thing at a time. */
async function answer({ url }: IncomingMessage): Promise<unknown> {
  if (url === '/') return 'here'
  if (url === '/down') return end()
  const running = stack
  if (running === null) throw new Error('The stack is still starting.')
  if (url === '/status') return statusOf(running)
  const asked: Promise<unknown> = work.then(() =>
    url === '/promote' ? promote(running) : running.restartInTurn().then(() => null),
  )
  work = asked.catch(() => {})
  return asked
}

/** In order, where it is up. What has only begun to start is left to the keepers of its parts. */
async function end(): Promise<void> {
  await stack?.stop()
  if (stack !== null || hasFailed) await folder.remove()
  setTimeout(() => process.exit(0), 100)
}

const abandon = () => void end()
writeFileSync(folder.join('pid'), `${process.pid}\n`)
control.listen(folder.join(controlSocket))
process.once('disconnect', abandon).on('SIGTERM', abandon).on('SIGINT', abandon)

try {
  stack = await startStack({ folder, port, settings })
  process.off('disconnect', abandon)
  await tell({ up: await statusOf(stack) })
} catch (error) {
  hasFailed = true
  await tell({ failed: error instanceof Error ? error.message : String(error) })
  await end()
}
