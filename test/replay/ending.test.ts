// Why a hold ended unpaid: what was asked until it ended is a cause, what was asked later none.
import test from 'ava'
import { tellHistory } from '../../engine/history.ts'
import type { MachineEvent } from '../../engine/step.ts'
import type { Language } from '../../machines/rules.ts'
import { moneyIn } from '../../replay/document.ts'
import { ending } from '../../replay/ending.ts'
import { entriesOf } from '../support/entries-of-one.ts'

const reserve = {
  type: 'reserve',
  acceptedAt: 0,
  decidedAt: 0,
  commandAgeMaxMs: 30_000,
  sale: 'open',
  opensAt: 0,
  closesAt: 9_000_000,
  seatLimit: 4,
  seatsOfBuyer: 0,
  seatsRequested: 1,
  seats: [{ id: 'A1', price: 500 }],
  seatsTaken: [],
  seatsUnknown: [],
  seatsClaimed: [],
  holdTtlMs: 3_000,
}
const pay = (acceptedAt: number, balance: number) => ({
  type: 'pay',
  acceptedAt,
  decidedAt: acceptedAt + 5,
  balance,
})
const extend = {
  type: 'extend',
  acceptedAt: 1_000,
  decidedAt: 1_000,
  extensionMs: 1_000,
  extensionsMax: 1,
}
const expire = { type: 'expire', acceptedAt: 6_000, decidedAt: 6_500, holdGraceMs: 2_000 }

function sentence(events: readonly MachineEvent[], language: Language): string {
  const entries = entriesOf(events)
  const seatName = (id: string) => id
  return ending({
    language,
    entries,
    tenures: [],
    money: moneyIn('KRW'),
    seatName,
    pseudonym: (id) => id,
    items: tellHistory(entries, { language, currency: 'KRW', seatName }),
  }).sentence.replaceAll('1970-01-01T00:00:', '')
}

const endings: Record<string, [events: readonly MachineEvent[], english: string, korean: string]> = {
  'nobody tried to pay': [
    [reserve, expire],
    'The hold ran out at 03.000Z: the buyer had not tried to pay. The seats went back at 06.500Z.',
    '03.000Z에 선점 시간이 끝났습니다. 구매자는 그때까지 결제를 시도하지 않았습니다. 좌석은 06.500Z에 다시 비었습니다.',
  ],
  'the balance was too small, and the payment after the end was refused as well': [
    [reserve, pay(1_000, 100), expire, pay(7_000, 900)],
    'The hold ran out at 03.000Z: the buyer tried to pay once, with a balance of ₩100, which was too small. ' +
      'The seats went back at 06.500Z. Asked since, and refused: pay (hold_expired).',
    '03.000Z에 선점 시간이 끝났습니다. 구매자가 1번 결제를 시도했지만 잔액이 부족했습니다(잔액 ₩100). ' +
      '좌석은 06.500Z에 다시 비었습니다. 그 뒤에 요청했다가 거절된 것: pay (hold_expired).',
  ],
  'the balance was too small twice, and the payment in the grace came too late': [
    [reserve, pay(1_000, 100), pay(2_000, 200), pay(4_000, 900), expire],
    'The hold ran out at 03.000Z: the buyer tried to pay 2 times, with a balance of ₩200, which was too small. ' +
      'The seats went back at 06.500Z.',
    '03.000Z에 선점 시간이 끝났습니다. 구매자가 2번 결제를 시도했지만 잔액이 부족했습니다(잔액 ₩200). ' +
      '좌석은 06.500Z에 다시 비었습니다.',
  ],
  'payments came in the grace only': [
    [reserve, pay(4_000, 900), pay(5_000, 900), expire],
    'The hold ran out at 03.000Z: the buyer tried to pay only after that, at 04.000Z. The seats went back at 06.500Z.',
    '03.000Z에 선점 시간이 끝났습니다. 구매자는 그 뒤인 04.000Z에야 결제를 시도했습니다. 좌석은 06.500Z에 다시 비었습니다.',
  ],
  'the only payment came after the end': [
    [reserve, expire, pay(7_000, 900)],
    'The hold ran out at 03.000Z: the buyer had not tried to pay. The seats went back at 06.500Z. ' +
      'Asked since, and refused: pay (hold_expired).',
    '03.000Z에 선점 시간이 끝났습니다. 구매자는 그때까지 결제를 시도하지 않았습니다. 좌석은 06.500Z에 다시 비었습니다. ' +
      '그 뒤에 요청했다가 거절된 것: pay (hold_expired).',
  ],
  'nobody tried to pay a hold that was extended': [
    [reserve, extend, expire],
    'The hold ran out at 04.000Z: the buyer had not tried to pay. The seats went back at 06.500Z.',
    '04.000Z에 선점 시간이 끝났습니다. 구매자는 그때까지 결제를 시도하지 않았습니다. 좌석은 06.500Z에 다시 비었습니다.',
  ],
}

for (const [what, [events, english, korean]] of Object.entries(endings))
  test(`${what}: an unpaid ending names the deadline and what led to it`, (t) => {
    t.is(sentence(events, 'en'), english)
    t.is(sentence(events, 'ko'), korean)
  })

test('whatever way it ended, what was refused since is told', (t) => {
  const cancel = { type: 'cancel', acceptedAt: 1_000, decidedAt: 1_000, refundableUntil: 0 }
  const ends: [MachineEvent[], RegExp][] = [
    [[reserve, cancel], /^The buyer gave the hold back at 01\.000Z, before paying\./],
    [[{ ...reserve, sale: 'paused' }], /^It was rejected at 00\.000Z: the show was not on sale\./],
    [[reserve, pay(1_000, 900)], /^It ended with tickets: paid and sold at 01\.005Z\./],
  ]
  for (const [events, english] of ends) {
    t.regex(sentence(events, 'en'), new RegExp(`${english.source}$`))
    const later = sentence([...events, pay(7_000, 900)], 'en')
    t.regex(later, new RegExp(`${english.source} Asked since, and refused: pay \\(invalid_state\\)\\.$`))
  }
})
