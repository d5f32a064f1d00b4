// The door, for what only it knows: when a command counts as accepted.
import test from 'ava'
import type { Command } from '../../engine/command.ts'
import { reservationId } from '../../engine/command.ts'
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
    ...{ clock, reservationIdKey },
    claims: { remember: slowly },
    publisher: { publish: async (command: Command) => void published.push(command) },
  }
  const intake = new Intake(parts as unknown as IntakeParts)
  const id = reservationId(reservationIdKey, 'ann', 'show-1', 'first')
  const ask = { userId: 'ann', idempotencyKey: 'second', waitMs: 0 }
  await intake.command({ ...ask, type: 'pay', reservationId: id, showId: 'show-1' })
  t.is(published[0]?.acceptedAt, clock.now())
})
