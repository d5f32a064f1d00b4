// The sentences of a history, in each language.
import type { Language } from '../machines/rules.ts'
import type { Hold, Telling } from './history.ts'
import type { JournalEntry } from './journal.ts'

export interface Scene {
  readonly entry: JournalEntry
  readonly before: Hold
  readonly after: Hold
  readonly reason: string | null
  readonly telling: Telling
}

/** One decision as one or two sentences. */
export function tell(scene: Scene): string {
  const words = sentences[scene.telling.language]
  const { outcome, event } = scene.entry
  const names = outcome === 'accepted' ? words.accepted : words.refused
  const sentence = outcome === 'parked' ? words.parked : (names[event.type] ?? words.other)
  return sentence(told(scene))
}

/** What the sentences are made of, ready to be read. */
interface Told {
  readonly seats: string
  readonly seatsTaken: string
  readonly seatsRequested: number
  readonly seatsOfBuyer: number
  readonly seatLimit: number
  readonly amount: string
  readonly balance: string
  readonly acceptedAt: string
  readonly deadline: string
  readonly state: string
  readonly type: string
  readonly isAccepted: boolean
  readonly isRefund: boolean
  readonly reason: string | null
}

type Sentence = (told: Told) => string

interface Sentences {
  readonly states: Readonly<Record<string, string>>
  readonly accepted: Readonly<Record<string, Sentence>>
  readonly refused: Readonly<Record<string, Sentence>>
  readonly parked: Sentence
  /** Of an event that no sentence is written for. */
  readonly other: Sentence
}

function told({ entry, before, after, reason, telling }: Scene): Told {
  const { event, acceptedAt, from, to } = entry
  const { language, currency, seatName } = telling
  const money = moneyIn(language, currency)
  return {
    seats: after.seats.map(({ id }) => seatName(id)).join(', '),
    seatsTaken: listOf(event.seatsTaken).map(seatName).join(', '),
    seatsRequested: Number(event.seatsRequested ?? 0),
    seatsOfBuyer: Number(event.seatsOfBuyer ?? 0),
    seatLimit: Number(event.seatLimit ?? 0),
    amount: money(after.amount),
    balance: money(Number(event.balance ?? 0)),
    acceptedAt: timeOf(acceptedAt),
    deadline: timeOf(event.type === 'expire' ? before.deadline : after.deadline),
    state: sentences[language].states[from ?? 'queued'] ?? String(from),
    type: event.type,
    isAccepted: entry.outcome === 'accepted',
    isRefund: to === 'refunded',
    reason,
  }
}

const listOf = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : [])

const timeOf = (ms: number | null): string => (ms === null ? '–' : new Date(ms).toISOString())

/** Minor units as people write them. */
function moneyIn(language: Language, currency: string): (amount: number) => string {
  const format = new Intl.NumberFormat(language, { style: 'currency', currency })
  const { maximumFractionDigits = 0 } = format.resolvedOptions()
  return (amount) => format.format(amount / 10 ** maximumFractionDigits)
}

const plural = (count: number, one: string): string => `${count} ${count === 1 ? one : `${one}s`}`

const english: Sentences = {
  states: {
    queued: 'not decided yet',
    held: 'held',
    paid: 'paid',
    expired: 'expired',
    rejected: 'rejected',
    cancelled: 'cancelled',
    refunded: 'refunded',
  },
  accepted: {
    reserve: ({ seatsRequested, seats, seatsOfBuyer, seatLimit, amount, deadline }) =>
      `The buyer asked for ${plural(seatsRequested, 'seat')}, had ${seatsOfBuyer} of at most ${seatLimit}, and got ${seats}. ` +
      `Held until ${deadline} for ${amount}.`,
    pay: ({ amount, balance, acceptedAt }) =>
      `The buyer paid ${amount} from a balance of ${balance}, accepted at ${acceptedAt} before the hold ran out. The seats are sold.`,
    extend: ({ deadline }) => `The buyer asked for more time. The hold now lasts until ${deadline}.`,
    cancel: ({ isRefund, amount }) =>
      isRefund
        ? `The buyer gave the paid seats back. ${amount} were paid back, and the seats are free.`
        : 'The buyer gave the hold back. The seats are free.',
    refund: ({ amount }) =>
      `An administrator refunded the reservation. ${amount} were paid back, and the seats are free.`,
    expire: ({ deadline }) => `The hold ran out unpaid at ${deadline}. The seats are free.`,
  },
  refused: {
    reserve: ({ seatsRequested, seatsTaken, reason, state }) =>
      `The buyer asked for ${plural(seatsRequested, 'seat')}. Rejected: ${reason ?? `the reservation was ${state}`}` +
      `${seatsTaken === '' ? '' : ` (taken: ${seatsTaken})`}.`,
    pay: ({ amount, balance, acceptedAt, deadline, reason, state }) =>
      `The buyer wanted to pay ${amount} from a balance of ${balance}. Refused: ${reason ?? `the reservation was ${state}`} ` +
      `(accepted at ${acceptedAt}, the hold until ${deadline}). Nothing was charged.`,
    extend: ({ reason, state }) =>
      `The buyer asked for more time. Refused: ${reason ?? `the reservation was ${state}`}.`,
    cancel: ({ reason, state }) =>
      `The buyer wanted to give the seats back. Refused: ${reason ?? `the reservation was ${state}`}.`,
    refund: ({ state }) =>
      `An administrator wanted to refund the reservation. Refused: the reservation was ${state}.`,
  },
  parked: () =>
    'The command could not be decided and was set aside for an administrator. Nothing else was changed.',
  other: ({ type, state, isAccepted }) =>
    `${type} was ${isAccepted ? 'accepted' : 'refused'} in the state ${state}.`,
}

const stateWas = (state: string): string => `예약이 '${state}' 상태였습니다`

/** No particle stands behind what is put in: which one is right would depend on how that ends. */
const korean: Sentences = {
  states: {
    queued: '처리 대기',
    held: '선점',
    paid: '결제 완료',
    expired: '만료',
    rejected: '거절',
    cancelled: '취소',
    refunded: '환불',
  },
  accepted: {
    reserve: ({ seatsRequested, seats, seatsOfBuyer, seatLimit, amount, deadline }) =>
      `구매자가 좌석 ${seatsRequested}석을 요청하여 선점했습니다(한도 ${seatLimit}석 중 ${seatsOfBuyer}석 보유). ` +
      `선점한 좌석: ${seats}. 결제 금액: ${amount}. 선점은 ${deadline}까지 유효합니다.`,
    pay: ({ amount, balance, acceptedAt }) =>
      `구매자가 잔액으로 결제했습니다(금액 ${amount}, 결제 전 잔액 ${balance}). 선점 시간이 끝나기 전인 ${acceptedAt}에 접수되어 좌석이 판매되었습니다.`,
    extend: ({ deadline }) => `구매자가 시간 연장을 요청했습니다. 선점은 ${deadline}까지 유효합니다.`,
    cancel: ({ isRefund, amount }) =>
      isRefund
        ? `구매자가 결제한 좌석을 반납했습니다. 결제 금액(${amount})이 환불되었고 좌석은 다시 비어 있습니다.`
        : '구매자가 선점을 취소했습니다. 좌석은 다시 비어 있습니다.',
    refund: ({ amount }) =>
      `관리자가 예약을 환불했습니다. 결제 금액(${amount})이 환불되었고 좌석은 다시 비어 있습니다.`,
    expire: ({ deadline }) => `결제 없이 ${deadline}에 선점 시간이 끝났습니다. 좌석은 다시 비어 있습니다.`,
  },
  refused: {
    reserve: ({ seatsRequested, seatsTaken, reason, state }) =>
      `구매자가 좌석 ${seatsRequested}석을 요청했습니다. 거절 사유: ${reason ?? stateWas(state)}` +
      `${seatsTaken === '' ? '' : ` (이미 선택된 좌석: ${seatsTaken})`}.`,
    pay: ({ amount, balance, acceptedAt, deadline, reason, state }) =>
      `구매자가 잔액으로 결제하려 했습니다(금액 ${amount}, 잔액 ${balance}). 거절 사유: ${reason ?? stateWas(state)} ` +
      `(접수 ${acceptedAt}, 선점 종료 ${deadline}). 청구된 금액은 없습니다.`,
    extend: ({ reason, state }) =>
      `구매자가 시간 연장을 요청했습니다. 거절 사유: ${reason ?? stateWas(state)}.`,
    cancel: ({ reason, state }) =>
      `구매자가 좌석을 반납하려 했습니다. 거절 사유: ${reason ?? stateWas(state)}.`,
    refund: ({ state }) => `관리자가 예약을 환불하려 했습니다. 거절 사유: ${stateWas(state)}.`,
  },
  parked: () => '명령을 처리할 수 없어 관리자 확인을 위해 보류했습니다. 그 밖에 변경된 것은 없습니다.',
  other: ({ type, state, isAccepted }) =>
    `${state} 상태에서 ${type} 명령이 ${isAccepted ? '처리' : '거절'}되었습니다.`,
}

const sentences: Readonly<Record<Language, Sentences>> = { en: english, ko: korean }
