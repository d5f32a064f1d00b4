// How somebody gets past a waiting room: joins, holds on to the token or loses it, asks now and then, and gives up at
// some time. Writes down what was told, for the auditor.
import type { Client } from './client.ts'
import type { Notes } from './notes.ts'

const looksMax = 20

export class Waiting {
  readonly #client: Client
  readonly #notes: Notes
  readonly #tokens = new Map<string, string>()

  constructor(client: Client, notes: Notes) {
    this.#client = client
    this.#notes = notes
  }

  /** The token that opens the door; undefined where it stayed closed. */
  async enter(showId: string): Promise<string | undefined> {
    const { userId, random } = this.#client
    if (random.chance(0.05)) this.#tokens.delete(showId)
    const held = this.#tokens.get(showId)
    const joined = await this.#look(showId, held !== undefined, ({ waitingRoom }) =>
      waitingRoom.join(showId, userId, held),
    )
    if (joined === null) return undefined
    const token = joined.queueToken
    this.#tokens.set(showId, token)
    if (joined.state === 'admitted') return token
    for (let look = 0; look < looksMax; look++) {
      await this.#client.sleep(random.between(200, 3_000))
      const place = await this.#look(showId, true, async ({ waitingRoom }) =>
        waitingRoom.view(await waitingRoom.find(userId, token)),
      )
      if (place?.state === 'admitted') return token
      if (place?.state === 'expired' || place?.state === 'left') break
      if (random.chance(0.01)) return void (await this.#leave(showId, token))
    }
    this.#tokens.delete(showId)
    return undefined
  }

  async #leave(showId: string, token: string): Promise<void> {
    const { userId } = this.#client
    this.#tokens.delete(showId)
    await this.#client.find(({ waitingRoom }) => waitingRoom.leave(userId, token).then(() => true))
  }

  async #look<Told extends { number: number; lot: number | null; position: number | null; state: string }>(
    showId: string,
    hasToken: boolean,
    work: Parameters<Client['ask']>[0] extends (app: infer App) => unknown
      ? (app: App) => Promise<Told>
      : never,
  ): Promise<Told | null> {
    const { userId } = this.#client
    const sentAt = this.#client.now
    const told = await this.#client.find(work)
    if (told === null) return null
    const { number, lot, position, state } = told
    const toldAt = this.#client.now
    this.#notes.place({ showId, userId, number, lot, position, state, hasToken, sentAt, toldAt })
    return told
  }
}
