import { addWorkingDays } from './calendar.ts';
import type { Calendar } from './calendar.ts';
import type { Refusal } from './refusal.ts';
import { addDays, localDate, yearOf } from './time.ts';
import type { LocalDate } from './time.ts';

/** R-058, Rule 710 of Qinghai: 7 days, 1 month, 0 left over at the end of the year. */
export type ItemClass = 'ordinary_item' | 'complex_item' | 'year_end_clear';

/** How the seven days are counted where a city counts working days; without it they are calendar days. */
export type SevenWorkingDays = { readonly unit: 'working_day'; readonly calendar: Calendar };

/** The last day of an item that was deployed (assigned) on `deployedOn`, which itself is day one. */
export function dueOf(itemClass: ItemClass, deployedOn: LocalDate): LocalDate;
/** Refused with `calendar_not_loaded` when the seven working days reach into an unknown year. */
export function dueOf(
  itemClass: ItemClass,
  deployedOn: LocalDate,
  counting: SevenWorkingDays | undefined,
): LocalDate | Refusal;
export function dueOf(
  itemClass: ItemClass,
  deployedOn: LocalDate,
  counting?: SevenWorkingDays,
): LocalDate | Refusal {
  switch (itemClass) {
    case 'ordinary_item':
      // Counting from the eve makes deployment day one when it is a working day, and the next one when not.
      return counting === undefined
        ? addDays(deployedOn, 6)
        : addWorkingDays(counting.calendar, addDays(deployedOn, -1), 7);
    case 'complex_item':
      return sameDayNextMonth(deployedOn);
    case 'year_end_clear':
      return localDate(`${deployedOn.slice(0, 4)}-12-31`);
  }
}

function sameDayNextMonth(date: LocalDate): LocalDate {
  const year = yearOf(date);
  const month = Number(date.slice(5, 7));
  const lastOfNext = new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
  const day = Math.min(Number(date.slice(8)), lastOfNext);
  return localDate(new Date(Date.UTC(year, month, day)).toISOString().slice(0, 10));
}
