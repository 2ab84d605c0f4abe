/**
 * The day on which a deadline ends, together with that from which it was computed: a new calendar can
 * compute it again (domain.md 4).
 */
import { addWorkingDays, isWorkingDay, type Calendar } from './calendar.ts';
import { isRefusal, type Refusal } from './refusal.ts';
import { addDays, dayEnd, endOfMonth, weekday, type Instant, type LocalDate } from './time.ts';

export type DueBasis =
  | { readonly kind: 'fixed' }
  | { readonly kind: 'working_days'; readonly from: LocalDate; readonly days: number }
  /** The last working day of the week, or of the month, that goes on after a day. */
  | { readonly kind: 'week' | 'month'; readonly after: LocalDate };

export type Due = { readonly due: Instant; readonly basis: DueBasis };

export const fixed = (date: LocalDate): Due => ({ due: dayEnd(date), basis: { kind: 'fixed' } });

/** The end of the n-th working day after `from`, which itself is not counted. */
export function afterWorkingDays(calendar: Calendar, from: LocalDate, days: number): Due | Refusal {
  const date = addWorkingDays(calendar, from, days);
  return isRefusal(date) ? date : { due: dayEnd(date), basis: { kind: 'working_days', from, days } };
}

/** A date, or the first working day after it when it is none. */
export const onWorkingDay = (calendar: Calendar, date: LocalDate): Due | Refusal =>
  afterWorkingDays(calendar, addDays(date, -1), 1);

/** The first day after `after` that is the last working day of its month, or of its week from Monday to Friday. */
export function endOf(calendar: Calendar, period: 'week' | 'month', after: LocalDate): Due | Refusal {
  for (let from = addDays(after, 1); ;) {
    const end = period === 'week' ? friday(from) : endOfMonth(from);
    // A Saturday or Sunday that is worked makes up for another day; it is no week of its own.
    const monday = addDays(end, -4);
    const first = period === 'week' && monday > from ? monday : from;
    for (let day = end; day >= first; day = addDays(day, -1)) {
      const working = isWorkingDay(calendar, day);
      if (isRefusal(working)) return working;
      if (working) return { due: dayEnd(day), basis: { kind: period, after } };
    }
    from = addDays(end, 1);
  }
}

/** The same deadline on another calendar. */
export function dueOn(calendar: Calendar, { due, basis }: Due): Due | Refusal {
  switch (basis.kind) {
    case 'fixed':
      return { due, basis };
    case 'working_days':
      return afterWorkingDays(calendar, basis.from, basis.days);
    case 'week':
    case 'month':
      return endOf(calendar, basis.kind, basis.after);
  }
}

const friday = (date: LocalDate): LocalDate => addDays(date, (5 - weekday(date) + 7) % 7);
