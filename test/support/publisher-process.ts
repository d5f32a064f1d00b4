// A process that publishes to an embedded broker until it ends, and says how many messages were confirmed: something
// to kill, or to let run out of space.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { EmbeddedBroker } from '../../adapters/broker/embedded.ts'
import type { HoldfastError } from '../../engine/errors.ts'

export interface Progress {
  /** m1 to m<this> are confirmed. */
  readonly confirmed: number
  /** Why no more will be: what publishing and the check said. */
  readonly failed?: { code: string; details: Record<string, unknown>; check: string }
}

/** No file of the process gets larger than `fileBlocksMax` blocks of at most 1 KiB. */
export function startPublisher(path: string, fileBlocksMax: number | 'unlimited') {
  const command = `ulimit -f ${fileBlocksMax}; exec "$0" "$@"`
  const child = spawn('sh', ['-c', command, process.execPath, import.meta.filename, path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(child, 'exit')
  return {
    /** What the process says, as it goes on; ends with it. */
    async *progress(): AsyncGenerator<Progress> {
      for await (const line of createInterface(child.stdout)) yield JSON.parse(line)
      await ended
    },
    async kill(): Promise<void> {
      child.kill('SIGKILL')
      await ended
    },
  }
}

const tell = (progress: Progress): void => void process.stdout.write(`${JSON.stringify(progress)}\n`)

async function publishUntilItFails(path: string): Promise<void> {
  const broker = new EmbeddedBroker(path)
  const filling = '.'.repeat(100)
  for (let confirmed = 0; ; confirmed += 10) {
    tell({ confirmed })
    const texts = Array.from({ length: 10 }, (_, index) => `m${confirmed + index + 1}${filling}`)
    const failure = await Promise.all(texts.map((text) => broker.publish(0, Buffer.from(text)))).then(
      () => null,
      (error: HoldfastError) => error,
    )
    if (failure === null) continue
    const check = await checkUntilItFails(broker)
    tell({ confirmed, failed: { code: failure.code, details: failure.details, check } })
    return broker.close()
  }
}

/** Each check writes a little, for which there may be space left. */
async function checkUntilItFails(broker: EmbeddedBroker): Promise<string> {
  try {
    for (;;) await broker.check()
  } catch (error) {
    return (error as Error).message
  }
}

if (import.meta.main) await publishUntilItFails(process.argv[2] ?? '')
