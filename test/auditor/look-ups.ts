// I8, look-ups: whoever names a commit point is shown all that was committed by then.
import type { Evidence, Violation } from './evidence.ts'

export const auditLookUps = ({ clients }: Evidence): Violation[] =>
  (clients.lookUps ?? []).flatMap(({ showId, known, seen, at }) =>
    seen >= known
      ? []
      : [
          {
            invariant: 'I8' as const,
            what: `revision ${known} was committed, a look-up that named a later commit showed ${seen} at ${at}`,
            where: showId,
          },
        ],
  )
