// The servers that a whole test run shares. Tests use schemas, queues and keys of their own on them, and start their
// own servers (ops/servers) where they break them.
import { givenServers, type ServerUrls } from '../../ops/servers/given.ts'

/** @throws {Error} that says how to run a test that needs them */
export function testServers(): ServerUrls {
  const given = givenServers()
  if (given) return given
  throw new Error('This test needs servers: run `npm test -- <file>`, which starts them.')
}
