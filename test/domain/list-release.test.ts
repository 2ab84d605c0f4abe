import { expect, test } from 'vitest';
import { etaOf, type Progress } from '../../domain/list-release.ts';
import { HOUR, later, MINUTE, officeTime } from '../../domain/time.ts';
import { at } from './story.ts';

const underWay: Progress = {
  stage: 'releasing',
  total: 1_000,
  started: 250,
  refused: 0,
  measured_from: at('2026-01-12 10:00'),
  started_before: 0,
};
const eta = (progress: Partial<Progress>, now = at('2026-01-12 10:10')) => {
  const ends = etaOf({ ...underWay, ...progress }, now);
  return ends === null ? null : officeTime(ends);
};

test('a quarter in ten minutes leaves half an hour', () => {
  expect(eta({})).toBe('2026-01-12 10:40');
});

test('what can have no task is not waited for', () => {
  expect(eta({ refused: 250 })).toBe('2026-01-12 10:30');
});

test('neither what ran before nor the time of a pause says how fast it is now', () => {
  // Nine hundred since January, one in June.
  const measured_from = at('2026-06-01 10:00');
  const june = { total: 903, started: 901, started_before: 900, measured_from };
  expect(eta(june, later(measured_from, MINUTE))).toBe('2026-06-01 10:03');
  // Resumed after a night.
  const resumed = { started: 250, started_before: 250, measured_from: at('2026-01-13 09:00') };
  expect(eta(resumed, at('2026-01-13 09:00'))).toBeNull();
  expect(eta({ ...resumed, started: 500 }, at('2026-01-13 09:10'))).toBe('2026-01-13 09:30');
});

test('nothing is told before the first one has started, of a pause, and at the end', () => {
  expect(eta({ started: 0 })).toBeNull();
  expect(eta({ stage: 'paused' })).toBeNull();
  expect(eta({ stage: 'released' }, later(underWay.measured_from, HOUR))).toBeNull();
});
