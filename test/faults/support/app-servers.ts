// The app servers of a deployment as a load balancer sees them: started, taken out, killed and frozen one by one.
import { once } from 'node:events'
import type { DeployedServer, Deployment } from '../../support/deployment.ts'

export class AppServers {
  readonly #deployment: Deployment
  /** Of all. */
  readonly settings: Record<string, string>
  #taken: readonly DeployedServer[] = []

  constructor(deployment: Deployment, settings: Record<string, string>) {
    this.#deployment = deployment
    this.settings = settings
  }

  /** Those that requests go to. */
  get all(): readonly DeployedServer[] {
    return this.#taken
  }

  /** @param settings of this one, beside those of all */
  async start(settings: Record<string, string> = {}): Promise<DeployedServer> {
    const server = await this.#deployment.start({ ...this.settings, ...settings })
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
