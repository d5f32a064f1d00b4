// The OpenAPI document as a fuzzer needs it: each route with what it takes, what it may answer, and who may ask.
import Ajv2020, { type ValidateFunction } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'

export type Schema = Readonly<Record<string, unknown>>

export interface Parameter {
  readonly in: 'path' | 'query' | 'header'
  readonly name: string
  readonly required?: boolean
  readonly schema: Schema
}

export interface Route {
  /** As `GET /v1/shows/{id}`. */
  readonly name: string
  readonly method: string
  readonly path: string
  /** Null where everybody may ask. */
  readonly roles: readonly string[] | null
  readonly parameters: readonly Parameter[]
  readonly body: Schema | null
  readonly mayHaveNoBody: boolean
  readonly isStream: boolean
  /** Null for a body that the contract allows. */
  faultOfBody(body: unknown): string | null
  /** Null for an answer that the contract allows. */
  faultOfAnswer(status: number, contentType: string, body: unknown): string | null
  /** Of these names, in small letters, those that the contract has for other answers alone. */
  strayHeaders(status: number, names: readonly string[]): string[]
}

interface Operation {
  readonly 'x-roles'?: readonly string[]
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: {
    readonly required: boolean
    readonly content: Readonly<Record<string, { readonly schema: Schema }>>
  }
  readonly responses: Readonly<
    Record<
      string,
      {
        readonly content?: Readonly<Record<string, { readonly schema?: Schema }>>
        readonly headers?: object
      }
    >
  >
}

export function routesOf(document: object): Route[] {
  const ajv = new Ajv2020.default({ strict: false })
  addFormats.default(ajv)
  const { paths } = whole(document, document) as { paths: Record<string, Record<string, Operation>> }
  const told = namesOf((document as { components: { headers: object } }).components)
  return Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) =>
      routeOf(ajv, told, path, method.toUpperCase(), operation),
    ),
  )
}

function routeOf(
  ajv: Ajv2020.default,
  told: readonly string[],
  path: string,
  method: string,
  operation: Operation,
): Route {
  const body = operation.requestBody?.content['application/json']?.schema ?? null
  const validBody = body && ajv.compile(body)
  const answers = new Map(
    Object.entries(operation.responses).map(([status, { content = {} }]) => [
      status,
      new Map(
        Object.entries(content).map(([type, { schema }]) => [
          type,
          schema ? ajv.compile(closed(schema)) : null,
        ]),
      ),
    ]),
  )
  return {
    name: `${method} ${path}`,
    method,
    path,
    roles: operation['x-roles'] ?? null,
    body,
    parameters: operation.parameters ?? [],
    mayHaveNoBody: operation.requestBody?.required === false,
    isStream: path.endsWith('/stream'),
    faultOfBody: (value) => faultOf(validBody, value),
    strayHeaders(status, names) {
      const own = namesOf(operation.responses[status] ?? operation.responses.default)
      return names.filter((name) => told.includes(name) && !own.includes(name))
    },
    faultOfAnswer(status, contentType, value) {
      const told = answers.get(String(status)) ?? (status < 400 ? undefined : answers.get('default'))
      if (!told) return `${status} is in no contract`
      const [type = ''] = contentType.split(';')
      const valid = told.get(type)
      // Where the contract says nothing of a body, there is none, or one that is no JSON.
      if (valid === undefined)
        return told.size === 0 && !type.includes('json') ? null : `${status} as ${type}`
      return faultOf(valid, value)
    },
  }
}

const namesOf = ({ headers = {} }: { readonly headers?: object } = {}): string[] =>
  Object.keys(headers).map((name) => name.toLowerCase())

/** With each schema in the place of what refers to it. */
function whole(part: unknown, document: object): unknown {
  if (Array.isArray(part)) return part.map((each) => whole(each, document))
  if (typeof part !== 'object' || part === null) return part
  if ('$ref' in part) return whole(pointedAt(document, String(part.$ref)), document)
  return Object.fromEntries(Object.entries(part).map(([name, of]) => [name, whole(of, document)]))
}

function pointedAt(document: object, reference: string): unknown {
  const names = reference.split('/').slice(1)
  return names.reduce<unknown>((part, name) => (part as Record<string, unknown>)[name], document)
}

/** With no members but those that it names, unless it says so: past Fastify nobody takes the others off. */
function closed<Part>(schema: Part): Part {
  if (Array.isArray(schema)) return schema.map(closed) as Part
  if (typeof schema !== 'object' || schema === null) return schema
  const parts = Object.entries(schema).map(([name, part]) => [name, closed(part)])
  return Object.fromEntries('properties' in schema ? [['additionalProperties', false], ...parts] : parts)
}

function faultOf(valid: ValidateFunction | null, value: unknown): string | null {
  if (valid === null || valid(value)) return null
  const [fault] = valid.errors ?? []
  return `${fault?.instancePath} ${fault?.message}`
}
