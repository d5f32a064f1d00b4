import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { type ErrorCode, errorCodes, HoldfastError } from '../../engine/errors.ts'
import { Transient } from '../../engine/failures.ts'
import { problemOf, statusOf } from '../../http/problem.ts'

const codes = Object.keys(errorCodes) as ErrorCode[]

test('docs/ERRORS.md lists every code with its status, meaning and what to do next', (t) => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/ERRORS.md'), 'utf8')
  const rows = page.split('\n').filter((line) => line.startsWith('| `'))
  t.deepEqual(
    rows,
    codes.map((code) => {
      const { meaning, whatNext } = errorCodes[code]
      return `| \`${code}\` | ${statusOf[code]} | ${meaning} | ${whatNext} |`
    }),
  )
})

test('every problem says what it is, what to do next and which request it answers', (t) => {
  for (const code of codes) {
    const { status, body } = problemOf(new HoldfastError(code, 'This one.', { seen: 1 }), 'r-1', false)
    t.is(status, statusOf[code])
    const { meaning: title, whatNext } = errorCodes[code]
    t.like(body, { code, status, title, whatNext, detail: 'This one.', requestId: 'r-1', seen: 1 })
  }
})

test('what may pass says when to come back', (t) => {
  for (const code of ['too_many_requests', 'overloaded', 'unavailable'] as const)
    t.true(Number(problemOf(new HoldfastError(code), '', false).retryAfterS) > 0)
  t.is(problemOf(new HoldfastError('too_many_requests', '', { retryAfterS: 7 }), '', false).retryAfterS, 7)
  t.is(problemOf(new HoldfastError('seats_taken'), '', true).retryAfterS, null)
})

test('a command that failed says whether it may have been accepted; a question does not', (t) => {
  const known = new HoldfastError('unavailable', undefined, { mayHaveBeenAccepted: false })
  const outage = new HoldfastError('overloaded')
  t.is(problemOf(known, '', true).body.mayHaveBeenAccepted, false)
  for (const error of [outage, new Transient('gone'), new TypeError('a bug'), 'thrown text'])
    t.is(problemOf(error, '', true).body.mayHaveBeenAccepted, true)
  for (const error of [outage, new Transient('gone'), new TypeError('a bug')])
    t.is(problemOf(error, '', false).body.mayHaveBeenAccepted, undefined)
})

test('a fault of the server says nothing of its insides', (t) => {
  const { status, body } = problemOf(new TypeError('password=hush at /home/x'), 'r-1', false)
  t.is(status, 500)
  t.false(JSON.stringify(body).includes('hush'))
  t.is(problemOf(new Transient('mysql://user:hush@host'), '', false).body.code, 'unavailable')
  t.false(JSON.stringify(problemOf(new Transient('hush'), '', false).body).includes('hush'))
})
