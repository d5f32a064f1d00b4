// `npm run test:faults`: faults on whole servers, one after the other where they want the machine to themselves; and
// `npm run soak`, which lasts as long as one says.
const isSoak = process.argv.some((argument) => argument.startsWith('test/faults/soak'))

export default {
  extensions: ['ts'],
  files: ['test/faults/**/*.test.ts', ...(isSoak ? [] : ['!test/faults/soak/**'])],
  concurrency: 1,
  timeout: '6m',
}
