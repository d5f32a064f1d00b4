// The buyer's wallet: what is in it, how it came to be so, and money in.

import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { commandId } from '../../engine/command.ts'
import { HoldfastError } from '../../engine/errors.ts'
import { callerOf } from '../access.ts'
import { askOf } from '../commands.ts'
import { decodeCursor, limitOf, pageOf } from '../pages.ts'
import type { App, HttpParts } from '../parts.ts'
import {
  Amount,
  answers,
  CommandHeaders,
  Currency,
  described,
  MinorUnits,
  Named,
  PageQuery,
  page,
  rfc3339,
  Strict,
  strict,
  Time,
  UserId,
} from '../schemas.ts'

const Balance = Named('Balance', { balance: MinorUnits, currency: Currency })
const Charge = Named('Charge', { amount: Amount }, { ...strict, examples: [{ amount: 500_000 }] })
const Charged = described(
  Named('ChargedBalance', { id: Type.String(), amount: MinorUnits, ...Balance.properties }),
  'The money is in; `balance` is what that made',
)
const Entry = Named('LedgerEntry', {
  id: Type.String(),
  kind: Type.Enum(['charge', 'payment', 'refund']),
  at: Time,
  /** Positive where the buyer's balance rose. */
  amount: MinorUnits,
  currency: Currency,
  /** The reservation that was paid or paid back. */
  reference: Type.String(),
})

export function balanceRoutes(app: App, { master, settings, clock }: HttpParts): void {
  const tags = ['balance']
  const { currency } = settings
  const buyers = { access: ['buyer'] } as const

  app.get(
    '/v1/balance',
    {
      config: buyers,
      schema: {
        tags,
        summary: 'My balance',
        response: answers({ 200: described(Balance, 'The balance as it stands') }),
      },
    },
    async (request) => ({ balance: await master.balance(callerOf(request).userId), currency }),
  )

  app.get(
    '/v1/balance/entries',
    {
      config: buyers,
      schema: {
        tags,
        summary: 'What moved my balance, the newest first',
        querystring: PageQuery,
        response: answers({ 200: described(page(Entry), 'A page of charges, payments and refunds') }),
      },
    },
    async (request) => {
      const limit = limitOf(request.query)
      const before = decodeCursor(Type.Integer(), request.query.cursor)
      const found = await master.entries(callerOf(request).userId, limit + 1, before)
      return pageOf(
        found,
        limit,
        ({ cursor }) => cursor,
        ({ id, kind, at, amount, reference }) => ({
          id,
          amount,
          currency,
          reference,
          at: rfc3339(at),
          kind: kind as 'charge' | 'payment' | 'refund',
        }),
      )
    },
  )

  app.post(
    '/v1/balance/charges',
    {
      config: { ...buyers, isWrite: true },
      schema: {
        tags,
        summary: 'Put money into my balance, where a demo allows it',
        headers: CommandHeaders,
        body: Charge,
        response: answers({ 201: Charged }),
      },
    },
    async (request, reply) => {
      if (!settings.demoCharges)
        throw new HoldfastError('forbidden', 'Money comes in through the payment provider.')
      return charge(request, reply, callerOf(request).userId, request.body.amount)
    },
  )

  app.post(
    '/v1/users/:id/charges',
    {
      config: { access: ['payments'], isWrite: true },
      schema: {
        tags,
        summary: 'Put money that the payment provider has received into a balance',
        params: Strict({ id: UserId }),
        headers: CommandHeaders,
        body: Charge,
        response: answers({ 201: Charged }),
      },
    },
    async (request, reply) => charge(request, reply, request.params.id, request.body.amount),
  )

  async function charge(request: FastifyRequest, reply: FastifyReply, userId: string, amount: number) {
    const { userId: payerId, idempotencyKey } = askOf(callerOf(request), request.headers)
    const id = commandId(payerId, 'charge', userId, idempotencyKey)
    const { balance } = await master.charge({ id, userId, amount, at: clock.now() })
    return reply.code(201).send({ id, amount, balance, currency })
  }
}
