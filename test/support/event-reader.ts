// Reads server-sent events as a page does: with fetch, one after the other.
export interface ReadEvent {
  readonly event: string
  readonly id: string | null
  // biome-ignore lint/suspicious/noExplicitAny: a test looks into events of every kind
  readonly data: any
}

export interface EventReader {
  readonly status: number
  readonly headers: Headers
  /** The next event, passing over heartbeats; null once the stream has ended. */
  next(): Promise<ReadEvent | null>
  close(): void
}

export async function readEvents(url: string, headers: Record<string, string>): Promise<EventReader> {
  const closing = new AbortController()
  const response = await fetch(url, { headers, signal: closing.signal })
  const frames = framesOf(response)
  return {
    status: response.status,
    headers: response.headers,
    async next() {
      const { value, done } = await frames.next()
      return done ? null : value
    },
    close: () => closing.abort(),
  }
}

async function* framesOf({ body }: Response): AsyncGenerator<ReadEvent, undefined> {
  if (body === null) return
  let text = ''
  for await (const chunk of body.pipeThrough(new TextDecoderStream())) {
    const frames = (text + chunk).split('\n\n')
    text = frames.pop() ?? ''
    for (const frame of frames) if (!frame.startsWith(':')) yield eventOf(frame)
  }
}

function eventOf(frame: string): ReadEvent {
  const fields = new Map(frame.split('\n').map((line) => line.split(/: (.*)/s) as [string, string]))
  return {
    event: fields.get('event') ?? 'message',
    id: fields.get('id') ?? null,
    data: JSON.parse(fields.get('data') ?? 'null'),
  }
}
