// Which servers live, what each can run, and what it is subscribed to. One that was silent for long is forgotten.
import type { Servers } from '../../engine/ports.ts'
import type { Database } from './connect.ts'

const forgottenAfterMs = 60_000

export const servers = ({ queries }: Database): Servers => ({
  async report({ server, partitions, machines }, at) {
    const row = { id: server, partitions: partitions.join(), machines: machines.join(), seen_at: at }
    await queries('servers').insert(row).onConflict('id').merge()
    await queries('servers')
      .where('seen_at', '<', at - forgottenAfterMs)
      .delete()
  },

  async leave(server) {
    await queries('servers').where({ id: server }).delete()
  },

  async live(since) {
    const rows = await queries('servers').where('seen_at', '>=', since).orderBy('id')
    return rows.map(({ id, partitions, machines }) => ({
      server: id,
      partitions: listOf(partitions).map(Number),
      machines: listOf(machines ?? ''), // a server of a release that did not tell them
    }))
  },
})

const listOf = (joined: string): string[] => (joined === '' ? [] : joined.split(','))
