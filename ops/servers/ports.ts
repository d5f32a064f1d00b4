// Free ports on the loopback interface, below those that the system gives to outgoing connections: a server that is
// stopped finds its port free when it starts again.
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'

const lowest = 20_000
const beyond = 32_000
const given = new Set<number>()

/** Ports that nobody listens on, and that this process was not given before. */
export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = []
  while (ports.length < count) {
    const port = randomInt(lowest, beyond)
    if (given.has(port) || !(await isFree(port))) continue
    given.add(port)
    ports.push(port)
  }
  return ports
}

/** Also not in the way of Holdfast's, which share a port with one another and would share it with others. */
export async function isFree(port: number): Promise<boolean> {
  const listener = createServer()
  try {
    listener.listen(port, '127.0.0.1')
    await once(listener, 'listening')
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
    return false
  } finally {
    listener.close()
  }
}
