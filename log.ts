// The operator's log: one JSON object a line. Errors keep their stack; requests are not logged, and no body or header is.
import { type Logger, pino } from 'pino'

/** Whoever reads the log may go away: then it is lost, and nothing waits for them or falls over it. */
export function createLog(level: string): Logger {
  process.stdout.on('error', () => {})
  const serializers = { err: pino.stdSerializers.err, error: pino.stdSerializers.err }
  return pino({ level, serializers }, process.stdout)
}
