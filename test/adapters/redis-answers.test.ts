// Answers over Redis: the contract, each answer coming from another server.
import test from 'ava'
import { RedisAnswers } from '../../adapters/broker/redis-answers.ts'
import { systemClock } from '../../adapters/clock/system.ts'
import type { RedisConnection } from '../../adapters/redis/connection.ts'
import { answersContract } from '../contract/answers.ts'
import { apart, closeRedis, isListening, openRedis } from '../support/redis.ts'
import { testServers } from '../support/servers.ts'

const { redisUrl } = testServers()
let shared: RedisConnection
let another: RedisConnection

test.before(async () => {
  shared = await openRedis(redisUrl)
  another = await openRedis(redisUrl)
})

test.after.always(() => Promise.all([closeRedis(shared), closeRedis(another)]))

answersContract('Redis answers', async () => {
  const connections = apart(shared)
  const here = new RedisAnswers(connections, 'here', systemClock)
  const there = new RedisAnswers({ ...another, key: connections.key }, 'there', systemClock)
  await Promise.all([isListening(shared), isListening(another)])
  return {
    answers: {
      server: here.server,
      wait: (...given) => here.wait(...given),
      send: (server, answers) => (server === here.server ? there : here).send(server, answers),
    },
    another: { server: there.server, answers: there },
  }
})

test('what is no answer is passed over', async (t) => {
  const connection = apart(shared)
  const answers = new RedisAnswers(connection, 'here', systemClock)
  await isListening(connection)
  const waiting = answers.wait('c1', 20_000)
  const answer = {
    commandId: 'c1',
    fingerprint: 'body',
    subjectId: 'r1',
    type: 'pay',
    outcome: 'accepted',
    code: null,
    state: 'paid',
  }
  for (const message of [
    '',
    'null',
    '[null]',
    '{}',
    '[{"commandId":"c1"}]',
    JSON.stringify([{ ...answer, fingerprint: undefined, state: 'of no body', details: {} }]),
    JSON.stringify([{ ...answer, details: {} }]),
  ])
    await another.commands.publish(connection.key('answers:here'), message)
  t.is((await waiting)?.state, 'paid')
})
