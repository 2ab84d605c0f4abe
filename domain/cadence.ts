/** The cadences of an office, as data: what runs by the calendar, when, and for which time. */
import { addDays, addMonths, instantOn, weekday, type Instant, type LocalDate } from './time.ts';

export const cadences = {
  weekly_self_check: {
    title: '周自查提醒',
    what: '提醒各单位填报责任人自查未办结的事项和指标，每人每周一次',
    when: { weekday: 'MONDAY', hour: 9, minute: 0 },
  },
  monthly_close: {
    title: '月度结转',
    what: '月末各单位指标与事项的颜色、当月牌数，记录一次，不再改动',
    when: { day: 1, hour: 1, minute: 0 },
  },
  audit: {
    title: '每日审计',
    what: '由数据表重新计算应发的预警，与已发的比对，少量补正，其余报告',
    when: { hour: 3, minute: 0 },
  },
  reconcile: {
    title: '每日核对',
    what: '核对数据表与流程：缺的流程启动，过时的重新写入，对不上的报告',
    when: { hour: 2, minute: 0 },
  },
  start_lost: {
    title: '补启动',
    what: '已列入而流程未启动的，启动',
    when: { minute: 17 },
  },
} as const satisfies Record<string, Cadence>;

export type CadenceName = keyof typeof cadences;

export type Cadence = {
  readonly title: string;
  readonly what: string;
  /** In Asia/Shanghai [D]. */
  readonly when: Times;
};

/** What is not given is every one of them: without an hour it is every hour. */
export type Times = {
  readonly weekday?: 'MONDAY';
  readonly day?: number;
  readonly hour?: number;
  readonly minute: number;
};

/** In an office's words. */
export function timesInWords({ weekday: week, day, hour, minute }: Times): string {
  const two = (n: number) => String(n).padStart(2, '0');
  if (hour === undefined) return `每小时第${minute}分`;
  const which = week === 'MONDAY' ? '每周一' : day === undefined ? '每天' : `每月${day}日`;
  return `${which} ${two(hour)}:${two(minute)}`;
}

/** The Monday of a date's week. */
export const weekOf = (date: LocalDate): LocalDate => addDays(date, -((weekday(date) + 6) % 7));

export type Month = {
  /** `YYYY-MM`. */
  readonly name: string;
  readonly begins: Instant;
  readonly ends: Instant;
};

/** The last month that was over when this day began. */
export function monthBefore(date: LocalDate): Month {
  const next = `${date.slice(0, 7)}-01` as LocalDate;
  const first = addMonths(next, -1);
  return { name: first.slice(0, 7), begins: instantOn(first), ends: instantOn(next) };
}

/** Those after the last one (`YYYY-MM`) up to this one, in their order; without a last one this one alone. */
export function monthsAfter(last: string | null, until: Month): readonly Month[] {
  if (last === null) return [until];
  const missed: Month[] = [];
  for (let month = until; month.name > last; month = monthBefore(`${month.name}-01` as LocalDate))
    missed.unshift(month);
  return missed;
}
