// I7: what was confirmed to one client before another command was sent stands earlier in the show's journal.
import { askedFor } from './commands.ts'
import type { Evidence, RequestEvidence, Violation } from './evidence.ts'
import type { ShowHistory } from './history.ts'

interface Placed {
  readonly commandId: string
  readonly position: number
  /** Of the first request for it. */
  readonly sentAt: number
  /** Of its first confirmation; never, where it was not told. */
  readonly confirmedAt: number
}

export function auditOrder({ clients }: Evidence, histories: ReadonlyMap<string, ShowHistory>): Violation[] {
  const violations: Violation[] = []
  const ofShows = Map.groupBy(clients.requests, ({ showId }) => showId)
  for (const [showId, requests] of ofShows) {
    const history = histories.get(showId)
    if (!history) continue
    const placed = place(requests, history)
    const confirmed = [...placed].sort((a, b) => a.confirmedAt - b.confirmedAt)
    let next = 0
    let last: Placed | null = null
    for (const command of placed.sort((a, b) => a.sentAt - b.sentAt)) {
      for (; (confirmed[next]?.confirmedAt ?? Number.POSITIVE_INFINITY) < command.sentAt; next++) {
        const earlier = confirmed[next] as Placed
        if (last === null || earlier.position > last.position) last = earlier
      }
      if (last !== null && last.position > command.position) {
        const what = `${command.commandId} was sent after ${last.commandId} was confirmed, which stands at ${last.position}`
        violations.push({ invariant: 'I7', what, where: `${showId} #${command.position}` })
      }
    }
  }
  return violations
}

/** The commands that were told by their ids, with their places. */
function place(requests: readonly RequestEvidence[], { entries }: ShowHistory): Placed[] {
  const positions = new Map(entries.map(({ commandId, position }) => [commandId, position]))
  return [...Map.groupBy(requests, askedFor).values()].flatMap((same) => {
    const told = same.flatMap((request) =>
      'commandId' in request.told ? [{ ...request, ...request.told }] : [],
    )
    const commandId = told[0]?.commandId
    const position = commandId === undefined ? undefined : positions.get(commandId)
    if (commandId === undefined || position === undefined) return []
    const sentAt = Math.min(...same.map((request) => request.sentAt))
    const confirmedAt = Math.min(...told.map((request) => request.toldAt))
    return [{ commandId, position, sentAt, confirmedAt }]
  })
}
