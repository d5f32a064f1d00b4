export default {
  extensions: ['ts'],
  files: ['test/**/*.test.ts', '!test/faults/**'],
  timeout: '120s',
}
