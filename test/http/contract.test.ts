// What the published document says of the routes, held against the routes.
import test from 'ava'
import { type EmbeddedServer, startEmbedded } from '../support/embedded-server.ts'

interface Operation {
  readonly responses: Readonly<Record<string, { readonly description: string }>>
}

interface Contract {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
}

let server: EmbeddedServer
test.before(async () => {
  server = await startEmbedded()
})
test.after.always(() => server.stop())

const contractOf = async ({ send }: EmbeddedServer): Promise<Contract> =>
  (await send({ method: 'GET', url: '/openapi.json' })).body

const operationsOf = ({ paths }: Contract) =>
  Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({
      ...{ name: `${method} ${path}`, path, method: method.toUpperCase() as 'GET' | 'POST' },
      ...operation,
    })),
  )

test('each answer is described in words of its own', async (t) => {
  for (const { name, responses } of operationsOf(await contractOf(server)))
    for (const [status, { description }] of Object.entries(responses)) {
      t.not(description, 'Default Response', `${name} ${status}`)
      t.regex(description, /^[A-Z].{3,}/, `${name} ${status}`)
    }
})
