// Parked commands sent again, through the door of a running server.
import { join } from 'node:path'
import test from 'ava'
import Sqlite from 'better-sqlite3'
import { openEntry } from '../../engine/journal.ts'
import type { ParkedCommand } from '../../engine/ports.ts'
import { planRedrive } from '../../replay/redrive.ts'
import { startEmbedded } from '../support/embedded-server.ts'
import { replay, replayIn, temporaryFolder } from './command-line.ts'

test('parked commands are looked at first, sent once each, and linked with who and why', async (t) => {
  t.timeout(60_000)
  const folder = await temporaryFolder(t)
  const server = await startEmbedded({ DATA_DIR: folder })
  t.teardown(() => server.stop())
  const api = await server.app.listen({ port: 0, host: '127.0.0.1' })
  const { master } = server.parts
  const ann = await server.as('ann')
  await ann.post('/v1/balance/charges', { amount: 900_000 })
  const hold = async (seatId: string) =>
    (await ann.post('/v1/reservations', { showId: 'demo-1', seatIds: [seatId] })).body.id as string
  const paid = await hold('A-2-1')
  await ann.post(`/v1/reservations/${paid}/payment`)
  const held = await hold('A-2-2')

  const common = { showId: 'demo-1', userId: 'ann', fingerprint: 'f', acceptedAt: 1 }
  const park = (id: string, command: object, reason = 'RangeError: a fault') => ({
    id,
    showId: 'demo-1',
    reason,
    at: Date.now(),
    body: Buffer.from(JSON.stringify({ id, ...common, ...command })),
  })
  await master.park([
    park('pay-held', { type: 'pay', subjectId: held }),
    park('cancel-paid', { type: 'cancel', subjectId: paid }),
    park('refund-paid', { type: 'refund', subjectId: paid, acceptedAt: Date.now() }),
    park('refund-held', { type: 'refund', subjectId: held }),
    park('gone', { type: 'reserve', subjectId: 'demo-1.a.b', seatIds: ['A-2-1'] }),
    park('free', {
      type: 'reserve',
      subjectId: 'demo-1.aaaaaaaaaaaaaaaa.bbbbbbbbbbbbbbbb',
      seatIds: ['A-3-1'],
    }),
    park('pause', { type: 'pause', subjectId: 'demo-1' }),
    park('unreadable', { type: 'dance' }),
    park('other', { type: 'pay', subjectId: held }, 'another fault'),
  ])
  const from = ['--from', join(folder, 'master.db')]
  const outcomes = (stdout: string) =>
    Object.fromEntries(
      JSON.parse(stdout).items.map(({ id, outcome }: { id: string; outcome: string }) => [id, outcome]),
    )

  const looked = await replay('redrive', '--reason', 'RangeError', ...from, '--json')
  t.is(looked.code, 0)
  const plan = outcomes(looked.stdout)
  t.is(plan['pay-held'], 'would be sent')
  t.is(plan.free, 'would be sent')
  t.is(plan['cancel-paid'], 'kept: its reservation was paid after that')
  t.is(plan['refund-paid'], 'would be sent')
  t.is(plan['refund-held'], 'kept: its reservation is held, not paid')
  t.is(plan.gone, 'kept: its seats are gone: A-2-1')
  t.regex(plan.pause, /^kept: a show is stopped and started by hand/)
  t.is(plan.unreadable, 'kept: it can not be read')
  t.is(plan.other, undefined)
  t.is(await master.balance('ann'), 900_000 - (await priceOf('A-2-1')))

  const token = (await server.as('root', 'admin')).authorization.slice('Bearer '.length)
  const sending = ['redrive', '--reason', 'RangeError', '--send', '--why', 'ticket 7', '--rate', '100']
  const sent = await replayIn({ HOLDFAST_TOKEN: token }, '', ...sending, '--api', api, ...from, '--json')
  t.is(sent.code, 0, sent.stderr)
  const results = outcomes(sent.stdout)
  t.is(results['pay-held'], `sent: ${held} is paid`)
  t.regex(results.free, /^sent: demo-1\.\S+ is held$/)
  t.is(results['cancel-paid'], 'kept: its reservation was paid after that')
  t.is(results['refund-paid'], `sent: ${paid} is refunded`)

  const entry = openEntry((await master.history(held)).at(-1) as never)
  t.like(entry, {
    redriveOf: 'pay-held',
    redriveBy: 'root',
    redriveReason: 'ticket 7',
    userId: 'ann',
    to: 'paid',
  })
  const { stdout: story } = await replay('show', held, ...from)
  t.regex(story, /sent the parked command pay-held again, asked for by p_\S+: ticket 7\./)
  const { stdout: korean } = await replay('show', held, ...from, '--language', 'ko')
  t.regex(korean, /보류된 명령을 다시 보낸 것입니다\(명령 pay-held, 요청자 p_\S+\)\. 사유: ticket 7/)

  const balance = await master.balance('ann')
  const again = await replayIn({ HOLDFAST_TOKEN: token }, '', ...sending, '--api', api, ...from, '--json')
  t.is(again.code, 0, again.stderr)
  t.regex(outcomes(again.stdout)['pay-held'], /^kept: it was sent again already/)
  t.is(await master.balance('ann'), balance)

  const buyer = ann.authorization.slice('Bearer '.length)
  const more = ['redrive', 'other', 'pay-held', '--send', '--why', 'x', ...from]
  await master.park([park('later', { type: 'cancel', subjectId: await hold('A-2-4') })])
  const late = ['redrive', 'later', '--send', '--why', 'x', ...from]
  const cases: [environment: Record<string, string>, args: string[], code: number, message: RegExp][] = [
    [{}, [...more, '--api', api], 2, /HOLDFAST_TOKEN/],
    [{ HOLDFAST_TOKEN: buyer }, [...late, '--api', api], 8, /does not let this token/],
    [{ HOLDFAST_TOKEN: token }, [...late, '--api', 'http://127.0.0.1:9'], 8, /No Holdfast answers/],
    [{ HOLDFAST_TOKEN: token }, ['redrive', 'nothing', ...from], 3, /Nothing is parked under nothing/],
    [{ HOLDFAST_TOKEN: token }, ['redrive', ...from], 2, /needs ids, or --reason/],
  ]
  for (const [environment, args, code, message] of cases) {
    const ended = await replayIn(environment, '', ...args)
    t.is(ended.code, code, `${args.join(' ')}: ${ended.stderr}`)
    t.regex(ended.stderr, message)
  }

  async function priceOf(seatId: string): Promise<number> {
    return (await server.parts.shows.find('demo-1'))?.priceOf(seatId) ?? 0
  }
})

test('a reserve command that parking has ended makes a new reservation for its buyer', async (t) => {
  const folder = await temporaryFolder(t)
  const server = await startEmbedded({ DATA_DIR: folder })
  t.teardown(() => server.stop())
  const { intake, master } = server.parts
  const ann = await server.as('ann')
  const file = new Sqlite(join(folder, 'master.db'))
  file.exec(`CREATE TRIGGER poison BEFORE INSERT ON taken_seats WHEN NEW.seat_id = 'A-2-1'
    BEGIN SELECT RAISE(ABORT, 'poison'); END`)
  const { body: first } = await ann.post('/v1/reservations', { showId: 'demo-1', seatIds: ['A-2-1'] })
  file.exec('DROP TRIGGER poison')
  file.close()
  t.like(first, { code: 'parked', state: 'rejected' })
  const [parked] = await master.list(10)
  t.is(parked?.id, first.commandId)
  const ask = { userId: 'root', idempotencyKey: 'k', waitMs: 5_000, parked: parked as ParkedCommand }
  const sent = await intake.redrive(ask)
  t.not(sent.subjectId, first.id)
  t.is(sent.answer?.state, 'held')
  t.like(await ann.get(`/v1/reservations/${sent.subjectId}`), { status: 200 })
  const again = await intake.redrive({ ...ask, userId: 'another admin' })
  t.deepEqual(again, sent)
  const from = ['--from', join(folder, 'master.db'), '--json']
  const { stdout } = await replay('redrive', first.commandId, ...from)
  t.regex(stdout, /kept: it was sent again already, .*: accepted/, 'under whichever key')
})

test('of what is paid a cancellation that was asked for since is sent, as long as the show takes it back', async (t) => {
  const now = 1_000
  const parked = (acceptedAt: number) => ({
    id: 'parked',
    showId: 'show-1',
    reason: 'a fault',
    at: now,
    sequence: 1,
    body: Buffer.from(
      JSON.stringify({
        id: 'cancel',
        type: 'cancel',
        showId: 'show-1',
        subjectId: 'show-1.a.b',
        userId: 'ann',
        fingerprint: 'f',
        acceptedAt,
      }),
    ),
  })
  const keptWhere = async (acceptedAt: number, refundableUntil: number) => {
    const records = {
      deployment: async () => ({ asOf: now }),
      parkedById: async () => [parked(acceptedAt)],
      show: async () => ({ refundableUntil }),
      journal: async () => [],
      takenSeats: async () => new Map(),
      reservationsById: async () => [{ state: 'paid' }],
      history: async () => [
        { entry: JSON.stringify({ event: { type: 'pay' }, to: 'paid', acceptedAt: 500 }) },
      ],
    }
    const [plan] = await planRedrive(records as never, { ids: ['parked'], reason: undefined })
    return plan?.kept
  }
  t.is(await keptWhere(600, now), null)
  t.is(await keptWhere(600, now - 1), 'its show takes nothing back any more')
  t.is(await keptWhere(400, now), 'its reservation was paid after that')
})
