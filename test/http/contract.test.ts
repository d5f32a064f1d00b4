// What the published document says of the routes, held against the routes.
import test from 'ava'
import type { Role } from '../../http/auth.ts'
import { withNamedSchemas } from '../../http/named-schemas.ts'
import { type EmbeddedServer, startEmbedded } from '../support/embedded-server.ts'

interface Operation {
  readonly tags: readonly string[]
  readonly 'x-roles'?: readonly Role[]
  readonly parameters?: readonly { readonly in: string; readonly name: string; readonly example?: string }[]
  readonly requestBody?: { readonly required: boolean }
  readonly responses: Readonly<Record<string, { readonly description: string; readonly headers?: object }>>
}

interface Contract {
  readonly components: Readonly<Record<'schemas' | 'headers', Readonly<Record<string, object>>>>
  readonly tags: readonly { readonly name: string }[]
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
      name: `${method} ${path}`,
      path,
      method: method.toUpperCase() as 'GET' | 'POST',
      ...operation,
    })),
  )

test.serial('the headers that the contract tells of are sent, and no others of those', async (t) => {
  const { paths, components } = await contractOf(server)
  const names = Object.keys(components.headers)
  const ann = await server.as('ann')
  const root = await server.as('root', 'admin')
  const prefer = 'wait=10, consistency-token'
  const seats = { showId: 'demo-1', seatIds: ['A-1-1'] }
  const concert = { id: 'recital', name: 'Recital', description: '' }
  const held = await ann.post('/v1/reservations', seats, { prefer })
  const own = `/v1/reservations/${held.body.id}`
  const login = { userId: 'ben', role: 'buyer' }
  for (const [path, method, answer, code] of [
    ['/v1/reservations', 'post', held, 201],
    ['/v1/balance/charges', 'post', await ann.post('/v1/balance/charges', { amount: 5 }, { prefer }), 201],
    ['/v1/shows/{id}/seats', 'get', await ann.get('/v1/shows/demo-1/seats'), 200],
    ['/v1/admin/concerts', 'post', await root.post('/v1/admin/concerts', concert), 201],
    ['/v1/dev/login', 'post', await ann.post('/v1/dev/login', login), 200],
    ['/v1/reservations/{id}', 'get', await ann.get(own), 200],
  ] as const) {
    t.is(answer.status, code, JSON.stringify(answer.body))
    const told = Object.keys(paths[path]?.[method]?.responses[code]?.headers ?? {})
    const sent = names.filter((name) => answer.headers[name.toLowerCase()] !== undefined)
    t.deepEqual(sent.sort(), told.sort(), path)
  }
})

test('the contract wants a body exactly where a request without one is refused for that', async (t) => {
  const operations = operationsOf(await contractOf(server)).filter(({ method }) => method !== 'GET')
  const answers = new Set<string>()
  for (const { name, path, method, parameters = [], 'x-roles': roles, requestBody } of operations) {
    const url = parameters.reduce(
      (filled, { name: parameter, example = 'demo-1' }) => filled.replace(`{${parameter}}`, example),
      path,
    )
    const { authorization } = await server.as('somebody', roles?.[0])
    const headers = { authorization, 'idempotency-key': name }
    const { status, body } = await server.send({ method, url, headers })
    const isRefused = status === 400 && /^body\b/.test(body.detail)
    const isRefusedBefore = [401, 415].includes(status) || body.code === 'forbidden'
    t.true(isRefused || (status !== 400 && !isRefusedBefore), `${name}: ${JSON.stringify(body)}`)
    t.is(requestBody?.required ?? false, isRefused, name)
    answers.add(`${requestBody?.required} ${isRefused}`)
  }
  t.deepEqual([...answers].sort(), ['false false', 'true true', 'undefined false'], 'there is each kind')
})

test('each answer is described in words of its own', async (t) => {
  for (const { name, responses } of operationsOf(await contractOf(server)))
    for (const [status, { description }] of Object.entries(responses)) {
      t.not(description, 'Default Response', `${name} ${status}`)
      t.regex(description, /^[A-Z].{3,}/, `${name} ${status}`)
    }
})

test('sections stand in the order in which a newcomer needs them, and none stands empty', async (t) => {
  const contract = await contractOf(server)
  const names = contract.tags.map(({ name }) => name)
  t.deepEqual(names.slice(0, 2), ['login', 'catalogue'])
  t.deepEqual(names.slice(-3), ['operations', 'administration', 'machines'])
  t.deepEqual([...names].sort(), [...new Set(operationsOf(contract).flatMap(({ tags }) => tags))].sort())

  const closed = await startEmbedded({ DEV_LOGIN: 'off' })
  t.teardown(() => closed.stop())
  t.deepEqual(
    (await contractOf(closed)).tags.map(({ name }) => name),
    names.slice(1),
  )
})

test('what has a name stands in the contract once, and is referred to', async (t) => {
  const contract = await contractOf(server)
  const { schemas, headers } = contract.components
  const told = [...JSON.stringify(contract).matchAll(/"\$ref":"#\/components\/(\w+)\/([^"]+)"/g)]
  const referred = (kind: string) => new Set(told.filter(([, of]) => of === kind).map(([, , name]) => name))
  t.deepEqual([...referred('schemas')].sort(), Object.keys(schemas).sort())
  t.deepEqual([...referred('headers')].sort(), Object.keys(headers).sort())
  for (const name of ['Problem', 'Reservation', 'NewReservation', 'Hold', 'Show', 'Place'])
    t.truthy(schemas[name], name)
  t.notRegex(JSON.stringify([contract.paths, schemas]), /"title":"/)
})

test('two schemas that differ have no name in common, and what only is called title is none', (t) => {
  const one = {
    title: 'One',
    type: 'object',
    properties: { title: { type: 'string' }, examples: { title: 'Two', type: 'null' } },
  }
  const { paths, schemas } = withNamedSchemas({
    first: one,
    again: [one],
    data: { examples: [{ title: 'Data' }] },
  })
  const reference = { $ref: '#/components/schemas/One' }
  t.deepEqual<object, object>(paths, {
    first: reference,
    again: [reference],
    data: { examples: [{ title: 'Data' }] },
  })
  t.deepEqual<object, object>(schemas, {
    One: {
      type: 'object',
      properties: { title: { type: 'string' }, examples: { $ref: '#/components/schemas/Two' } },
    },
    Two: { type: 'null' },
  })
  t.throws(() => withNamedSchemas({ one, other: { title: 'One', type: 'null' } }), {
    message: 'two schemas have the title One',
  })
})
