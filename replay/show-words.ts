// What stands around the sentences of `show`: titles, headings, columns. Names of rules, states, events and codes are the same
// in each language.
import type { Language } from '../machines/rules.ts'

export interface ShowWords {
  readonly title: { readonly reservation: string; readonly show: string }
  readonly show: string
  readonly buyer: string
  readonly machine: string
  readonly paid: string
  readonly paidBack: string
  readonly decisions: string
  readonly decisionColumns: readonly [
    position: string,
    at: string,
    asked: string,
    outcome: string,
    text: string,
  ]
  readonly queued: (duration: string) => string
  readonly rules: string
  readonly ruleColumns: readonly [position: string, rule: string, said: string, state: string, facts: string]
  readonly yes: string
  readonly no: string
  readonly tenures: string
  readonly tenureColumns: readonly [
    seat: string,
    reservation: string,
    buyer: string,
    since: string,
    until: string,
  ]
  readonly notFreeYet: string
  readonly redriven: (redrive: Redrive) => string
  readonly ending: string
}

export interface Redrive {
  readonly position: number
  readonly redriveOf: string
  readonly by: string | null
  readonly reason: string | null
}

const english: ShowWords = {
  title: { reservation: 'Reservation', show: 'Show' },
  show: 'show',
  buyer: 'buyer',
  machine: 'machine',
  paid: 'paid',
  paidBack: 'paid back',
  decisions: 'What was decided',
  decisionColumns: ['#', 'decided', 'asked', 'outcome', 'what happened'],
  queued: (duration) => `${duration} in the queue`,
  rules: 'What the rules saw and said',
  ruleColumns: ['#', 'rule', 'said', 'state', 'facts'],
  yes: 'yes',
  no: 'no',
  tenures: 'Who had the seats',
  tenureColumns: ['seat', 'reservation', 'buyer', 'since', 'free again'],
  notFreeYet: 'never, so far',
  redriven: ({ position, redriveOf, by, reason }) =>
    `Entry ${position} sent the parked command ${redriveOf} again` +
    `${by === null ? '' : `, asked for by ${by}`}${reason === null ? '' : `: ${reason}`}.`,
  ending: 'Why it ended so',
}

const korean: ShowWords = {
  title: { reservation: '예약', show: '공연' },
  show: '공연',
  buyer: '구매자',
  machine: '상태 기계',
  paid: '결제 금액',
  paidBack: '환불 금액',
  decisions: '처리 내역',
  decisionColumns: ['#', '처리 시각', '요청', '결과', '내용'],
  queued: (duration) => `대기 ${duration}`,
  rules: '규칙이 확인한 것과 판단',
  ruleColumns: ['#', '규칙', '판단', '상태', '확인한 값'],
  yes: '예',
  no: '아니요',
  tenures: '좌석을 가지고 있던 예약',
  tenureColumns: ['좌석', '예약', '구매자', '시작', '다시 빈 시각'],
  notFreeYet: '아직 비지 않음',
  redriven: ({ position, redriveOf, by, reason }) =>
    `${position}번 기록은 보류된 명령을 다시 보낸 것입니다(명령 ${redriveOf}` +
    `${by === null ? '' : `, 요청자 ${by}`}).${reason === null ? '' : ` 사유: ${reason}`}`,
  ending: '이렇게 끝난 이유',
}

export const showWords: Readonly<Record<Language, ShowWords>> = { en: english, ko: korean }
