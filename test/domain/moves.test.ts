import { expect, test } from 'vitest';
import { moveOf, type Move } from '../../domain/moves.ts';
import { dueOf, indicatorTask } from '../../domain/indicator-task.ts';
import { isRefusal } from '../../domain/refusal.ts';
import { officeTime } from '../../domain/time.ts';
import { calendar, calendarWith } from './official-calendar.ts';
import * as task from './task-story.ts';

/** What a notice moves of a task that has its first period before it. */
function movedBy(notice: typeof calendar): {
  readonly move: Move | null;
  readonly watched: readonly string[];
} {
  const { state, now: at } = task.underWay();
  const coming = { by: task.office, at, calendar: notice };
  const move = moveOf(indicatorTask, { state, now: calendar, coming, policies: state.policies }, dueOf);
  if (isRefusal(move)) throw new Error(move.detail);
  return { move, watched: state.deadlines.map(({ kind }) => kind) };
}

test('a notice moves the reports and checkpoints of the whole year, also those that are not watched yet', () => {
  const { move, watched } = movedBy(calendarWith({ '2026-09-04': false }));
  expect(watched).not.toContain('report/2026-08');
  expect(
    move?.deadlines.map(
      ({ kind, old_due, new_due }) => `${kind}: ${officeTime(old_due)} → ${officeTime(new_due)}`,
    ),
  ).toEqual([
    'report/2026-08: 2026-09-07 24:00 → 2026-09-08 24:00',
    'progress/2026-08: 2026-09-14 24:00 → 2026-09-15 24:00',
  ]);
  expect(move?.warnings.length).toBeGreaterThan(0);
  expect(new Set(move?.warnings.map(({ kind }) => kind))).toEqual(new Set(['report/2026-08']));
  // What comes next is what it was.
  expect(move?.new_next).toBe(move?.old_next);
});

test('a notice of the days that hold already moves nothing', () => {
  expect(movedBy(calendarWith({})).move).toBeNull();
});
