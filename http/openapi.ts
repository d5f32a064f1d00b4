// The contract, made of the routes' own schemas: /openapi.json for machines, /docs for trying it out.
import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { Access } from './access.ts'
import { withNamedSchemas } from './named-schemas.ts'
import type { App } from './parts.ts'
import { type Operation, responseHeaders, withHeaders } from './response-headers.ts'

const description = `Lets people in fairly, holds seats for them, takes their money, gives unpaid seats back, and can explain
every decision.

A command (reserve, pay, extend, cancel …) carries an \`Idempotency-Key\` and is answered 202 once it will be decided, in order; the
decision stands at the reservation as \`lastCommand\`. With \`Prefer: wait=N\` the answer is the decision itself, if it comes within N seconds.
A repeat under the same key is the same command and gets the same answer. Errors are problem documents (RFC 9457) with a \`code\`,
and say what to do next.`

/** In the order in which a newcomer needs them. */
const sections = [
  { name: 'login', description: 'For trying out: a token for anybody' },
  { name: 'catalogue', description: 'What is on sale: concerts and their shows' },
  { name: 'seats', description: 'The seats of a show as they stand' },
  { name: 'waiting room', description: 'The line before the shop opens its door' },
  { name: 'reservations', description: 'Hold seats, pay for them, give them back' },
  { name: 'balance', description: 'What a buyer pays from' },
  { name: 'operations', description: 'For whoever runs a sale' },
  { name: 'administration', description: 'What is put on sale: venues, concerts and shows' },
  { name: 'machines', description: 'What decides, and how it came to its decisions' },
]

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What else must be true of the body, as JSON Schema says it; the route checks it. */
    bodyRule?: object
  }
}

/** The interface is same-origin throughout; Swagger UI styles its elements inline, and runs no inline script. */
const docsPolicy =
  "default-src 'self'; script-src 'self'; script-src-attr 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
  "connect-src 'self'; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"

export async function publishContract(app: App): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Holdfast', version: '1', description },
      servers: [{ url: '/' }],
      components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } } },
    },
    transform: ({ schema, url, route: { config } }) => ({
      schema: {
        ...schema,
        ...bodyOf(schema?.body, config?.bodyRule),
        ...securityOf(config?.access),
        'x-is-write': config?.isWrite ?? false,
      },
      url,
    }),
    transformObject: (made) => asServed((made as { openapiObject: Contract }).openapiObject),
  })
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: docsPolicy,
    uiConfig: { persistAuthorization: true, deepLinking: true, tryItOutEnabled: true },
  })
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger())
}

/** As much of the document as is mended here. */
interface Contract {
  readonly components: object
  readonly paths: Readonly<Record<string, Readonly<Record<string, ServedOperation>>>>
}

interface ServedOperation extends Operation {
  readonly tags: readonly string[]
  readonly requestBody?: {
    readonly required: boolean
    readonly content: Readonly<Record<string, { readonly schema: BodySchema }>>
  }
}

interface BodySchema {
  readonly anyOf?: readonly { readonly type?: string }[]
}

function asServed(contract: Contract) {
  const operations = Object.values(contract.paths).flatMap((methods) => Object.values(methods))
  const used = new Set(operations.flatMap(({ tags }) => tags))
  const paths = Object.entries(contract.paths).map(([path, methods]) => {
    const served = Object.entries(methods).map(([method, operation]) => [
      method,
      withHeaders(method, path, withBody(operation)),
    ])
    return [path, Object.fromEntries(served)]
  })
  const named = withNamedSchemas(Object.fromEntries(paths))
  return {
    ...contract,
    paths: named.paths,
    components: { ...contract.components, schemas: named.schemas, headers: responseHeaders },
    tags: sections.filter(({ name }) => used.has(name)),
  }
}

/** The plugin has every body required; Fastify reads one that is not there as null. */
function withBody(operation: ServedOperation): ServedOperation {
  const { requestBody } = operation
  if (requestBody === undefined) return operation
  const required = !Object.values(requestBody.content).some(mayBeNull)
  return { ...operation, requestBody: { ...requestBody, required } }
}

const mayBeNull = ({ schema: { anyOf = [] } }: { readonly schema: BodySchema }): boolean =>
  anyOf.some(({ type }) => type === 'null')

const bodyOf = (body: unknown, rule: object | undefined) =>
  rule === undefined ? {} : { body: { ...(body as object), ...rule } }

function securityOf(access: Access | undefined) {
  if (access === undefined || access === 'public') return {}
  return { security: [{ bearer: [] }], 'x-roles': access }
}
