// What a server says to whoever started it: where it is, and what to try first.
import type { Config, Services } from '../config.ts'
import { settings } from '../settings.ts'

const loopbackHosts = new Set(['127.0.0.1', '::1', 'localhost'])
/** Where the demo looks for a server when it is given no address. */
const demoAddress = `http://${settings.HOST.default}:${settings.PORT.default}`

/** @param server its name in a deployment */
export function greetingOf(config: Config, server: string, address: string): string {
  const { devLogin, demoCharges, host, services } = config
  const isEmbedded = services === null
  const where = isEmbedded ? embeddedWhere(config) : `${deploymentWhere(services)}, as ${server}`
  const demo = `npm run demo${address === demoAddress ? '' : ` -- ${address}`}`
  return [
    `Holdfast is ready at ${address}, ${where}.`,
    '',
    `  Buy a ticket    ${address}`,
    `  Run the sale    ${address}/admin`,
    `  See it decide   ${address}/visualizer`,
    `  Try the API     ${address}/docs`,
    ...(isEmbedded ? [`  What is on      curl ${address}/v1/concerts/demo/shows`] : []),
    ...(devLogin
      ? [
          `  Log in          curl ${address}/v1/dev/login -H 'Content-Type: application/json' -d '{"userId":"ann","role":"buyer"}'`,
        ]
      : []),
    ...(isEmbedded && devLogin && demoCharges ? [`  See it work     ${demo}`] : []),
    '',
    ...(devLogin && !loopbackHosts.has(host)
      ? ['Whoever reaches this address can log in as anybody: DEV_LOGIN=off ends that.', '']
      : []),
  ].join('\n')
}

const embeddedWhere = ({ dataDir }: Config): string => `everything in this process, its files in ${dataDir}`

/** Hosts alone: the URLs carry passwords. */
function deploymentWhere({ masterUrl, replicaUrl, redisUrl, amqpUrl }: Services): string {
  const [master, replica, redis, broker] = [masterUrl, replicaUrl, redisUrl, amqpUrl].map(
    (url) => new URL(url).host,
  )
  return `one server of a deployment (master ${master}, replica ${replica}, Redis ${redis}, RabbitMQ ${broker})`
}
