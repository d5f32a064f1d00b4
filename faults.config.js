// `npm run test:faults`: faults on whole servers, one after the other, since each of them wants the machine to itself; and
// `npm run soak`, which lasts as long as one says.
const isSoak = process.argv.some((argument) => argument.startsWith('test/faults/soak'))

export default {
  extensions: ['ts'],
  files: ['test/faults/**/*.test.ts', ...(isSoak ? [] : ['!test/faults/soak/**'])],
  concurrency: 1,
  serial: true,
  timeout: '10m',
}
