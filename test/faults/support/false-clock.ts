// Clocks of app servers that are wrong: libfaketime between the process and its system.
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { canInstall, installPackages } from '../../../ops/servers/install.ts'

const folder = '/usr/lib'

/** The environment of a process whose clock is off by so much; its monotonic counter stays right. */
export const falseClock = (library: string, offsetSeconds: number): Record<string, string> => ({
  LD_PRELOAD: library,
  FAKETIME: `${offsetSeconds < 0 ? '' : '+'}${offsetSeconds}s`,
  FAKETIME_DONT_FAKE_MONOTONIC: '1',
})

/** Where libfaketime is, which is installed on Debian as root; null where it can't be had. */
export async function libfaketime(): Promise<string | null> {
  const found = findLibrary()
  if (found !== null || !canInstall()) return found
  await installPackages(['libfaketime'])
  return findLibrary()
}

function findLibrary(): string | null {
  if (!existsSync(folder)) return null
  const places = readdirSync(folder).map((each) => join(folder, each, 'faketime/libfaketime.so.1'))
  return places.find((each) => existsSync(each)) ?? null
}
