// How `npm run stack` reaches the process that a stack lives in: over a socket in the stack's folder, which answers for as
// long as that process is there.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { request } from 'node:http'
import { join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { isFree } from '../servers/ports.ts'
import type { StackStatus } from './status.ts'
import { controlSocket, type Orders, type Report } from './supervisor-orders.ts'

const root = join(import.meta.dirname, '../..')
const supervisor = join(import.meta.dirname, '../stack/supervisor.ts')
/** What a keeper needs to clean up after a process that was killed. */
const cleanUpMs = 5_000

export const folderOf = (path = join(root, '.holdfast/stack')): string => resolve(path)

export const isThere = (folder: string): boolean => existsSync(folder)

/**
 * Resolves once all of it is ready. Whoever is interrupted before that leaves nothing behind. `prepare` gets what it needs, once
 * nothing stands in its way.
 * @throws {Error} that says which part did not start, and what it said, or that the port is somebody else's
 */
export async function launch(orders: Orders, prepare: () => Promise<void>): Promise<StackStatus> {
  const { path, port } = orders
  if (isThere(path)) {
    if (await answers(path))
      throw new Error(`A stack is up already: ${path}. \`npm run stack -- down\` ends it.`)
    await removeRemains(path)
  }
  if (!(await isFree(port)))
    throw new Error(`Another program listens on port ${port}: end it, or give another port with --port.`)
  await prepare()
  const child = fork(supervisor, [JSON.stringify(orders)], { detached: true, stdio: 'ignore', execArgv: [] })
  const ended = once(child, 'exit').then(() => ({ failed: 'It ended while it started.' }))
  const [report] = (await Promise.race([once(child, 'message'), ended.then((each) => [each])])) as [Report]
  if ('failed' in report) {
    await ended
    throw new Error(report.failed)
  }
  child.disconnect()
  child.unref()
  return report.up
}

/** @throws {Error} with what the stack says instead */
export async function ask<Answer>(folder: string, path: string): Promise<Answer> {
  const asking = request({ socketPath: join(folder, controlSocket), path }).end()
  const [response] = await once(asking, 'response')
  const body = JSON.parse((await text(response)) || 'null')
  if (response.statusCode !== 200) throw new Error(String(body))
  return body
}

/** @returns whether there was one; resolves once nothing is left of it */
export async function takeDown(folder: string): Promise<boolean> {
  if (!isThere(folder)) return false
  if (await answers(folder)) await ask(folder, '/down')
  await removeRemains(folder)
  return true
}

const answers = (folder: string): Promise<boolean> =>
  new Promise((resolve) => {
    const asking = request({ socketPath: join(folder, controlSocket), path: '/' }).end()
    asking.on('response', (response) => resolve(response.resume() !== null)).on('error', () => resolve(false))
  })

/** Of a process that is gone: its servers' keepers are at it. After the machine itself went down only files are left. */
async function removeRemains(folder: string): Promise<void> {
  const deadline = Date.now() + cleanUpMs
  while (isThere(folder) && Date.now() < deadline) await sleep(50)
  await rm(folder, { recursive: true, force: true })
}
