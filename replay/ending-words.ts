// The sentences of an ending, in each language. Times are given as they are printed.
import type { Language } from '../machines/rules.ts'

export interface EndingWords {
  readonly undecided: string
  readonly neverWas: (type: string, code: string) => string
  readonly held: string
  readonly paid: (at: string) => string
  readonly rejected: (at: string, why: string) => string
  readonly expired: (hold: UnpaidHold) => string
  readonly cancelled: (at: string) => string
  readonly refunded: (at: string, byAdministrator: boolean) => string
  readonly parked: (reason: string) => string
  readonly noGroupFree: string
  readonly seatTaken: (seat: TakenSeat) => string
  readonly neverTried: string
  readonly balanceTooSmall: (attempts: number, balance: string) => string
  readonly triedTooLate: (at: string) => string
  readonly paymentRefused: (reason: string) => string
  readonly refusedSince: (list: string) => string
}

export interface UnpaidHold {
  /** The deadline; the seats go back some time later. */
  readonly ranOut: string
  readonly why: string
  readonly wentBack: string
}

export interface TakenSeat {
  readonly seat: string
  readonly buyer: string
  readonly reservationId: string
  readonly since: string
  /** Null where it has not come free. */
  readonly free: { readonly at: string; readonly how: string } | null
}

const english: EndingWords = {
  undecided: 'Nothing was decided.',
  neverWas: (type, code) => `There never was such a reservation: a ${type} for it was refused (${code}).`,
  held: 'It has not ended: the seats are held.',
  paid: (at) => `It ended with tickets: paid and sold at ${at}.`,
  rejected: (at, why) => `It was rejected at ${at}: ${why}`,
  expired: ({ ranOut, why, wentBack }) =>
    `The hold ran out at ${ranOut}: ${why} The seats went back at ${wentBack}.`,
  cancelled: (at) => `The buyer gave the hold back at ${at}, before paying.`,
  refunded: (at, byAdministrator) =>
    `${byAdministrator ? 'An administrator refunded it' : 'The buyer gave the paid seats back'} at ${at}; the money was paid back and the seats went back.`,
  parked: (reason) => `the command could not be decided and was parked (${reason}).`,
  noGroupFree: 'no such group of seats was free.',
  seatTaken: ({ seat, buyer, reservationId, since, free }) =>
    `${seat} belonged to ${buyer} since ${since} (${reservationId}), ` +
    `${free === null ? 'and it has not come free since' : `and it came free at ${free.at} (${free.how})`}.`,
  neverTried: 'the buyer had not tried to pay.',
  balanceTooSmall: (attempts, balance) =>
    `the buyer tried to pay ${attempts === 1 ? 'once' : `${attempts} times`}, with a balance of ${balance}, which was too small.`,
  triedTooLate: (at) => `the buyer tried to pay only after that, at ${at}.`,
  paymentRefused: (reason) => `the payment was refused (${reason}).`,
  refusedSince: (list) => ` Asked since, and refused: ${list}.`,
}

const korean: EndingWords = {
  undecided: '처리된 것이 없습니다.',
  neverWas: (type, code) => `그런 예약은 없었습니다. 이 예약에 대한 ${type} 요청은 거절되었습니다(${code}).`,
  held: '아직 끝나지 않았으며 좌석이 선점되어 있습니다.',
  paid: (at) => `${at}에 결제되어 좌석이 판매되었습니다.`,
  rejected: (at, why) => `${at}에 거절되었습니다. ${why}`,
  expired: ({ ranOut, why, wentBack }) =>
    `${ranOut}에 선점 시간이 끝났습니다. ${why} 좌석은 ${wentBack}에 다시 비었습니다.`,
  cancelled: (at) => `구매자가 결제하기 전인 ${at}에 선점을 취소했습니다.`,
  refunded: (at, byAdministrator) =>
    `${byAdministrator ? `관리자가 ${at}에 환불했습니다.` : `구매자가 ${at}에 결제한 좌석을 반납했습니다.`} 금액은 환불되었고 좌석은 다시 비었습니다.`,
  parked: (reason) => `명령을 처리할 수 없어 보류했습니다(${reason}).`,
  noGroupFree: '조건에 맞는 빈 좌석이 없었습니다.',
  seatTaken: ({ seat, buyer, reservationId, since, free }) =>
    `${seat} 좌석은 ${since}부터 ${buyer} 구매자의 것이었고(${reservationId}), ` +
    `${free === null ? '그 뒤로 비지 않았습니다' : `${free.at}에 다시 비었습니다(${free.how})`}.`,
  neverTried: '구매자는 그때까지 결제를 시도하지 않았습니다.',
  balanceTooSmall: (attempts, balance) =>
    `구매자가 ${attempts}번 결제를 시도했지만 잔액이 부족했습니다(잔액 ${balance}).`,
  triedTooLate: (at) => `구매자는 그 뒤인 ${at}에야 결제를 시도했습니다.`,
  paymentRefused: (reason) => `결제가 거절되었습니다(${reason}).`,
  refusedSince: (list) => ` 그 뒤에 요청했다가 거절된 것: ${list}.`,
}

export const endingWords: Readonly<Record<Language, EndingWords>> = { en: english, ko: korean }
