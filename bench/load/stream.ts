// An event stream that is read and thrown away.
import { connect, type Socket } from 'node:net'

/** Once its first event of this name has come. */
export function openStream(port: number, request: string, event: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(request))
    const seen = (chunk: Buffer) => {
      if (!chunk.includes(`event: ${event}`)) return
      socket.off('data', seen)
      socket.on('data', () => {})
      resolve(socket)
    }
    socket.on('data', seen)
    socket.once('error', reject)
  })
}
