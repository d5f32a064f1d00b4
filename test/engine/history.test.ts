import test from 'ava'
import { tellHistory } from '../../engine/history.ts'
import type { MachineEvent } from '../../engine/step.ts'
import type { Language } from '../../machines/rules.ts'
import { entriesOf } from '../support/entries-of-one.ts'

const telling = (language: Language) => ({
  language,
  currency: 'KRW',
  seatName: (id: string) => `seat ${id}`,
})

const times = { acceptedAt: 1_000, decidedAt: 1_005 }
const reserve = {
  type: 'reserve',
  ...times,
  commandAgeMaxMs: 30_000,
  sale: 'open',
  opensAt: 0,
  closesAt: 9_000_000,
  seatLimit: 4,
  seatsOfBuyer: 1,
  seatsRequested: 2,
  seatsTaken: [],
  seatsUnknown: [],
  holdTtlMs: 60_000,
  seats: [
    { id: 'A1', price: 500 },
    { id: 'A2', price: 700 },
  ],
  seatsClaimed: ['B1', 'B2', 'B3'],
}
const pay = (balance: number, acceptedAt = 2_000) => ({
  type: 'pay',
  acceptedAt,
  decidedAt: acceptedAt,
  balance,
})
const extend = { type: 'extend', ...times, extensionMs: 1_000, extensionsMax: 1 }
const cancel = (refundableUntil: number) => ({ type: 'cancel', ...times, refundableUntil })
const refund = { type: 'refund', ...times }
const expire = { type: 'expire', acceptedAt: 99_000, decidedAt: 99_000, holdGraceMs: 2_000 }
const park = { type: 'park', ...times, reason: 'TypeError: hush' }

const lastText = (events: readonly MachineEvent[], language: Language = 'en'): string =>
  tellHistory(entriesOf(events), telling(language)).at(-1)?.text ?? ''

const stories: Record<string, [events: readonly MachineEvent[], text: RegExp]> = {
  'a hold': [
    [reserve],
    /^The buyer asked for 2 seats, had 1 of at most 4, and got seat A1, seat A2\. Held until 1970-01-01T00:01:01\.005Z for ₩1,200\.$/,
  ],
  'seats that were taken': [
    [{ ...reserve, seats: [], seatsTaken: ['A1', 'A2'] }],
    /Rejected: not all seats asked for were free \(taken: seat A1, seat A2\)\.$/,
  ],
  'a paused sale': [[{ ...reserve, sale: 'paused' }], /Rejected: the show was not on sale\.$/],
  'a stale request': [
    [{ ...reserve, decidedAt: 99_000 }],
    /Rejected: the request had waited in the queue for too long\.$/,
  ],
  'too many seats': [
    [{ ...reserve, seatsOfBuyer: 3 }],
    /Rejected: the buyer would have had more seats than the show allows\.$/,
  ],
  'a payment': [
    [reserve, pay(5_000)],
    /^The buyer paid ₩1,200 from a balance of ₩5,000, accepted at 1970-01-01T00:00:02\.000Z before the hold ran out\./,
  ],
  'a balance that is too small': [
    [reserve, pay(1_199)],
    /^The buyer wanted to pay ₩1,200 from a balance of ₩1,199\. Refused: the balance was too small .* Nothing was charged\.$/,
  ],
  'a payment that came too late': [
    [reserve, pay(5_000, 61_006)],
    /Refused: the hold had run out \(accepted at 1970-01-01T00:01:01\.006Z, the hold until 1970-01-01T00:01:01\.005Z\)/,
  ],
  'a payment after the end': [[reserve, expire, pay(5_000)], /Refused: the reservation was expired /],
  'more time': [
    [reserve, extend],
    /^The buyer asked for more time\. The hold now lasts until 1970-01-01T00:01:02\.005Z\.$/,
  ],
  'no more time': [
    [reserve, extend, extend],
    /Refused: the hold had been extended as often as the show allows\.$/,
  ],
  'a hold given back': [[reserve, cancel(0)], /^The buyer gave the hold back\. The seats are free\.$/],
  'paid seats given back': [
    [reserve, pay(5_000), cancel(9_000)],
    /^The buyer gave the paid seats back\. ₩1,200 were paid back/,
  ],
  'paid seats that stay': [
    [reserve, pay(5_000), cancel(0)],
    /Refused: the show does not let buyers give paid seats back/,
  ],
  'a refund': [
    [reserve, pay(5_000), refund],
    /^An administrator refunded the reservation\. ₩1,200 were paid back/,
  ],
  'a refund of nothing': [
    [reserve, refund],
    /^An administrator wanted to refund .* Refused: the reservation was held\.$/,
  ],
  'an expiry': [
    [reserve, expire],
    /^The hold ran out unpaid at 1970-01-01T00:01:01\.005Z\. The seats are free\.$/,
  ],
  'a parked command': [
    [reserve, park],
    /^The command could not be decided and was set aside for an administrator\./,
  ],
}

for (const [what, [events, text]] of Object.entries(stories))
  test(`${what} is told in words, in each language`, (t) => {
    t.regex(lastText(events), text)
    const korean = lastText(events, 'ko')
    t.regex(korean, /[가-힣]/)
    for (const told of [lastText(events), korean]) t.notRegex(told, /undefined|null|NaN|\[object/)
    t.notRegex(korean, /[A-Za-z\d](을|를|이|가|은|는|으로)/, 'no particle depends on how a value ends')
  })

for (const [what, [events, text]] of Object.entries<[readonly MachineEvent[], string]>({
  'a hold': [
    [reserve],
    '구매자가 좌석 2석을 요청하여 선점했습니다(한도 4석 중 1석 보유). 선점한 좌석: seat A1, seat A2. ' +
      '결제 금액: ₩1,200. 선점은 1970-01-01T00:01:01.005Z까지 유효합니다.',
  ],
  'a cancellation after the end': [
    [reserve, expire, cancel(0)],
    "구매자가 좌석을 반납하려 했습니다. 거절 사유: 예약이 '만료' 상태였습니다.",
  ],
  'a refund of nothing': [
    [reserve, refund],
    "관리자가 예약을 환불하려 했습니다. 거절 사유: 예약이 '선점' 상태였습니다.",
  ],
}))
  test(`in Korean, ${what} is told in whole sentences`, (t) => t.is(lastText(events, 'ko'), text))

test('facts are the buyer’s own: claims of others only count, and why a command failed is not told', (t) => {
  const [hold, parked] = tellHistory(entriesOf([reserve, park]), telling('en'))
  t.is(hold?.facts.seatsClaimedByOthers, 3)
  t.false(JSON.stringify([hold, parked]).includes('B1'))
  t.false(JSON.stringify([hold, parked]).includes('hush'))
})

test('the reason is the rule that decided, and none where all held', (t) => {
  const items = tellHistory(entriesOf([reserve, pay(0), pay(5_000), pay(5_000)]), telling('en'))
  t.deepEqual(
    items.map(({ code, reason }) => [code, reason]),
    [
      [null, null],
      ['insufficient_balance', 'the balance was too small'],
      [null, null],
      ['invalid_state', null],
    ],
  )
})
