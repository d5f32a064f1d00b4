// The seed of this run's random tests: another one each time, unless TEST_SEED says which. CI derives it from the tree that
// it checks, so that each change is tried with other values, and the same tree comes out the same.
import { randomInt } from 'node:crypto'

const { TEST_SEED } = process.env

export const runSeed: number = TEST_SEED === undefined ? randomInt(2 ** 31) : Number(TEST_SEED)
