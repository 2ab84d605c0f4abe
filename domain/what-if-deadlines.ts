/** Which deadlines a thing can have: a question about any other has no answer, and none is no answer either. */
import { nameOf, periodDeadlineNames, periodOf, type DeadlineKind, type DeadlineName } from './deadline.ts';
import type { IndicatorTask } from './indicator-task.ts';
import { endOfPeriod } from './period.ts';
import type { SupervisionItem } from './supervision-item.ts';

/** Those that each kind of thing has once. */
export const deadlinesHadOnce = {
  supervision_item: ['acknowledgement', 'dispute', 'report', 'item', 'review'],
  indicator_task: ['acknowledgement', 'review', 'year_end'],
} as const satisfies Record<string, readonly DeadlineName[]>;

export type Kind = keyof typeof deadlinesHadOnce;

const namesOfPeriods = Object.keys(periodDeadlineNames);

/** Whether a thing of a kind may ever have it. */
export function canHave(of: Kind, deadline: DeadlineKind): boolean {
  const period = periodOf(deadline);
  if (period === null) return deadlinesHadOnce[of].some((name) => name === deadline);
  const ofPeriods = of === 'indicator_task' && namesOfPeriods.includes(nameOf(deadline));
  return ofPeriods && endOfPeriod(period) !== null;
}

/** Whether the thing itself may: of periods it has its own. */
export function mayHave(state: SupervisionItem | IndicatorTask, deadline: DeadlineKind): boolean {
  if (!('periods' in state)) return canHave('supervision_item', deadline);
  if (!canHave('indicator_task', deadline)) return false;
  const period = periodOf(deadline);
  return period === null || state.periods.some(({ id }) => id === period);
}
