// What the contract says of the headers of answers. How many requests are left (`X-RateLimit-*`) and what every answer has for
// browsers is left out.

export interface Operation {
  /** For this file alone: not in the document that is served. */
  readonly 'x-is-write'?: boolean
  readonly parameters?: readonly { readonly in: string; readonly name: string }[]
  readonly responses: Readonly<Record<string, object>>
}

const text = { type: 'string' }

export const responseHeaders = {
  'Consistency-Token': {
    description:
      'Of a write to the catalogue or to a balance, and of a decision where `Prefer: consistency-token` asks for it: a look-up that ' +
      'it is sent along with shows what this answer tells, or something later. It may be missing: the write stands all the same.',
    schema: text,
  },
  ETag: { description: 'Sent along as `If-None-Match`, it asks for what is newer', schema: text },
  Location: {
    description: 'Where to look it up; of what is accepted, where the decision will stand',
    schema: text,
  },
  'Preference-Applied': { description: 'What was done of `Prefer`', schema: text },
  'Request-Id': { description: 'By which the log knows this request', schema: text },
  'Retry-After': {
    description: 'Seconds after which to try again, where that may help',
    schema: { type: 'integer' },
  },
}

type Name = keyof typeof responseHeaders

/** What is asked of a reservation, and what is made in the catalogue. */
const located = /^\/v1\/(reservations(\/.+)?|admin\/(concerts|shows))$/

function toldBy(method: string, path: string, operation: Operation, status: string): Name[] {
  const takes = (header: string): boolean =>
    operation.parameters?.some((each) => each.in === 'header' && each.name === header) ?? false
  const is = (...those: string[]): boolean => those.includes(status)
  const isWrite = operation['x-is-write'] ?? false
  const isDecision = takes('prefer')
  const told: [Name, boolean][] = [
    ['Consistency-Token', (isWrite || isDecision) && is('200', '201')],
    ['ETag', takes('if-none-match') && is('200', '304')],
    ['Location', method === 'post' && located.test(path) && is('200', '201', '202', 'default')],
    ['Preference-Applied', isDecision && is('200', '201', '202', 'default')],
    ['Request-Id', true],
    ['Retry-After', is('default')],
  ]
  return told.filter(([, isTold]) => isTold).map(([name]) => name)
}

/** The operation with the headers of each of its answers, by reference. */
export function withHeaders<Of extends Operation>(method: string, path: string, operation: Of): Of {
  const { 'x-is-write': _, ...served } = operation
  const responses = Object.entries(operation.responses).map(([status, response]) => {
    const references = toldBy(method, path, operation, status).map((name) => [
      name,
      { $ref: `#/components/headers/${name}` },
    ])
    return [status, { ...response, headers: Object.fromEntries(references) }]
  })
  return { ...served, responses: Object.fromEntries(responses) } as unknown as Of
}
