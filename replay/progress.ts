// How far long work has come, on the error stream, and only where somebody watches.
import { Presets, SingleBar } from 'cli-progress'

export interface Progress {
  /** @param total 0 where nobody knows */
  begin(what: string, total: number): void
  add(count: number): void
  end(): void
}

export const silent: Progress = { begin() {}, add() {}, end() {} }

export function progressOn(stream: NodeJS.WritableStream & { readonly isTTY?: boolean }): Progress {
  if (!stream.isTTY) return silent
  const bar = new SingleBar(
    {
      stream,
      clearOnComplete: true,
      hideCursor: true,
      etaBuffer: 100,
      format: '{what} {bar} {percentage} % · {value} of {total} · {eta_formatted} left',
    },
    Presets.shades_classic,
  )
  return {
    begin: (what, total) => bar.start(total, 0, { what }),
    add: (count) => bar.increment(count),
    end: () => bar.stop(),
  }
}
