// What a visitor comes for, with any contender.
import type { Contender } from './contenders/contender.ts'
import type { Journey } from './load/measure.ts'

export interface Errand {
  readonly journey: Journey
  /** What its outcome is called when all went well. */
  readonly success: string
}

export const holding = (contender: Contender): Errand => ({
  success: contender.success,
  journey: async (connection, index) => String((await connection.send(contender.hold(index))).status),
})

export const buying = (contender: Contender): Errand => ({
  success: 'paid',
  async journey(connection, index) {
    const held = await connection.send(contender.hold(index))
    if (String(held.status) !== contender.success) return String(held.status)
    const paid = await connection.send(contender.pay(index, held.body))
    return paid.status === 200 ? 'paid' : `payment ${paid.status}`
  },
})
