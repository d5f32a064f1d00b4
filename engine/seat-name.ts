// What a seat is called where people read of it.
import type { Language } from '../machines/rules.ts'
import type { ShowPlan } from './shows.ts'

/** A seat that is not in the plan goes by its id. */
export function seatNameIn({ plan, seats }: ShowPlan, seatId: string, language: Language): string {
  const seat = seats.get(seatId)
  if (seat === undefined) return seatId
  const section = plan.sections.find(({ id }) => id === seat.section)?.name ?? seat.section
  const { row, number } = seat
  const parts =
    language === 'ko'
      ? [section, row && `${row}열`, `${number}번`]
      : [section, row && `row ${row}`, `seat ${number}`]
  return parts.filter(Boolean).join(' ')
}
