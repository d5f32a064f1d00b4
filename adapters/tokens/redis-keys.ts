// Where a show's waiting room is kept on Redis, all of it for as long as the engine says (`keepUntil`):
//   room:<show>        hash: the two counters, the policy as shown, and which process of Redis the room was opened on
//   ranges:<show>      sorted set: numbers still to be issued, "<from> <through>" by their first
//   line:<show>        sorted set: who waits, by lot
//   places:<show>      hash: everybody who does not wait (any more), see redis-room.lua
//   sessions:<show>    sorted set: who was admitted, by the end of the session; for the door and the count
//   gone:<show>        list: numbers that stopped waiting before serving reached their lots
//   unclaimed:<show>   sorted set: those who have not turned up, "<number> <user>" by the end of their sessions
// and beside the rooms
//   rooms-life         string: drawn by whoever misses a room, for a minute; gone when Redis is emptied
import type { RedisConnection } from '../redis/connection.ts'

export type RoomKeys = Readonly<
  Record<'room' | 'ranges' | 'line' | 'places' | 'sessions' | 'unclaimed' | 'gone', string>
>

/** In the order that the scripts expect. */
export const roomKeys = ({ key }: Pick<RedisConnection, 'key'>, showId: string): RoomKeys => ({
  room: key(`room:${showId}`),
  ranges: key(`ranges:${showId}`),
  line: key(`line:${showId}`),
  places: key(`places:${showId}`),
  sessions: key(`sessions:${showId}`),
  unclaimed: key(`unclaimed:${showId}`),
  gone: key(`gone:${showId}`),
})

export const lifeKey = ({ key }: Pick<RedisConnection, 'key'>): string => key('rooms-life')

/** A script of a waiting room, after what it shares with the others. */
export const roomScript = (name: string): URL[] =>
  ['redis-room', `redis-${name}`].map((file) => new URL(`./${file}.lua`, import.meta.url))
