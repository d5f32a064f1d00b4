// `npm run soak -- --minutes 60`: reads how long, before any server is started for it.
import { commandLine, misused } from './command-line.ts'

const usage = `npm run soak -- [--minutes N]

  a sale under load with a fault every few seconds, on servers of its own, and the auditor at the end; 60 minutes where nothing is said`

const { values } = commandLine(usage, { options: { minutes: { type: 'string', default: '60' } } })
const { minutes } = values
if (!/^[1-9]\d{0,3}$/.test(minutes)) misused(usage, '--minutes is a whole number from 1 to 9999.')

const test = ['--config', 'faults.config.js', 'test/faults/soak/soak.test.ts', '--', '--minutes', minutes]
process.argv.splice(2, Number.POSITIVE_INFINITY, ...test)
await import('./test.ts')
