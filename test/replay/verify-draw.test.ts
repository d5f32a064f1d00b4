// Checking a draw as anybody does who has nothing but what was published.
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { Readable, Writable } from 'node:stream'
import test from 'ava'
import { seedHashOf } from '../../engine/draw.ts'
import { verifyDraw } from '../../replay/verify-draw.ts'
import { digestOf, shuffled } from '../support/shuffle.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const seed = '5e'.repeat(32)
const people = [
  [1, 'ann'],
  [2, 'ben'],
  [4, 'cat'],
] as const
const crowd = { through: 4, members: 3, digest: digestOf(people) }
const proof = {
  showId: 'show',
  algorithm: 'holdfast-draw-1',
  seedHash: seedHashOf(seed),
  seed,
  crowd,
  committedAt: '2030-01-01T00:00:00.000Z',
  drawnAt: '2030-01-02T00:00:00.000Z',
}
const undrawn = { ...proof, seed: null, crowd: null }
const lots = shuffled(seed, crowd.digest, crowd.through)
const lotOfTwo = lots.get(2) ?? 0
const anotherLot = (lotOfTwo % crowd.through) + 1

async function verify(typed: unknown, ...args: string[]) {
  let [stdout, stderr] = ['', '']
  const heard = (hear: (text: string) => void) =>
    new Writable({
      write(chunk, _, done) {
        hear(String(chunk))
        done()
      },
    })
  const code = await verifyDraw(args, {
    environment: {},
    stdin: Readable.from([JSON.stringify(typed)]),
    stdout: heard((text) => {
      stdout += text
    }),
    stderr: heard((text) => {
      stderr += text
    }),
  })
  return { code, stdout, stderr }
}

test('what was published holds, for the draw and for one number', async (t) => {
  const { code, stdout } = await verify(proof, '-', '--number', '2', '--lot', String(lotOfTwo))
  t.is(code, 0, stdout)
  t.regex(stdout, new RegExp(`Number 2 drew lot ${lotOfTwo}\\.`))
  t.is((await verify(proof, '-', '--seed-hash', proof.seedHash.toUpperCase())).code, 0)
})

for (const [what, forged, args] of [
  ['another seed', { ...proof, seed: '5f'.repeat(32) }, []],
  ['another hash than the one that was noted', proof, ['--seed-hash', '00'.repeat(32)]],
  ['a lot that was not drawn', proof, ['--number', '2', '--lot', String(anotherLot)]],
  ['a lot told by the server', { ...proof, drawn: { number: 2, lot: anotherLot } }, ['--number', '2']],
  ['a number that was not in the crowd', proof, ['--number', '5']],
  [
    'another hash than the one that was noted before a draw that has yet to be',
    undrawn,
    ['--seed-hash', '00'.repeat(32)],
  ],
] as const)
  test(`${what} does not hold`, async (t) => {
    const { code, stdout } = await verify(forged, '-', ...args)
    t.is(code, 1)
    t.regex(stdout, /^BROKEN/m)
  })

test('before the draw it tells the hash to note, and that nothing has been drawn yet', async (t) => {
  const { code, stdout } = await verify(undrawn, '-', '--number', '2')
  t.is(code, 3)
  t.is(stdout, `Nothing has been drawn yet. Note the hash that was committed to: ${proof.seedHash}\n`)
  const noted = await verify(undrawn, '-', '--seed-hash', proof.seedHash)
  t.is(noted.code, 3)
  t.regex(noted.stdout, /^holds .*\nNothing has been drawn yet\./)
})

test('whoever asks for help is told how to ask', async (t) => {
  const { code, stdout, stderr } = await verify(null, '--help')
  t.is(code, 0)
  t.is(stderr, '')
  t.regex(stdout, /^Usage: holdfast verify-draw PROOF .*\n\nPROOF is the address/)
})

test('a crowd that was changed afterwards gives another draw', async (t) => {
  const changed = { ...proof, crowd: { ...crowd, digest: digestOf([[1, 'eve'], ...people.slice(1)]) } }
  const told = await Promise.all(
    [1, 2, 3, 4].map((number) =>
      verify(changed, '-', '--number', String(number), '--lot', String(lots.get(number))),
    ),
  )
  t.true(told.some(({ code }) => code === 1))
})

test('the list of people is checked where it was handed out', async (t) => {
  const folder = await temporaryFolder(t)
  const file = join(folder, 'crowd.txt')
  await writeFile(file, people.map(([number, user]) => `${number} ${user}\n`).join(''))
  t.is((await verify(proof, '-', '--crowd', file)).code, 0)
  await writeFile(file, '1 ann\n2 eve\n4 cat\n')
  t.is((await verify(proof, '-', '--crowd', file)).code, 1)
})

test('the proof is fetched from its address, or read from a file', async (t) => {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(request.url ?? '')
    response.statusCode = request.url?.includes('nothing') ? 404 : 200
    response.end(JSON.stringify(response.statusCode === 404 ? { detail: 'No lottery.' } : proof))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  t.is((await verify(null, `${address}/proof`, '--number', '2')).code, 0)
  t.deepEqual(asked, ['/proof?number=2'])
  const refused = await verify(null, `${address}/nothing`)
  t.is(refused.code, 2)
  t.regex(refused.stderr, /answers 404: No lottery\./)

  const file = join(await temporaryFolder(t), 'proof.json')
  await writeFile(file, JSON.stringify(proof))
  t.is((await verify(null, file)).code, 0)
})

for (const [what, typed, args, says] of [
  ['nothing', null, [], /Usage/],
  ['an unknown option', proof, ['-', '--seed', 'x'], /--seed/],
  ['a number that is none', proof, ['-', '--number', '1e3'], /--number is a whole number/],
  ['a lot without a number', proof, ['-', '--lot', '3'], /--lot wants a --number/],
  ['a file that is not there', null, ['no-such-file'], /no-such-file/],
  ['an address that is none', null, ['https:'], /^https: is no address\.\n$/],
  [
    'an address where nobody answers',
    null,
    ['http://127.0.0.1:2/proof'],
    /^http:\/\/127\.0\.0\.1:2\/proof can't be reached: .*ECONNREFUSED.*\.\n$/,
  ],
  ['something else', { hello: 1 }, ['-'], /no proof/],
  ['a seed of another form', { ...proof, seed: 'short' }, ['-'], /no proof/],
  ['a crowd beyond all bounds', { ...proof, crowd: { ...crowd, through: 2 ** 40 } }, ['-'], /no proof/],
  ['another algorithm', { ...proof, algorithm: 'dice' }, ['-'], /dice/],
] as const)
  test(`given ${what} it says what it wants`, async (t) => {
    const { code, stderr } = await verify(typed, ...args)
    t.is(code, 2)
    t.regex(stderr, says)
  })
