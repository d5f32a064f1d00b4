import test from 'ava'
import { RecentlyUsed } from '../../engine/recently-used.ts'

const numbers = (from: number, through: number) =>
  Array.from({ length: through - from + 1 }, (_, index) => String(from + index))

test('the latest half is there for certain, and never more than the most', (t) => {
  const recent = new RecentlyUsed<string>(10)
  for (const key of numbers(1, 1_000)) {
    recent.set(key, key)
    for (const late of numbers(Math.max(1, Number(key) - 4), Number(key))) t.is(recent.get(late), late)
  }
  t.true(numbers(1, 1_000).filter((key) => recent.get(key) !== undefined).length <= 10)
})

test('what is used stays, however many come', (t) => {
  const recent = new RecentlyUsed<string>(10)
  recent.set('used', 'still there')
  for (const key of numbers(1, 1_000)) {
    recent.set(key, key)
    t.is(recent.get('used'), 'still there')
  }
  t.is(recent.get('1'), undefined)
})

test('what is deleted is gone, wherever it stands', (t) => {
  const recent = new RecentlyUsed<string>(4)
  recent.set('old', 'old')
  for (const key of numbers(1, 2)) recent.set(key, key)
  t.is(recent.get('old'), 'old')
  for (const key of ['old', '1', '2']) {
    recent.delete(key)
    t.is(recent.get(key), undefined)
  }
})

test('what is set again is the new value, wherever the old one stands', (t) => {
  const recent = new RecentlyUsed<string>(4)
  recent.set('a', 'old')
  for (const key of numbers(1, 2)) recent.set(key, key)
  recent.set('a', 'new')
  t.is(recent.get('a'), 'new')
})
