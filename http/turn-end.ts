// A commit answers hundreds of requests in one turn. Their answers are made first, and then written one after the other: each
// write may wake whoever reads, who then takes the processor from the answers that are still to be made.
import type { Socket } from 'node:net'

let corked: Socket[] = []

/** What is written to the socket from here on goes out at the end of the turn, with that of all the others. */
export function writeAtTurnEnd(socket: Socket): void {
  socket.cork()
  if (corked.push(socket) > 1) return
  process.nextTick(() => {
    const sockets = corked
    corked = []
    for (const each of sockets) each.uncork()
  })
}
