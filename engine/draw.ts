// The arithmetic of the lottery, for the server that draws and for anybody who checks: from a seed and a closed crowd to
// everybody's lot. Every byte of it is described in docs/WAITING-ROOM.md; a change is another algorithm, under another name.
import { hash } from 'node:crypto'
import { assert } from './failures.ts'
import type { ClosedCrowd } from './waiting-room-ports.ts'

export const drawAlgorithm = 'holdfast-draw-1' as const

/** Of a crowd; a number and its lot share one double on Redis, half of its bits each. */
export const crowdMax = 2 ** 26 - 1

export const seedHashOf = (seed: string): string => hash('sha256', seed)

/** One line a person, by number; the crowd's digest is SHA-256 over all of them. */
export const crowdLine = (number: number, userId: string): string => `${number} ${userId}\n`

/** `lots[number]`, for each number of the crowd; `lots[0]` means nothing. */
export type Lots = Uint32Array

/**
 * Fisher and Yates's shuffle of the numbers, fed by SHA-256 in counter mode: every order is as likely as any other, if the
 * seed is random.
 * @param giveWay lets others work; called now and then
 */
export async function drawLots(
  seed: string,
  { through, digest }: Pick<ClosedCrowd, 'through' | 'digest'>,
  giveWay: () => Promise<void>,
): Promise<Lots> {
  assert(through <= crowdMax, `a crowd of ${through} can be drawn`)
  const below = randomBelow(hash('sha256', `${drawAlgorithm}\n${seed}\n${digest}\n${through}\n`, 'buffer'))
  const order = Uint32Array.from({ length: through }, (_, index) => index + 1)
  for (let last = through; last > 1; last--) {
    const chosen = below(last)
    const number = order[chosen] as number
    order[chosen] = order[last - 1] as number
    order[last - 1] = number
    if (last % numbersAtOnce === 0) await giveWay()
  }
  const lots = new Uint32Array(through + 1)
  for (const [index, number] of order.entries()) lots[number] = index + 1
  return lots
}

const numbersAtOnce = 20_000
const wordsPerBlock = 8
const words = 2 ** 32

/** Each call a whole number from 0 to below `bound`, none more likely than another: words that would be are passed over. */
function randomBelow(key: Buffer): (bound: number) => number {
  const input = Buffer.concat([key, Buffer.alloc(4)])
  let block = Buffer.alloc(0)
  let word = wordsPerBlock
  let blocks = 0
  const next = (): number => {
    if (word === wordsPerBlock) {
      input.writeUInt32BE(blocks++, key.length)
      block = hash('sha256', input, 'buffer')
      word = 0
    }
    return block.readUInt32BE(4 * word++)
  }
  return (bound) => {
    const fair = words - (words % bound)
    for (;;) {
      const drawn = next()
      if (drawn < fair) return drawn % bound
    }
  }
}
