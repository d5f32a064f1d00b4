// What a server says when it is ready is what somebody who has just started it can type next.
import test from 'ava'
import { greetingOf } from '../compose/greeting.ts'
import { readConfig } from '../config.ts'

const greeting = (environment: Record<string, string>, address = 'http://127.0.0.1:8080') =>
  greetingOf(readConfig(environment), 'server', address)

test('the demo is offered as it is typed, with the address where it would look elsewhere', (t) => {
  t.regex(greeting({}), /^ {2}See it work {5}npm run demo$/m)
  t.regex(
    greeting({ PORT: '4711' }, 'http://127.0.0.1:4711'),
    /^ {2}See it work {5}npm run demo -- http:\/\/127\.0\.0\.1:4711$/m,
  )
})

test('what a server does not let anybody do is not offered', (t) => {
  t.notRegex(greeting({ DEV_LOGIN: 'off' }), /demo$|Log in/m)
  t.notRegex(greeting({ DEMO_CHARGES: 'off' }), /npm run demo/)
})
