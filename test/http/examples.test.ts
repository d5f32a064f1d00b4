// What /docs has filled in already: whoever only presses Execute on the demo concert gets what was asked for.
import test from 'ava'
import type { Role } from '../../http/auth.ts'
import { startEmbedded } from '../support/embedded-server.ts'

interface Parameter {
  readonly in: 'path' | 'query' | 'header'
  readonly name: string
  readonly example?: string
}

interface Operation {
  readonly 'x-roles'?: readonly Role[]
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: { readonly content: Readonly<Record<string, Media>> }
  readonly responses: Readonly<Record<string, unknown>>
}

interface Media {
  readonly example?: object
  readonly examples?: Readonly<Record<string, { readonly value: object }>>
}

interface Contract {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: {
    readonly schemas: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  }
}

/** They are about something that somebody else has given an id, or are for people in line. */
const withoutExample = /\/(reservations|parked|subjects)\/\{id\}|^\/v1\/waiting-room|\/proof$|\/stream$/

test('every request works as the contract has it filled in', async (t) => {
  const server = await startEmbedded()
  t.teardown(() => server.stop())
  const { paths, components }: Contract = (await server.send({ method: 'GET', url: '/openapi.json' })).body
  let sent = 0
  for (const [path, operations] of Object.entries(paths))
    for (const [method, operation] of Object.entries(operations)) {
      const { 'x-roles': roles, parameters = [], requestBody, responses } = operation
      const name = `${method} ${path}`
      if (path.startsWith('/v1/')) t.truthy(responses.default, `${name} says what a problem looks like`)
      const media = requestBody?.content['application/json']
      const bodies = media?.examples
        ? Object.values(media.examples).map(({ value }) => value)
        : [media?.example]
      if (requestBody) t.true(bodies.every(Boolean), `${name} has an example`)
      if (withoutExample.test(path)) continue
      const filledIn = parameters.filter(({ example }) => example !== undefined)
      const url = filledIn.reduce(
        (filled, { in: place, name: parameter, example = '' }) =>
          place === 'path' ? filled.replace(`{${parameter}}`, example) : filled,
        path,
      )
      const headers = filledIn.flatMap(({ in: place, name: header, example = '' }) =>
        place === 'header' ? [[header, example] as const] : [],
      )
      for (const [index, payload] of bodies.entries()) {
        const [role] = roles ?? []
        const { authorization } = await server.as(`somebody-${index}`, role)
        const { status, body } = await server.send({
          method: method.toUpperCase() as 'GET' | 'POST',
          url,
          headers: { ...(role && { authorization }), ...Object.fromEntries(headers) },
          ...(payload && { payload }),
        })
        // The visualizer's lists want one of two queries.
        const isChoice = path.endsWith('/subjects')
        t.true(status < 300 || isChoice, `${name}: ${status} ${JSON.stringify(body)}`)
        sent++
      }
    }
  t.true(sent > 25)

  const { oneOf } = components.schemas.NewReservation ?? {}
  t.deepEqual(oneOf, [{ required: ['seatIds'] }, { required: ['bestAvailable'] }])
})
