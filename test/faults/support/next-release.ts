// The release after this one, in a folder of its own: the files that the image has, and one more version of the reservation's
// machine. Its rules are the same, so that the auditor needs no others; its definition is not.
import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PrivateFolder } from '../../../ops/servers/folder.ts'

const root = join(import.meta.dirname, '../../..')

export const nextMachine = 'reservation@2'

export interface Release {
  /** What its app servers run. */
  readonly main: string
  remove(): Promise<void>
}

export function nextRelease(): Release {
  const folder = new PrivateFolder('release')
  for (const path of filesOfImage()) cpSync(join(root, path), folder.join(path), { recursive: true })
  symlinkSync(join(root, 'node_modules'), folder.join('node_modules'))
  const edit = (from: string, to: string, changes: Readonly<Record<string, string>>) =>
    writeFileSync(folder.join(to), edited(readFileSync(folder.join(from), 'utf8'), changes))
  edit('machines/reservation.ts', 'machines/reservation-2.ts', {
    'reservationV1 =': 'reservationV2 =',
    "id: 'reservation',": "id: 'reservation', description: 'The version of the next release.',",
  })
  edit('machines/registry.ts', 'machines/registry.ts', {
    "import { showV1 } from './show.ts'":
      "import { reservationV2 } from './reservation-2.ts'\nimport { showV1 } from './show.ts'",
    'registry: readonly RegisteredMachine[] = [':
      "registry: readonly RegisteredMachine[] = [\n  { name: 'reservation', version: 2, machine: reservationV2 },",
  })
  return { main: folder.join('main.ts'), remove: () => folder.remove() }
}

const filesOfImage = (): string[] =>
  readFileSync(join(root, 'ops/Dockerfile.dockerignore'), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('!'))
    .map((line) => line.slice(1))

/** @throws {Error} where a text is not there exactly once */
function edited(text: string, changes: Readonly<Record<string, string>>): string {
  let result = text
  for (const [before, after] of Object.entries(changes)) {
    const parts = result.split(before)
    if (parts.length !== 2) throw new Error(`“${before}” is there ${parts.length - 1} times`)
    result = parts.join(after)
  }
  return result
}
