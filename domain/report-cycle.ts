/** How often an item's lead unit reports, and the day by which the next report is due. */
import { isWorkingDay, type Calendar } from './calendar.ts';
import { afterWorkingDays, type Deadline } from './deadline.ts';
import { isRefusal, type Refusal } from './refusal.ts';
import { addDays, dayEnd, weekday, type LocalDate } from './time.ts';

export type ReportCycle =
  | { readonly kind: 'none' }
  | { readonly kind: 'working_days'; readonly n: number }
  | { readonly kind: 'weekly' }
  | { readonly kind: 'monthly' };

/** Weekly: the last working day up to Friday; monthly: the last working day of the month [D]. */
export function nextReport(
  cycle: ReportCycle,
  after: LocalDate,
  calendar: Calendar,
): Pick<Deadline, 'due' | 'basis'> | null | Refusal {
  switch (cycle.kind) {
    case 'none':
      return null;
    case 'working_days':
      return afterWorkingDays(calendar, after, cycle.n);
    case 'weekly':
      return lastWorkingDay(calendar, after, (date) => addDays(date, (5 - weekday(date) + 7) % 7));
    case 'monthly':
      return lastWorkingDay(calendar, after, endOfMonth);
  }
}

function lastWorkingDay(
  calendar: Calendar,
  after: LocalDate,
  periodEnd: (date: LocalDate) => LocalDate,
): Pick<Deadline, 'due' | 'basis'> | Refusal {
  for (let from = addDays(after, 1); ; from = addDays(periodEnd(from), 1)) {
    const end = periodEnd(from);
    for (let day = end; day >= from; day = addDays(day, -1)) {
      const working = isWorkingDay(calendar, day);
      if (isRefusal(working)) return working;
      if (working) return { due: dayEnd(day), basis: { kind: 'fixed' } };
    }
  }
}

function endOfMonth(date: LocalDate): LocalDate {
  let end = date;
  while (addDays(end, 1).slice(0, 7) === date.slice(0, 7)) end = addDays(end, 1);
  return end;
}
