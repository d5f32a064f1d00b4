// The door, for what only it knows: when a command counts as accepted.
import test from 'ava'
import type { Command } from '../../engine/command.ts'
import { commandId, reservationId } from '../../engine/command.ts'
import { Intake, type IntakeParts } from '../../engine/intake.ts'
import { HandClock } from '../support/hand-clock.ts'

test('a command is accepted when all that may take long before its publish is done', async (t) => {
  const clock = new HandClock(1_800_000_000_000)
  const reservationIdKey = Buffer.alloc(32, 'k')
  const published: Command[] = []
  const slowly = async () => {
    clock.advance(1_300)
    return true
  }
  const parts = {
    clock,
    reservationIdKey,
    claims: { remember: slowly },
    publisher: { publish: async (command: Command) => void published.push(command) },
  }
  const intake = new Intake(parts as unknown as IntakeParts)
  const id = reservationId(reservationIdKey, 'ann', 'show-1', 'first')
  const ask = { userId: 'ann', idempotencyKey: 'second', waitMs: 0 }
  await intake.command({ ...ask, type: 'pay', reservationId: id, showId: 'show-1' })
  t.is(published[0]?.acceptedAt, clock.now())
})

test('a parked command that is sent again makes another reservation only where parking has ended the first', async (t) => {
  const reservationIdKey = Buffer.alloc(32, 'k')
  const subjectId = reservationId(reservationIdKey, 'ann', 'show-1', 'first')
  const id = commandId('ann', 'reserve', 'show-1', 'first')
  const command = {
    id,
    type: 'reserve',
    showId: 'show-1',
    subjectId,
    userId: 'ann',
    fingerprint: 'body',
    acceptedAt: 1,
    seatIds: ['A-1-1'],
  }
  const subjectOf = async (outcome: string | null) => {
    const published: Command[] = []
    const parts = {
      clock: { now: () => 2 },
      reservationIdKey,
      shows: { find: async () => ({}) },
      decisions: { findEntry: async () => outcome && { entry: JSON.stringify({ outcome }) } },
      publisher: { publish: async (command: Command) => void published.push(command) },
    }
    const intake = new Intake(parts as unknown as IntakeParts)
    const parked = { id, body: Buffer.from(JSON.stringify(command)) }
    await intake.redrive({ userId: 'boss', idempotencyKey: 'again', waitMs: 0, parked })
    return published[0]?.subjectId
  }
  t.is(await subjectOf(null), subjectId, 'parked before it was ever decided')
  t.is(await subjectOf('accepted'), subjectId, 'the buyer has repeated it meanwhile')
  t.not(await subjectOf('parked'), subjectId)
})

test('who sends a command again says why, or says nothing: the reason of who did so before is not handed on', async (t) => {
  const published: Command[] = []
  const parts = {
    clock: { now: () => 2 },
    shows: { find: async () => ({}) },
    decisions: { findEntry: async () => null },
    publisher: { publish: async (command: Command) => void published.push(command) },
  }
  const intake = new Intake(parts as unknown as IntakeParts)
  const command = {
    id: 'again',
    type: 'pay',
    showId: 'show-1',
    subjectId: 'show-1.a.b',
    userId: 'ann',
    fingerprint: 'body',
    acceptedAt: 1,
    redriveOf: 'first',
    redriveBy: 'alice',
    redriveReason: 'ticket 7',
  }
  const parked = { id: 'again', body: Buffer.from(JSON.stringify(command)) }
  await intake.redrive({ userId: 'bob', idempotencyKey: 'k', waitMs: 0, parked })
  const [sent] = published
  t.is(sent?.redriveOf, 'again')
  t.is(sent?.redriveBy, 'bob')
  t.false(sent !== undefined && 'redriveReason' in sent)
})
