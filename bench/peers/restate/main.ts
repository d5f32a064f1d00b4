// The same reservation on Restate, as its manual has it: a virtual object a seat, one a reservation, one an account. Calls
// between them are durable, and an unpaid hold is given back by a delayed call. Starts, registers itself, and says so.
import * as restate from '@restatedev/restate-sdk'

const { PORT = '0', ADMIN_URL = '', HOLD_TTL_MS = '480000' } = process.env
const holdTtlMs = Number(HOLD_TTL_MS)

interface Wanted {
  readonly seats: readonly { readonly id: string; readonly price: number }[]
  readonly userId: string
}
interface Reservation extends Wanted {
  readonly state: 'held' | 'paid' | 'expired'
  readonly amount: number
}

const seat = restate.object({
  name: 'seat',
  handlers: {
    take: async (context: restate.ObjectContext, reservationId: string): Promise<boolean> => {
      const holder = await context.get<string>('holder')
      if (holder !== null && holder !== reservationId) return false
      context.set('holder', reservationId)
      return true
    },
    release: async (context: restate.ObjectContext, reservationId: string): Promise<void> => {
      if ((await context.get<string>('holder')) === reservationId) context.clear('holder')
    },
  },
})
type Seat = typeof seat

const account = restate.object({
  name: 'account',
  handlers: {
    charge: async (context: restate.ObjectContext, amount: number): Promise<void> => {
      context.set('balance', ((await context.get<number>('balance')) ?? 0) + amount)
    },
    debit: async (context: restate.ObjectContext, amount: number): Promise<boolean> => {
      const balance = (await context.get<number>('balance')) ?? 0
      if (balance < amount) return false
      context.set('balance', balance - amount)
      return true
    },
  },
})
type Account = typeof account

const reservation = restate.object({
  name: 'reservation',
  handlers: {
    hold: async (context: restate.ObjectContext, wanted: Wanted): Promise<Reservation> => {
      const taken = []
      for (const { id } of wanted.seats) {
        if (await context.objectClient<Seat>({ name: 'seat' }, id).take(context.key)) taken.push(id)
        else break
      }
      if (taken.length < wanted.seats.length) {
        for (const id of taken) context.objectSendClient<Seat>({ name: 'seat' }, id).release(context.key)
        throw new restate.TerminalError('seats_taken', { errorCode: 409 })
      }
      const amount = wanted.seats.reduce((sum, { price }) => sum + price, 0)
      const held: Reservation = { ...wanted, state: 'held', amount }
      context.set('reservation', held)
      context.genericSend({
        service: 'reservation',
        method: 'expire',
        key: context.key,
        parameter: undefined,
        delay: holdTtlMs,
        inputSerde: restate.serde.empty,
      })
      return held
    },
    pay: async (context: restate.ObjectContext): Promise<Reservation> => {
      const held = await context.get<Reservation>('reservation')
      if (held?.state !== 'held') throw new restate.TerminalError('invalid_state', { errorCode: 409 })
      if (!(await context.objectClient<Account>({ name: 'account' }, held.userId).debit(held.amount)))
        throw new restate.TerminalError('insufficient_balance', { errorCode: 402 })
      const paid: Reservation = { ...held, state: 'paid' }
      context.set('reservation', paid)
      return paid
    },
    expire: async (context: restate.ObjectContext): Promise<void> => {
      const held = await context.get<Reservation>('reservation')
      if (held?.state !== 'held') return
      for (const { id } of held.seats)
        context.objectSendClient<Seat>({ name: 'seat' }, id).release(context.key)
      context.set('reservation', { ...held, state: 'expired' })
    },
  },
})

await restate.serve({ services: [seat, account, reservation], port: Number(PORT) })
const registered = await fetch(`${ADMIN_URL}/deployments`, {
  method: 'POST',
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify({ uri: `http://127.0.0.1:${PORT}` }),
})
if (!registered.ok) throw new Error(`Restate does not take the deployment: ${await registered.text()}`)
process.once('SIGTERM', () => process.exit(0))
console.log('ready')
