// What is said between `npm run stack` and the process that a stack lives in.
import type { StackStatus } from './status.ts'

export interface Orders {
  /** The stack's folder. */
  readonly path: string
  readonly port: number
  /** Of every app server. */
  readonly settings: Readonly<Record<string, string>>
}

/** How the start went. */
export type Report = { readonly up: StackStatus } | { readonly failed: string }

/** In the stack's folder. */
export const controlSocket = 'control'
