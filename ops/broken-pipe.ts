// For commands whose output goes through a pipe.

/** As a shell says of what SIGPIPE ended: `| head` has read enough, and nobody is left to tell anything. */
const exitCodeOfBrokenPipe = 141

export function endWhereNobodyReads(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(exitCodeOfBrokenPipe)
    throw error
  })
}
