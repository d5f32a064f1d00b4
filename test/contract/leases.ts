// What every adapter of the leases must do: one holder at a time, and an end that nobody can overlook.
import test, { type ExecutionContext } from 'ava'
import type { Leases } from '../../engine/ports.ts'

export type LeasesSetUp = (t: ExecutionContext) => Promise<Leases>

const now = Date.now()
const ttlMs = 5_000

export function leasesContract(adapter: string, setUp: LeasesSetUp): void {
  const behaviour = (sentence: string, run: (t: ExecutionContext, leases: Leases) => Promise<void>) =>
    test(`${adapter}: ${sentence}`, async (t) => {
      t.timeout(30_000)
      await run(t, await setUp(t))
    })

  behaviour('a lease has one holder', async (t, leases) => {
    const holders = Array.from({ length: 20 }, (_, index) => `server${index}`)
    const taken = await Promise.all(holders.map((holder) => leases.acquire('sweep', holder, ttlMs, now)))
    t.is(taken.filter((isTaken) => isTaken).length, 1)
  })

  behaviour('a lease ends by itself, and then others get it', async (t, leases) => {
    t.true(await leases.acquire('sweep', 'ann', ttlMs, now))
    t.false(await leases.acquire('sweep', 'ben', ttlMs, now + ttlMs - 1))
    t.true(await leases.acquire('sweep', 'ben', ttlMs, now + ttlMs))
    t.false(await leases.acquire('sweep', 'ann', ttlMs, now + ttlMs))
  })

  behaviour('its holder renews it, from the time of the renewal', async (t, leases) => {
    await leases.acquire('sweep', 'ann', ttlMs, now)
    t.true(await leases.acquire('sweep', 'ann', ttlMs, now + 3_000))
    t.false(await leases.acquire('sweep', 'ben', ttlMs, now + 3_000 + ttlMs - 1))
    t.true(await leases.acquire('sweep', 'ben', ttlMs, now + 3_000 + ttlMs))
  })

  behaviour('leases of different jobs have nothing to do with each other', async (t, leases) => {
    await leases.acquire('sweep', 'ann', ttlMs, now)
    t.true(await leases.acquire('relay', 'ben', ttlMs, now))
    await leases.release('relay', 'ben')
    t.false(await leases.acquire('sweep', 'ben', ttlMs, now))
  })

  behaviour('a lease that is released is free at once', async (t, leases) => {
    await leases.acquire('sweep', 'ann', ttlMs, now)
    await leases.release('sweep', 'ann')
    t.true(await leases.acquire('sweep', 'ben', ttlMs, now))
  })

  behaviour("a release by whoever is not the holder leaves the holder's lease", async (t, leases) => {
    await leases.acquire('sweep', 'ann', ttlMs, now)
    await leases.release('sweep', 'ben')
    t.false(await leases.acquire('sweep', 'ben', ttlMs, now))
  })

  behaviour("an expired holder's late release leaves its successor's lease", async (t, leases) => {
    await leases.acquire('sweep', 'ann', ttlMs, now)
    await leases.acquire('sweep', 'ben', ttlMs, now + ttlMs)
    await leases.release('sweep', 'ann')
    t.false(await leases.acquire('sweep', 'cat', ttlMs, now + ttlMs + 1))
    t.true(await leases.acquire('sweep', 'ben', ttlMs, now + ttlMs + 1))
  })

  behaviour('releasing what nobody holds does nothing', async (t, leases) => {
    await t.notThrowsAsync(leases.release('sweep', 'ann'))
    t.true(await leases.acquire('sweep', 'ben', ttlMs, now))
  })
}
