// `npm test`: all but the faults on whole servers, and but the simulated evenings, which take all cores and come after the
// rest, for there some want an answer in time. Who names one of them gets it.
const areEveningsNamed = process.argv.some((argument) => argument.startsWith('test/simulation'))

export default {
  extensions: ['ts'],
  files: [
    ...['test/**/*.test.ts', '!test/faults/**'],
    ...(areEveningsNamed ? [] : ['!test/simulation/simulation.test.ts', '!test/simulation/planted.test.ts']),
  ],
  timeout: '5m',
}
