/** How often an item's lead unit reports, and the day by which the next report is due. */
import type { Calendar } from './calendar.ts';
import { afterWorkingDays, endOf, type Due } from './due.ts';
import type { Refusal } from './refusal.ts';
import type { LocalDate } from './time.ts';

export type ReportCycle =
  | { readonly kind: 'none' }
  | { readonly kind: 'working_days'; readonly n: number }
  | { readonly kind: 'weekly' }
  | { readonly kind: 'monthly' };

/** As an office writes it in its list. */
export function cycleName(cycle: ReportCycle): string {
  switch (cycle.kind) {
    case 'none':
      return '无';
    case 'working_days':
      return `每${cycle.n}个工作日`;
    case 'weekly':
      return '每周';
    case 'monthly':
      return '每月';
  }
}

/**
 * The next report after a day: weekly by the last working day up to Friday, monthly by the last one of
 * the month [D]; a week without a working day asks for none.
 */
export function nextReport(cycle: ReportCycle, after: LocalDate, calendar: Calendar): Due | null | Refusal {
  switch (cycle.kind) {
    case 'none':
      return null;
    case 'working_days':
      return afterWorkingDays(calendar, after, cycle.n);
    case 'weekly':
      return endOf(calendar, 'week', after);
    case 'monthly':
      return endOf(calendar, 'month', after);
  }
}
