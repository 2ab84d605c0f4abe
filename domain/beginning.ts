/** What a process is begun with when its row is there already: the state that stands in it. */
import type { Calendar } from './calendar.ts';
import type { IndicatorTask } from './indicator-task.ts';
import type { SupervisionItem } from './supervision-item.ts';
import type { Instant } from './time.ts';

export type Beginning = {
  readonly id: string;
  readonly number: string;
  readonly stage: string;
  readonly calendar: Calendar;
  readonly at: Instant;
} & (
  | { readonly kind: 'supervision_item'; readonly state: SupervisionItem }
  /** Listed by 0.1.0, which wrote the row empty and left the first event to the workflow. */
  | { readonly kind: 'supervision_item'; readonly state: null; readonly begin: unknown }
  | { readonly kind: 'indicator_task'; readonly state: IndicatorTask }
);
