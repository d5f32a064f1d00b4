// Shows with a waiting room, made, set and joined through the front door.
import type { Client, EmbeddedServer, Reply } from './embedded-server.ts'

export const inletSettings = { ratePerSecond: 100, admittedMax: 10, sessionTtlMs: 600_000 }

export const inletOf = (show: string) => `/v1/admin/shows/${show}/waiting-room`

export const join = (client: Client, show: string, headers = {}): Promise<Reply> =>
  client.post(`/v1/shows/${show}/waiting-room`, undefined, headers)

export class RoomShows {
  readonly #server: EmbeddedServer
  readonly #admin: Client

  constructor(server: EmbeddedServer, admin: Client) {
    this.#server = server
    this.#admin = admin
  }

  /** A show with a waiting room of its own. */
  async make(id: string, others: object = {}): Promise<string> {
    const made = await this.#admin.post('/v1/admin/shows', {
      id,
      concertId: 'demo',
      venueId: 'riethsporthalle',
      prices: { VIP: 3, 'Kategorie I': 2, 'Kategorie II': 1 },
      hasWaitingRoom: true,
      startsAt: '2090-01-01T00:00:00Z',
      opensAt: '2020-01-01T00:00:00Z',
      closesAt: '2090-01-01T00:00:00Z',
      ...others,
    })
    if (made.status !== 201) throw new Error(JSON.stringify(made.body))
    return id
  }

  configure(show: string, some: object = {}): Promise<Reply> {
    return this.send(this.#admin, 'PUT', inletOf(show), { ...inletSettings, ...some })
  }

  send(
    client: Client,
    method: 'PUT' | 'DELETE',
    url: string,
    payload?: object,
    headers = {},
  ): Promise<Reply> {
    return this.#server.send({
      method,
      url,
      headers: { authorization: client.authorization, ...headers },
      ...(payload && { payload }),
    })
  }
}
