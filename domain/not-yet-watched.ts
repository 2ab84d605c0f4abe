/** What a task will watch: it arms one or two of its periods at a time, and the rest of its year is still to come. */
import { ofPeriod, type Deadline } from './deadline.ts';
import { armPeriod, isOwed, reportDue } from './indicator-task-deadlines.ts';
import type { IndicatorTask } from './indicator-task.ts';
import type { Circumstances } from './process.ts';
import { isRefusal, type Refusal } from './refusal.ts';

/** The deadlines of its other periods as they would be armed by the rules and the calendar of now. */
export function notYetWatched(state: IndicatorTask, when: Circumstances): readonly Deadline[] | Refusal {
  if (state.stage !== 'assigned' && state.stage !== 'in_progress') return [];
  const watched = new Set(state.deadlines.map(({ kind }) => kind));
  const coming: Deadline[] = [];
  for (const period of state.periods) {
    if (!isOwed(period) || watched.has(ofPeriod('report', period.id))) continue;
    const end = reportDue(state, period, when);
    if (isRefusal(end)) return end;
    if (end.due <= when.at) continue;
    const armed = armPeriod(state, period, end, when);
    if (isRefusal(armed)) return armed;
    coming.push(...armed);
  }
  return coming;
}
