import { expect, test } from 'vitest';
import { advance, marked, type Progress } from '../../domain/event-gaps.ts';

const from = (passed: number): Progress => ({ passed, marks: [] });

test('numbers without a gap are told of at once', () => {
  expect(advance(from(4), [5, 6, 7], 100n)).toEqual({ progress: from(7), settled: 3, unmarked: null });
});

test('nothing is told of beyond a gap that has just been seen', () => {
  expect(advance(from(4), [5, 7, 8], 100n)).toEqual({ progress: from(5), settled: 1, unmarked: 8 });
});

test('an event that commits late is told of before those that came after it', () => {
  const waiting = marked(from(5), 8, 101n);
  expect(advance(waiting, [7, 8], 100n)).toEqual({ progress: waiting, settled: 0, unmarked: null });
  expect(advance(waiting, [6, 7, 8], 100n)).toEqual({ progress: from(8), settled: 3, unmarked: null });
});

test('a gap is passed when every transaction that could have filled it has ended', () => {
  const waiting = marked(from(5), 8, 101n);
  expect(advance(waiting, [7, 8, 9], 101n)).toEqual({ progress: from(9), settled: 3, unmarked: null });
});

test('a gap above a mark is marked for itself: it was seen later', () => {
  const waiting = marked(from(5), 8, 101n);
  const seen = [7, 8, 11];
  const first = advance(waiting, seen, 100n);
  expect(first).toEqual({ progress: waiting, settled: 0, unmarked: 11 });
  const both = marked(first.progress, 11, 120n);
  expect(advance(both, seen, 110n)).toEqual({
    progress: { passed: 8, marks: [{ upTo: 11, transaction: 120n }] },
    settled: 2,
    unmarked: null,
  });
  expect(advance(both, seen, 120n).progress).toEqual(from(11));
});
