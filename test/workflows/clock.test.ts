import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { MINUTE } from '../../domain/time.ts';
import { Clock } from '../../workflows/clock.ts';
import { at } from '../support/world.ts';

const now = at('2026-09-14 10:00');
beforeEach(() => {
  vi.useFakeTimers({ now, toFake: ['Date'] });
});
afterEach(() => {
  vi.useRealTimers();
});

test('the clock is the server’s, and a message from now can only push it forward', () => {
  const clock = new Clock({ at: now, time_travel: false });
  expect(clock.now()).toBe(now);
  clock.hear(at('2026-09-14 10:01'));
  expect(clock.now()).toBe(at('2026-09-14 10:01'));
  clock.hear(at('2026-09-14 09:00'));
  expect(clock.now()).toBe(at('2026-09-14 10:01'));
  vi.setSystemTime(now + 30 * MINUTE);
  expect(clock.now()).toBe(at('2026-09-14 10:31'));
});

test('a message that is more than five minutes ahead is not from now, unless a story is told', () => {
  const clock = new Clock({ at: now, time_travel: false });
  clock.hear(at('2026-09-14 10:06'));
  expect(clock.now()).toBe(now);
  const story = new Clock({ at: now, time_travel: true });
  story.hear(at('2027-03-01 09:00'));
  expect(story.now()).toBe(at('2027-03-01 09:00'));
});

test('a process begins at the time of whoever started it, as far as clocks differ', () => {
  expect(new Clock({ at: at('2026-09-14 10:03'), time_travel: false }).now()).toBe(at('2026-09-14 10:03'));
  const far = { at: at('2026-09-14 12:00'), time_travel: false };
  expect(new Clock(far, () => true).now()).toBe(now);
  // As processes that were begun so go on.
  expect(new Clock(far, () => false).now()).toBe(at('2026-09-14 10:05'));
  expect(new Clock({ at: at('2026-09-01 12:00'), time_travel: false }).now()).toBe(now);
  expect(new Clock({ at: at('2026-09-01 12:00'), time_travel: true }).now()).toBe(at('2026-09-01 12:00'));
});

test('a timer that has rung tells the time, also where the workflow is told an older one', () => {
  const clock = new Clock({ at: now, time_travel: false });
  clock.hear(at('2026-09-14 10:01'));
  clock.reached(at('2026-12-01 00:00'));
  expect(clock.now()).toBe(at('2026-12-01 00:01'));
  clock.reached(at('2026-11-01 00:00'));
  expect(clock.now()).toBe(at('2026-12-01 00:01'));
  vi.setSystemTime(at('2026-12-01 00:05'));
  expect(clock.now()).toBe(at('2026-12-01 00:06'));
});
