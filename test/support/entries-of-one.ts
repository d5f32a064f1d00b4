// A reservation's entries, of the events that it got.
import type { JournalEntry } from '../../engine/journal.ts'
import { type MachineEvent, step } from '../../engine/step.ts'
import { type RegisteredMachine, registry } from '../../machines/registry.ts'

const machine = registry[0] as RegisteredMachine

/** Entries as the engine would write them for one reservation. */
export function entriesOf(events: readonly MachineEvent[]): JournalEntry[] {
  let before: { state: string; context: unknown } | null = null
  return events.map((event, index) => {
    const after = step(machine, before, event)
    const from = before?.state ?? 'queued'
    before = after
    const { acceptedAt, decidedAt } = event as unknown as JournalEntry
    return {
      showId: 'show',
      position: index + 1,
      commandId: `c${index}`,
      subjectId: 'r',
      seq: index + 1,
      userId: 'ann',
      fingerprint: '',
      machine: 'reservation@1',
      event,
      verdicts: after.verdicts,
      outcome: event.type === 'park' ? 'parked' : after.outcome,
      code: after.code,
      from,
      to: after.state,
      effects: after.effects,
      acceptedAt,
      decidedAt,
      partition: 0,
      epoch: 1,
      delivery: 1,
    }
  })
}
