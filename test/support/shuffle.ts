// The draw once more, written from docs/WAITING-ROOM.md alone, to check the one that runs.
import { createHash } from 'node:crypto'

const sha256 = (bytes: string | Buffer): Buffer => createHash('sha256').update(bytes).digest()

/** From number to lot. */
export function shuffled(seed: string, digest: string, through: number): Map<number, number> {
  const key = sha256(`holdfast-draw-1\n${seed}\n${digest}\n${through}\n`)
  const words = wordsOf(key)
  const order = Array.from({ length: through }, (_, index) => index + 1)
  for (let last = through; last >= 2; last--) {
    let word = words.next().value as number
    while (word >= 2 ** 32 - (2 ** 32 % last)) word = words.next().value as number
    const chosen = word % last
    const [a, b] = [order[chosen] as number, order[last - 1] as number]
    order[chosen] = b
    order[last - 1] = a
  }
  return new Map(order.map((number, index) => [number, index + 1]))
}

function* wordsOf(key: Buffer): Generator<number> {
  for (let counter = 0; ; counter++) {
    const block = sha256(
      Buffer.concat([key, Buffer.from([counter >>> 24, counter >>> 16, counter >>> 8, counter])]),
    )
    for (let at = 0; at < block.length; at += 4) yield block.readUInt32BE(at)
  }
}

/** Of a crowd as the master keeps it. */
export const digestOf = (people: readonly (readonly [number: number, userId: string])[]): string =>
  sha256(people.map(([number, userId]) => `${number} ${userId}\n`).join('')).toString('hex')
