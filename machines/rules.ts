// What each guard means, in words: for the history of a reservation, the visualizer and the replay.
import type { ReservationRule } from './reservation.ts'

export interface RuleWords {
  /** The rule as it should be. */
  readonly rule: string
  /** What happened when it did not hold. */
  readonly broken: string
}

export type Language = 'en' | 'ko'

export const reservationRules: Readonly<Record<ReservationRule, Readonly<Record<Language, RuleWords>>>> = {
  isFresh: {
    en: {
      rule: 'The request is decided while somebody still waits for it.',
      broken: 'the request had waited in the queue for too long',
    },
    ko: {
      rule: '요청은 기다리는 사람이 있는 동안 처리됩니다.',
      broken: '요청이 대기열에서 너무 오래 기다렸습니다',
    },
  },
  saleIsOpen: {
    en: { rule: 'The show is on sale.', broken: 'the show was not on sale' },
    ko: { rule: '공연이 판매 중입니다.', broken: '공연이 판매 중이 아니었습니다' },
  },
  seatsExist: {
    en: { rule: 'Every seat is in the plan of the venue.', broken: 'a seat is not in the plan of the venue' },
    ko: { rule: '모든 좌석이 공연장 좌석표에 있습니다.', broken: '좌석표에 없는 좌석이 있었습니다' },
  },
  isWithinSeatLimit: {
    en: {
      rule: 'The buyer stays within the seat limit of the show.',
      broken: 'the buyer would have had more seats than the show allows',
    },
    ko: {
      rule: '구매자의 좌석 수가 공연의 한도 이내입니다.',
      broken: '구매자의 좌석 수가 공연의 한도를 넘었습니다',
    },
  },
  seatsAreFree: {
    en: { rule: 'All seats asked for are free.', broken: 'not all seats asked for were free' },
    ko: { rule: '요청한 좌석이 모두 비어 있습니다.', broken: '요청한 좌석이 모두 비어 있지는 않았습니다' },
  },
  isBeforeDeadline: {
    en: { rule: 'The command was accepted before the hold ran out.', broken: 'the hold had run out' },
    ko: { rule: '선점 시간이 끝나기 전에 접수되었습니다.', broken: '선점 시간이 이미 끝났습니다' },
  },
  balanceCoversAmount: {
    en: { rule: 'The balance covers the amount.', broken: 'the balance was too small' },
    ko: { rule: '잔액이 결제 금액 이상입니다.', broken: '잔액이 부족했습니다' },
  },
  hasExtensionLeft: {
    en: {
      rule: 'The hold was extended less often than the show allows.',
      broken: 'the hold had been extended as often as the show allows',
    },
    ko: { rule: '선점 연장 횟수가 남아 있습니다.', broken: '선점 연장 횟수를 모두 사용했습니다' },
  },
  isRefundable: {
    en: {
      rule: 'The show lets buyers give paid seats back at this time.',
      broken: 'the show does not let buyers give paid seats back at this time',
    },
    ko: {
      rule: '지금은 결제한 좌석을 환불할 수 있습니다.',
      broken: '지금은 결제한 좌석을 환불할 수 없습니다',
    },
  },
  isOverdue: {
    en: { rule: 'The hold and its grace have run out.', broken: 'the hold had not run out yet' },
    ko: { rule: '선점 시간과 유예 시간이 지났습니다.', broken: '선점 시간이 아직 남아 있었습니다' },
  },
}
