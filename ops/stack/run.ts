// `npm run stack -- <verb>`: the deployment on this machine, for development, tests and measurements.

import { randomInt } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { stadiumPlan } from '../../bench/stadium.ts'
import { activated, activateMachine } from '../activate-machine.ts'
import { commandLine, misused } from '../command-line.ts'
import { makeDeploymentSecrets } from '../secrets.ts'
import { installMissingServers, loadBalancer } from '../servers/install.ts'
import { ask, folderOf, isThere, launch, takeDown } from './control.ts'
import { showLogs } from './logs.ts'
import type { Promotion } from './promote.ts'
import { seed } from './seed.ts'
import type { StackStatus } from './status.ts'

const usage = `npm run stack -- <verb>

  up         start it: HAProxy, three app servers, MariaDB as master and replica, Redis, RabbitMQ
             --port N (8080)     where buyers come in
             --set NAME=VALUE    a setting of the app servers; may be given more than once
  status     every part with its address and state
  urls       the servers' URLs, with their passwords, as settings
  logs       what the parts print: logs [part]; --follow goes on
  seed       a stadium that is on sale: --seats N (50000), --show ID (stadium), --room for one with a waiting room
  evening    a whole evening on a stack of its own, and the auditor's verdict: --seats N (1222), --buyers N, --seed N
  restart    the app servers one after the other, without a lost request
  activate   a version of a machine that every app server knows: activate reservation@2
  promote    close the master, make the replica one
  down       end everything, and remove its data
  secrets    new secrets for compose.yaml, in ops/secrets; never where some are already

  --folder PATH (.holdfast/stack)     where it is kept; another folder is another stack`

const { values: options, positionals } = commandLine(usage, {
  allowPositionals: true,
  options: {
    folder: { type: 'string' },
    port: { type: 'string' },
    set: { type: 'string', multiple: true },
    follow: { type: 'boolean' },
    seats: { type: 'string' },
    show: { type: 'string' },
    room: { type: 'boolean' },
    buyers: { type: 'string' },
    seed: { type: 'string' },
  },
})
const [verb = 'help', part] = positionals
const folder = folderOf(options.folder)

/** Of a show's waiting room. */
const ratePerSecond = 500

/** Verbs that need no stack. */
const standsAlone = new Set(['up', 'down', 'secrets', 'evening'])

const verbs: Readonly<Record<string, () => Promise<void>>> = {
  async up() {
    const settings = Object.fromEntries((options.set ?? []).map(settingOf))
    const port = wholeNumber('port', options.port, 8080)
    if (port < 1 || port > 65_535) throw new Error(`--port takes a number from 1 to 65535, not ${port}.`)
    const began = performance.now()
    const install = () => installMissingServers(console.error, loadBalancer)
    const status = await launch({ path: folder, port, settings }, install)
    showStatus(status)
    console.log(
      `\nUp after ${((performance.now() - began) / 1_000).toFixed(1)} s. \`npm run stack -- down\` ends it.`,
    )
  },
  status: async () => showStatus(await ask<StackStatus>(folder, '/status')),
  async urls() {
    const { urls } = await ask<StackStatus>(folder, '/status')
    for (const [name, url] of Object.entries(urls))
      console.log(`${name.replace('Url', '_URL').toUpperCase()}=${url}`)
  },
  logs: () => showLogs(folder, part ?? null, options.follow ?? false),
  async seed() {
    const seats = wholeNumber('seats', options.seats, 50_000)
    const { show: showId = 'stadium', room: hasWaitingRoom = false } = options
    const { inside } = await ask<StackStatus>(folder, '/status')
    const authSecret = readFileSync(join(folder, 'secrets/auth-secret'), 'utf8')
    const plan = stadiumPlan(seats)
    await seed({ inside, authSecret, showId, plan, ...(hasWaitingRoom && { room: { ratePerSecond } }) })
    console.log(
      `The show ${showId} is on sale: ${plan.name}${hasWaitingRoom ? ', with a waiting room' : ''}.`,
    )
  },
  async evening() {
    await installMissingServers(console.error, loadBalancer)
    const seats = wholeNumber('seats', options.seats, 1_222)
    const { playEvening } = await import('../../test/evening/play.ts')
    const isSound = await playEvening({
      seats,
      buyers: wholeNumber('buyers', options.buyers, Math.ceil(seats * 0.4)),
      seed: wholeNumber('seed', options.seed, randomInt(2 ** 31 - 1)),
      say: console.log,
    })
    process.exitCode = isSound ? 0 : 1
  },
  async restart() {
    await ask(folder, '/restart')
    showStatus(await ask<StackStatus>(folder, '/status'))
  },
  async activate() {
    const { urls } = await ask<StackStatus>(folder, '/status')
    console.log(activated(part ?? '', await activateMachine(urls.masterUrl ?? '', part ?? '')))
  },
  async promote() {
    const { partitions, shows, tookMs } = await ask<Promotion>(folder, '/promote')
    console.log(
      `The replica is the master: ${partitions} partitions jumped ahead, ${shows} seat maps are built anew; ${(tookMs / 1_000).toFixed(1)} s.`,
    )
  },
  async secrets() {
    const path = makeDeploymentSecrets()
    console.log(`The deployment's secrets are in ${path}. Keep a copy where nobody else looks.`)
  },
  async down() {
    console.log((await takeDown(folder)) ? 'Down; nothing is left of it.' : 'No stack is up.')
  },
}

function showStatus({ outside, inside, parts }: StackStatus): void {
  console.log(`buyers come in at          ${outside}\neverybody else comes in at ${inside}\n`)
  for (const { name, address, state } of parts)
    console.log(`${name.padEnd(9)} ${address.padEnd(24)} ${state}`)
}

function wholeNumber(name: string, text: string | undefined, preset: number): number {
  if (text === undefined) return preset
  if (!/^\d{1,9}$/.test(text)) throw new Error(`--${name} takes a whole number, not ${text}.`)
  return Number(text)
}

function settingOf(text: string): [string, string] {
  const [name = '', ...value] = text.split('=')
  if (value.length === 0) throw new Error(`--set takes NAME=VALUE, not ${text}.`)
  return [name, value.join('=')]
}

try {
  const run = Object.hasOwn(verbs, verb) ? verbs[verb] : undefined
  if (verb === 'help') console.log(usage)
  else if (run === undefined) misused(usage, `There is no verb ${verb}.`)
  else {
    if (!standsAlone.has(verb) && !isThere(folder)) throw new Error('No stack is up: `npm run stack -- up`.')
    await run()
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
