import { createHmac } from 'node:crypto'
import test from 'ava'
import fc from 'fast-check'
import { limits } from '../../engine/limits.ts'
import { derivedQueueSecret, type QueuePlace, QueueTokens } from '../../engine/queue-token.ts'
import { checkProperty } from '../support/properties.ts'

const now = 1_800_000_000_000
const [current, before, retired] = ['current', 'before', 'retired'].map((name) => name.padEnd(32, '.')) as [
  string,
  string,
  string,
]
const tokens = new QueueTokens([current, before])
const place: QueuePlace = { showId: 'show-1', userId: 'ann', number: 7, expiresAt: now + 60_000 }
const good = tokens.sign(place)

const isAccepted = (token: string | undefined, userId = 'ann', at = now): boolean => {
  try {
    tokens.open(token, userId, at)
    return true
  } catch (error) {
    if ((error as { code?: string }).code === 'queue_token_invalid') return false
    throw error
  }
}

/** As whoever has a secret signs any bytes. */
const signed = (payload: Buffer, secret = current): string => {
  const text = payload.toString('base64url')
  const mac = createHmac('sha256', secret).update(text).digest().subarray(0, 16)
  return `${text}.${mac.toString('base64url')}`
}

test('a token says what was signed', (t) => {
  t.deepEqual(tokens.open(good, 'ann', now), place)
})

test('whatever is signed is read back as it was, and fits into a header', (t) => {
  const printable = (maxLength: number) =>
    fc.string({
      unit: fc.integer({ min: 33, max: 126 }).map((code) => String.fromCharCode(code)),
      minLength: 1,
      maxLength,
    })
  const property = fc.asyncProperty(
    printable(limits.userIdLengthMax),
    printable(limits.showIdLengthMax),
    fc.integer({ min: 1, max: 2 ** 48 - 1 }),
    fc.integer({ min: 1, max: 10_000_000 }),
    async (userId, showId, number, seconds) => {
      const each = { userId, showId, number, expiresAt: now + 1_000 * seconds }
      const token = tokens.sign(each)
      if (token.length > limits.queueTokenLengthMax || !/^[\w.-]+$/.test(token)) throw new Error(token)
      const read = tokens.open(token, userId, now)
      if (JSON.stringify(Object.entries(read).sort()) !== JSON.stringify(Object.entries(each).sort()))
        throw new Error(JSON.stringify(read))
    },
  )
  return checkProperty(t, 200, property)
})

test('the newest secret signs, the one before it still verifies, a retired one does not', (t) => {
  const signedBy = (secret: string) => new QueueTokens([secret]).sign(place)
  t.is(signedBy(current), good)
  t.true(isAccepted(signedBy(before)))
  t.false(isAccepted(signedBy(retired)))
})

test('while keys rotate in three rounds of restarts, every server accepts what another one signs', (t) => {
  const [old, fresh] = [before, current]
  const steps = [[old], [old, fresh], [fresh, old]].map((secrets) => new QueueTokens(secrets))
  for (const [index, servers] of steps.entries()) {
    const next = steps[index + 1] ?? servers
    for (const [signing, reading] of [
      [servers, next],
      [next, servers],
    ] as const)
      t.deepEqual(reading.open(signing.sign(place), 'ann', now), place)
  }
})

test('no character can be changed, left out or put in', (t) => {
  for (let place = 0; place < good.length; place++) {
    const [head, tail] = [good.slice(0, place), good.slice(place + 1)]
    for (const other of 'AQgwZ09-_.= ')
      if (other !== good[place]) t.false(isAccepted(`${head}${other}${tail}`), `${other} at ${place}`)
    t.false(isAccepted(head + tail), `none at ${place}`)
    t.false(isAccepted(`${head}A${good.slice(place)}`), `one more at ${place}`)
  }
})

const payload = Buffer.from(good.split('.')[0] ?? '', 'base64url')
const [body = '', mac = ''] = good.split('.')
const forgeries: Readonly<Record<string, string | undefined>> = {
  'no token': undefined,
  'an empty token': '',
  'a dot': '.',
  'a payload without a signature': body,
  'a payload with an empty signature': `${body}.`,
  'a signature alone': `.${mac}`,
  'half a signature': `${body}.${mac.slice(0, 11)}`,
  'a longer signature': `${body}.${mac}${mac}`,
  'a third part': `${good}.${mac}`,
  'a padded signature': `${body}.${mac}==`,
  'the same bytes, written otherwise': `${body}=.${mac}`,
  'another user’s signature': `${body}.${tokens.sign({ ...place, userId: 'ben' }).split('.')[1]}`,
  'a megabyte': 'x'.repeat(1_000_000),
  'a long token that is signed': signed(Buffer.alloc(1_000, 1)),
  'characters of every kind': 'é\u0000💥."\n',
  'a JSON web token': 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbm4ifQ.',
  'a signed nothing': signed(Buffer.alloc(0)),
  'a signed stump': signed(payload.subarray(0, 13)),
  'a newer form': signed(Buffer.concat([Buffer.of(2), payload.subarray(1)])),
  'a user that is longer than the token': signed(Buffer.from(payload).fill(255, 12, 13)),
  'a signature by a retired secret': signed(payload, retired),
  'a signature by no secret': signed(payload, ''),
}
for (const [what, token] of Object.entries(forgeries))
  test(`${what} is refused`, (t) => {
    t.false(isAccepted(token))
  })

test('a token is of no use to another user, and of none once it has expired', (t) => {
  t.false(isAccepted(good, 'ben'))
  t.false(isAccepted(good, 'Ann'))
  t.true(isAccepted(good, 'ann', place.expiresAt - 1))
  t.false(isAccepted(good, 'ann', place.expiresAt))
})

test('a user and a show whose names run together are not confused', (t) => {
  const token = tokens.sign({ ...place, userId: 'an', showId: 'nshow-1' })
  t.false(isAccepted(token))
  t.like(tokens.open(token, 'an', now), { showId: 'nshow-1' })
})

test('the secret of a deployment that was given none is its own and stays', (t) => {
  const key = Buffer.alloc(32, 1)
  t.is(derivedQueueSecret(key), derivedQueueSecret(Buffer.alloc(32, 1)))
  t.not(derivedQueueSecret(key), derivedQueueSecret(Buffer.alloc(32, 2)))
  t.true(derivedQueueSecret(key).length >= 32)
})

test('without a secret nothing is signed', (t) => {
  t.throws(() => new QueueTokens([]))
})
