// What the contract says of the headers of answers: it follows from what a route takes.

export interface Operation {
  readonly parameters?: readonly { readonly in: string; readonly name: string }[]
  readonly responses: Readonly<Record<string, object>>
}

const text = { type: 'string' }

export const responseHeaders = {
  'Consistency-Token': {
    description:
      'Of a write to the catalogue, and where `Prefer: consistency-token` asks for it: a look-up that it is sent along with shows ' +
      'what this answer tells, or something later',
    schema: text,
  },
  ETag: { description: 'Sent along as `If-None-Match`, it asks for what is newer', schema: text },
  'Preference-Applied': { description: 'What was done of `Prefer`', schema: text },
  'Retry-After': {
    description: 'Seconds after which to try again, where that may help',
    schema: { type: 'integer' },
  },
}

type Name = keyof typeof responseHeaders

function headersOf(method: string, { parameters = [] }: Operation, status: string): Name[] {
  const takes = (header: string): boolean => parameters.some(({ name }) => name === header)
  const is = (...those: string[]): boolean => those.includes(status)
  const told: [Name, boolean][] = [
    ['Consistency-Token', method !== 'get' && is('200', '201')],
    ['Preference-Applied', takes('prefer') && is('200', '201', '202')],
    ['ETag', takes('if-none-match') && is('200', '304')],
    ['Retry-After', is('default')],
  ]
  return told.filter(([, isTold]) => isTold).map(([name]) => name)
}

export function withHeaders<Of extends Operation>(method: string, operation: Of): Of {
  const responses = Object.entries(operation.responses).map(([status, response]) => {
    const names = headersOf(method, operation, status)
    if (names.length === 0) return [status, response]
    const headers = names.map((name) => [name, { $ref: `#/components/headers/${name}` }])
    return [status, { ...response, headers: Object.fromEntries(headers) }]
  })
  return { ...operation, responses: Object.fromEntries(responses) }
}
