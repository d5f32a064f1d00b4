// For what writes to the log where a test does not look.
import type { Log } from '../../engine/ports.ts'

export const silentLog: Log = { info: () => {}, warn: () => {}, error: () => {} }
