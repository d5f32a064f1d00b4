// `holdfast verify-draw PROOF`: anybody checks a waiting room's lottery, with nothing but what its proof route answers.
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { parseArgs } from 'node:util'
import { Type } from 'typebox'
import { Compile } from 'typebox/compile'
import { crowdMax, drawAlgorithm, drawLots, seedHashOf } from '../engine/draw.ts'
import { needFile } from '../ops/command-line.ts'
import type { Surroundings } from './main.ts'
import { shown } from './terminal.ts'

const usage = `Usage: holdfast verify-draw PROOF [--number N] [--lot L] [--seed-hash HASH] [--crowd FILE]

PROOF is the address of a show's proof, as in https://…/v1/shows/SHOW/waiting-room/proof, or a file with its answer, or - for
what comes in. Computes the draw anew and says whether it is what was published.

  --number N         what was drawn for this number, as it was given on joining
  --lot L            the lot that the waiting room told for it
  --seed-hash HASH   the hash as you noted it before the sale opened
  --crowd FILE       the list of numbers and users, where the organiser has handed it out

Ends with 0 where all holds, 1 where something does not, 2 where nothing could be checked, 3 where nothing has been drawn yet.`

const Digest = Type.String({ pattern: '^[0-9a-f]{64}$' })
const Proof = Compile(
  Type.Object({
    showId: Type.String(),
    algorithm: Type.String(),
    seedHash: Digest,
    seed: Type.Union([Type.Null(), Digest]),
    crowd: Type.Union([
      Type.Null(),
      Type.Object({
        through: Type.Integer({ minimum: 0, maximum: crowdMax }),
        members: Type.Integer({ minimum: 0 }),
        digest: Digest,
      }),
    ]),
    drawn: Type.Optional(Type.Object({ number: Type.Integer(), lot: Type.Integer() })),
  }),
)

interface Finding {
  readonly holds: boolean
  readonly sentence: string
}

const exitCodes = { holds: 0, broken: 1, unchecked: 2, undrawn: 3 } as const

/** @returns the exit code */
export async function verifyDraw(args: string[], { stdin, stdout, stderr }: Surroundings): Promise<number> {
  try {
    const wish = given(args)
    if (wish === null) {
      stdout.write(`${usage}\n`)
      return exitCodes.holds
    }
    const proof = await readProof(wish.from, wish.number, stdin)
    const findings = await examine(proof, wish)
    for (const { holds, sentence } of findings) stdout.write(`${holds ? 'holds ' : 'BROKEN'}  ${sentence}\n`)
    if (!isDrawn(proof))
      stdout.write(`Nothing has been drawn yet. Note the hash that was committed to: ${proof.seedHash}\n`)
    if (!findings.every(({ holds }) => holds)) return exitCodes.broken
    return isDrawn(proof) ? exitCodes.holds : exitCodes.undrawn
  } catch (error) {
    stderr.write(`${(error as Error).message.split('\n').map(shown).join('\n')}\n`)
    return exitCodes.unchecked
  }
}

interface Given {
  readonly number: number | undefined
  readonly lot: number | undefined
  readonly seedHash: string | undefined
  readonly crowd: string | undefined
}

/** Null where somebody asks for help. */
function given(args: string[]): (Given & { readonly from: string }) | null {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      number: { type: 'string' },
      lot: { type: 'string' },
      'seed-hash': { type: 'string' },
      crowd: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  })
  if (values.help) return null
  const [from] = positionals
  if (from === undefined || positionals.length > 1) throw new Error(usage)
  if (values.lot !== undefined && values.number === undefined) throw new Error('--lot wants a --number.')
  return {
    from,
    seedHash: values['seed-hash']?.toLowerCase(),
    crowd: values.crowd,
    number: wholeNumber('--number', values.number),
    lot: wholeNumber('--lot', values.lot),
  }
}

function wholeNumber(option: string, value: string | undefined): number | undefined {
  if (value === undefined) return undefined
  if (!/^[1-9]\d{0,8}$/.test(value)) throw new Error(`${option} is a whole number from 1.`)
  return Number(value)
}

async function readProof(from: string, number: number | undefined, stdin: NodeJS.ReadableStream) {
  const answer = await answerFrom(from, number, stdin)
  const proof: unknown = parsed(answer)
  if (!Proof.Check(proof)) throw new Error(`${from} holds no proof of a draw.`)
  if (proof.algorithm !== drawAlgorithm)
    throw new Error(`This release checks ${drawAlgorithm}, and the draw was by ${proof.algorithm}.`)
  return proof
}

async function answerFrom(
  from: string,
  number: number | undefined,
  stdin: NodeJS.ReadableStream,
): Promise<string> {
  if (from === '-') return text(stdin)
  if (!/^https?:/.test(from)) {
    needFile(from)
    return readFile(from, 'utf8')
  }
  if (!URL.canParse(from)) throw new Error(`${from} is no address.`)
  const address = new URL(from)
  if (number !== undefined) address.searchParams.set('number', String(number))
  const { ok, status, body } = await fetched(address)
  if (ok) return body
  const { detail } = (parsed(body) ?? {}) as { detail?: unknown }
  throw new Error(`${from} answers ${status}${detail === undefined ? '.' : `: ${detail}`}`)
}

async function fetched(address: URL): Promise<{ ok: boolean; status: number; body: string }> {
  try {
    const answer = await fetch(address)
    return { ok: answer.ok, status: answer.status, body: await answer.text() }
  } catch (error) {
    const { message, cause = {} } = error as Error & { cause?: { message?: string; code?: string } }
    throw new Error(`${address} can't be reached: ${cause.message || cause.code || message}.`)
  }
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return null
  }
}

type Proof = Awaited<ReturnType<typeof readProof>>

const isDrawn = ({ seed, crowd }: Proof): boolean => seed !== null && crowd !== null

async function examine(proof: Proof, { number, lot, seedHash, crowd: list }: Given): Promise<Finding[]> {
  const noted: Finding[] =
    seedHash === undefined
      ? []
      : [{ holds: seedHash === proof.seedHash, sentence: 'The hash is the one that was noted before.' }]
  const { seed, crowd } = proof
  if (seed === null || crowd === null) return noted
  const lots = await drawLots(seed, crowd, async () => {})
  return [
    ...noted,
    { holds: seedHashOf(seed) === proof.seedHash, sentence: 'The seed is the one that was committed to.' },
    ...(list === undefined ? [] : await examineList(list, crowd)),
    ...(number === undefined ? [] : [examineNumber(number, lot, proof, lots[number])]),
  ]
}

function examineNumber(
  number: number,
  lot: number | undefined,
  { crowd, drawn }: Proof,
  computed: number | undefined,
): Finding {
  if (computed === undefined)
    return { holds: false, sentence: `Lots were drawn for the numbers 1 to ${crowd?.through}.` }
  const published = drawn?.number === number ? drawn.lot : computed
  const holds = (lot ?? computed) === computed && published === computed
  const otherwise = holds ? '' : `, and ${lot ?? published} was told`
  return { holds, sentence: `Number ${number} drew lot ${computed}${otherwise}.` }
}

async function examineList(
  path: string,
  { members, digest }: NonNullable<Proof['crowd']>,
): Promise<Finding[]> {
  needFile(path)
  const list = await readFile(path)
  const lines = list.toString('latin1').split('\n').length - 1
  return [
    {
      holds: createHash('sha256').update(list).digest('hex') === digest && lines === members,
      sentence: `The list of ${members} people is the one that was drawn.`,
    },
  ]
}
