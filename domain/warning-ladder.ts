import { addWorkingDays, subtractWorkingHours } from './calendar.ts';
import type { Calendar } from './calendar.ts';
import { isRefusal } from './refusal.ts';
import type { Refusal } from './refusal.ts';
import { addDays, addMonths, deadlineDate, endOfMonth, instantOn, localDateOf } from './time.ts';
import type { Instant, LocalDate } from './time.ts';
import type { Moment, WarningLevel, WarningPolicy } from './warning-policy.ts';

/** `repeat` is 0 for a level's first and only step, 1 and on for the repeats of the red card. */
export type Step = { readonly level: WarningLevel; readonly at: Instant; readonly repeat: number };

/**
 * The steps still to come for a deadline armed at `armedAt`, earliest first. `due` is the end (24:00)
 * of the due day. A step whose moment lies before `armedAt` is left out, because the act that arms the
 * deadline tells the people itself; only the red card is never lost: it is then due at once, and its
 * repeats count from the day of arming. Refused with `calendar_not_loaded`.
 */
export function ladder(
  policy: WarningPolicy,
  due: Instant,
  calendar: Calendar,
  armedAt: Instant,
): readonly Step[] | Refusal {
  const first = firstSteps(policy, due, calendar);
  if (isRefusal(first)) return first;
  const red = first.find(({ level }) => level === 'red_card');
  if (red === undefined || red.at >= armedAt) {
    const steps = withRepeats(policy, first, red && deadlineDate(red.at), calendar);
    return isRefusal(steps) ? steps : steps.filter(({ at }) => at >= armedAt);
  }
  return withRepeats(policy, [{ ...red, at: armedAt }], localDateOf(armedAt), calendar);
}

function firstSteps(policy: WarningPolicy, due: Instant, calendar: Calendar): Step[] | Refusal {
  const steps: Step[] = [];
  for (const { level, moment } of policy.levels) {
    const at =
      moment.unit === 'working_hour'
        ? subtractWorkingHours(calendar, due, -moment.amount)
        : onDayOf(moment, 1, deadlineDate(due), calendar);
    if (isRefusal(at)) return at;
    steps.push({ level, at, repeat: 0 });
  }
  return steps;
}

function withRepeats(
  { repeat }: WarningPolicy,
  first: readonly Step[],
  redDay: LocalDate | undefined,
  calendar: Calendar,
): readonly Step[] | Refusal {
  const steps = [...first];
  if (redDay !== undefined && repeat !== null) {
    for (let nth = 1; nth <= repeat.times; nth += 1) {
      const at = onDayOf(repeat.every, nth, redDay, calendar);
      if (isRefusal(at)) return at;
      steps.push({ level: 'red_card', at, repeat: nth });
    }
  }
  // Stable: two levels at one instant (a day off between them) keep the order of severity.
  return steps.toSorted((a, b) => a.at - b.at);
}

function onDayOf(
  { amount, unit, at }: Moment,
  times: number,
  from: LocalDate,
  calendar: Calendar,
): Instant | Refusal {
  const date = dayAt(amount * times, unit, from, calendar);
  return isRefusal(date) ? date : instantOn(date, at);
}

function dayAt(
  amount: number,
  unit: Moment['unit'],
  from: LocalDate,
  calendar: Calendar,
): LocalDate | Refusal {
  switch (unit) {
    case 'working_day':
      return addWorkingDays(calendar, from, amount);
    case 'calendar_month':
      return addMonths(from, amount);
    case 'month_end':
      return endOfMonth(addMonths(from, amount));
    case 'calendar_day':
    case 'working_hour':
      return addDays(from, amount);
  }
}
