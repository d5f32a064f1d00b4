// `npm run test:faults`: faults on whole servers, one after the other, since each of them wants the machine to itself.
export default {
  extensions: ['ts'],
  files: ['test/faults/**/*.test.ts'],
  concurrency: 1,
  serial: true,
  timeout: '10m',
}
