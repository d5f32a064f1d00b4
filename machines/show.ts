// Whether a show sells. A machine of its own, so that stopping a sale stands in the journal between the
// reservations that it let through and those that it refused.
import { setup } from 'xstate'

export type ShowEvent = {
  readonly type: 'pause' | 'resume' | 'park'
  readonly acceptedAt: number
  readonly decidedAt: number
}

const show = setup({
  types: { context: {} as Record<string, never>, events: {} as ShowEvent },
  actions: {
    refuse: (_, _params: { code: string }) => {},
    announce: (_, _params: { topic: string }) => {},
  },
})

const refuse = (code: string) => ({ type: 'refuse', params: { code } }) as const
const announce = (topic: string) => ({ type: 'announce', params: { topic } }) as const

export const showV1 = show.createMachine({
  id: 'show',
  context: {},
  initial: 'open',
  states: {
    open: {
      on: {
        pause: { target: 'paused', actions: announce('show.paused') },
        resume: { actions: refuse('invalid_state') },
        park: { actions: refuse('parked') },
      },
    },
    paused: {
      on: {
        pause: { actions: refuse('invalid_state') },
        resume: { target: 'open', actions: announce('show.resumed') },
        park: { actions: refuse('parked') },
      },
    },
  },
})
