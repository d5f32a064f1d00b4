// The app servers of a deployment as a load balancer sees them: started, taken out, killed and frozen one by one.
import { once } from 'node:events'
import type { DeployedServer, Deployment } from '../../support/deployment.ts'

export class AppServers {
  readonly #deployment: Deployment
  readonly #settingsOf: (place: number) => Record<string, string>
  #places: number
  #taken: readonly DeployedServer[] = []

  /** @param settingsOf each server, by its place: the `first` ones have theirs, and whoever comes later gets the next */
  constructor(
    deployment: Deployment,
    settingsOf: (place: number) => Record<string, string>,
    first: readonly DeployedServer[],
  ) {
    this.#deployment = deployment
    this.#settingsOf = settingsOf
    this.#places = first.length
    this.#taken = first
  }

  /** Those that requests go to. */
  get all(): readonly DeployedServer[] {
    return this.#taken
  }

  async start(): Promise<DeployedServer> {
    const server = await this.#deployment.start(this.#settingsOf(this.#places++))
    this.#taken = [...this.#taken, server]
    return server
  }

  /** From here on no new request goes to it. */
  takeOut(server: DeployedServer): void {
    this.#taken = this.#taken.filter((each) => each !== server)
  }

  putBack(server: DeployedServer): void {
    this.#taken = [...this.#taken, server]
  }

  /** Without a warning to anybody: requests go to it until it is gone. */
  async kill(server: DeployedServer): Promise<void> {
    const gone = once(server.child, 'exit')
    server.child.kill('SIGKILL')
    await gone
    this.takeOut(server)
  }

  /** @throws {Error} where no server has this name */
  named(name: string | undefined): DeployedServer {
    const found = this.#taken.find((each) => each.name === name)
    if (found === undefined) throw new Error(`no app server has the name ${name}`)
    return found
  }
}
