// Somebody at the load balancer's door: over connections that all visitors share, with a token that the deployment's issuer would
// have given, and a place in the waiting room.
import { randomUUID } from 'node:crypto'
import { Agent, request } from 'node:http'
import { text } from 'node:stream/consumers'
import type { Address, Answered, Person } from './deployment.ts'

const connectionsMax = 512
/** Sooner than the load balancer hangs up (ops/haproxy): a request that crosses with that would be lost. */
const idleMaxMs = 15_000

/** Of all visitors together. */
export const sharedConnections = (): Agent =>
  new Agent({ keepAlive: true, maxSockets: connectionsMax, timeout: idleMaxMs })

export class Visitor implements Pick<Person, 'userId' | 'get' | 'post'> {
  readonly userId: string
  /** Goes along with every request once it is there. */
  queueToken: string | null = null
  readonly #token: string
  readonly #agent: Agent

  constructor(userId: string, token: string, agent: Agent) {
    this.userId = userId
    this.#token = token
    this.#agent = agent
  }

  get(at: Address, path: string): Promise<Answered> {
    return this.#ask(at, 'GET', path, {}, undefined)
  }

  post(at: Address, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answered> {
    return this.#ask(
      at,
      'POST',
      path,
      { 'idempotency-key': randomUUID(), prefer: 'wait=10', ...headers },
      body,
    )
  }

  /** Gives the place in the waiting room, or what is left of the session, to whoever is next. */
  async leave(at: Address): Promise<void> {
    await this.#ask(at, 'DELETE', '/v1/waiting-room', {}, undefined)
    this.queueToken = null
  }

  async #ask(
    { address }: Address,
    method: string,
    path: string,
    given: Record<string, string>,
    body: unknown,
  ): Promise<Answered> {
    const began = performance.now()
    const content = body === undefined ? undefined : JSON.stringify(body)
    const headers = {
      authorization: `Bearer ${this.#token}`,
      ...(this.queueToken !== null && { 'queue-token': this.queueToken }),
      ...(content !== undefined && { 'content-type': 'application/json' }),
      ...given,
    }
    const {
      statusCode = 0,
      told,
      body: answer,
    } = await this.#send(`${address}${path}`, method, headers, content)
    return {
      status: statusCode,
      headers: new Headers(told),
      tookMs: performance.now() - began,
      body: answer === '' ? null : JSON.parse(answer),
    }
  }

  #send(url: string, method: string, headers: Record<string, string>, content: string | undefined) {
    return new Promise<{ statusCode: number | undefined; told: [string, string][]; body: string }>(
      (resolve, reject) => {
        const asking = request(url, { method, headers, agent: this.#agent }, (response) => {
          const told = Object.entries(response.headers).map(([name, value]): [string, string] => [
            name,
            String(value),
          ])
          text(response).then((body) => resolve({ statusCode: response.statusCode, told, body }), reject)
        })
        asking.on('error', reject).end(content)
      },
    )
  }
}
