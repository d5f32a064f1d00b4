// Requests as no client library writes them: each is one that was allowed, or nearly so, with one thing wrong in its bytes.
import type { Random } from '../../simulation/random.ts'
import type { Request } from './requests.ts'

interface Written {
  readonly line: string
  readonly headers: readonly string[]
  readonly body: string
}

const inLine = (change: (line: string) => string) => (written: Written) => ({
  ...written,
  line: change(written.line),
})
const inPath = (change: (path: string) => string) =>
  inLine((line) => line.replace(/ (\S+) /, (_, path: string) => ` ${change(path)} `))
const withHeaders =
  (...more: string[]) =>
  ({ headers, ...written }: Written) => ({
    ...written,
    headers: [...headers, ...more],
  })
const withBody =
  (body: string, ...more: string[]) =>
  (written: Written) => ({
    ...withHeaders(...more)(written),
    body,
  })

const ofBody = /^content-(length|type):/i

/** Of no type. */
const untyped = ({ line, headers }: Written): Written => ({
  line,
  body: 'x',
  headers: [...headers.filter((header) => !ofBody.test(header)), 'Content-Length: 1'],
})
const hostless = ({ headers: [, ...headers], ...written }: Written): Written => ({ ...written, headers })

const mangles: readonly ((written: Written) => Written)[] = [
  ...['HTTP/1.0', 'HTTP/2.0', 'HTTP/1.1x', ''].map((version) =>
    inLine((line) => line.replace(/HTTP.*/, version)),
  ),
  ...['BREW', 'get', 'POST ', '\0'].map((method) => inLine((line) => line.replace(/^\w+/, method))),
  inPath((path) => `http://elsewhere.example${path}`),
  inPath((path) => `${path}?`),
  inPath((path) => `${path}?x=1`),
  inPath((path) => `${path}/`),
  inPath((path) => `/${path}`),
  inPath((path) => `${path}#x`),
  inPath((path) => `${path}\xff`),
  inPath((path) => path.toUpperCase()),
  inPath((path) => path.replace('i', '%69')),
  inPath((path) => `/x/..${path}`),
  inPath((path) => `${path}${'x'.repeat(20_000)}`),
  ({ headers, ...written }) => ({ ...written, headers: [...headers, ...headers] }),
  ({ headers, ...written }) => ({ ...written, headers: headers.map((header) => header.toUpperCase()) }),
  ({ headers, ...written }) => ({
    ...written,
    headers: headers.map((header) => header.replace(': ', ':\t ')),
  }),
  hostless,
  withHeaders('Queue-Token: '),
  withHeaders('Queue-Token: \xe4\xff'),
  withHeaders('Queue-Token: x, x', 'Queue-Token: y'),
  withHeaders('Authorization: Bearer x', 'Authorization: Bearer y'),
  withHeaders('Idempotency-Key: "\xe4"', 'Prefer: wait=1', 'Prefer: wait=1'),
  withHeaders(`Traceparent: 00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`),
  withHeaders('Traceparent: 00-x'),
  withHeaders('Prefer: consistency-token'),
  withHeaders('No colon'),
  withHeaders('Null: \0'),
  withHeaders('Folded: a', ' b'),
  withHeaders(' : x'),
  withHeaders(`Long: ${'x'.repeat(20_000)}`),
  withHeaders('Upgrade: websocket', 'Connection: upgrade'),
  withHeaders('Expect: magic'),
  withHeaders('Content-Length: -1'),
  withHeaders('Content-Length: 0x0'),
  withHeaders('Content-Length: 1', 'Content-Length: 2'),
  untyped,
  withBody('0\r\n\r\n', 'Transfer-Encoding: chunked'),
  withBody('zz\r\n\r\n', 'Transfer-Encoding: chunked'),
  withBody('0\r\n\r\n', 'Transfer-Encoding: chunked', 'Content-Length: 5'),
  withBody('0\r\n\r\n', 'Transfer-Encoding: gzip'),
]

/** Asks for the connection to be closed after the answer. */
export function mangled(
  random: Random,
  { route, url, headers, payload = '', isAllowed }: Omit<Request, 'bytes'>,
): Pick<Request, 'bytes' | 'isAllowed'> {
  const mangle = random.pick(mangles)
  const length = payload === '' ? [] : [`Content-Length: ${Buffer.byteLength(payload)}`]
  const { line, body, ...changed } = mangle({
    line: `${route.method} ${url} HTTP/1.1`,
    headers: [
      'Host: holdfast',
      ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
      ...length,
    ],
    body: Buffer.from(payload).toString('latin1'),
  })
  const lines = [line, ...changed.headers, 'Connection: close', '', body]
  return {
    bytes: Buffer.from(lines.join('\r\n'), 'latin1'),
    isAllowed: isAllowed && mangle !== hostless && (mangle !== untyped || route.method === 'GET'),
  }
}
