import { effectsFaults, isEffects } from './policy-effects.ts';
import type { Moment, WarningLevel, WarningPolicy } from './warning-policy.ts';

const names: Readonly<Record<WarningLevel, string>> = { bell: '警铃', yellow_card: '黄牌', red_card: '红牌' };
const order: readonly WarningLevel[] = ['bell', 'yellow_card', 'red_card'];
const roles: readonly string[] = ['reporter', 'deputy_leader', 'principal_leader'];
const units: readonly string[] = [
  'working_day',
  'calendar_day',
  'working_hour',
  'calendar_month',
  'month_end',
];

/** A year either way: farther than any deadline of a yearly list. */
const farthest = 366;

/**
 * What keeps a policy from being published, one Chinese sentence each; empty when it is sound.
 * A policy may begin at any level (some cities have no bell) but skips none and ends with the red
 * card, unless it says `without` which: a level left out by mistake is the commoner case. Its moments
 * follow each other in time whatever holidays lie between them.
 */
export function policyFaults(policy: unknown): string[] {
  if (!isPolicy(policy)) return ['预警规则结构不完整：须有名称、版本、各级时点、重复提醒和接收人'];
  const faults: string[] = [];
  if (policy.name.trim() === '') faults.push('缺少规则名称');
  if (!isWhole(policy.version, 1, Number.MAX_SAFE_INTEGER)) faults.push('版本须为正整数');
  return [
    ...faults,
    ...faultsOfLevels(policy),
    ...faultsOfRepeat(policy),
    ...faultsOfRecipients(policy),
    ...effectsFaults(policy.effects),
  ];
}

function faultsOfLevels({ levels, without = [] }: WarningPolicy): string[] {
  const possible = order.filter((level) => !without.includes(level));
  const wanted = levels.length === 0 ? order : possible.slice(-levels.length);
  if (levels.map(({ level }) => level).join() !== wanted.join()) {
    return ['预警级别须按警铃、黄牌、红牌排列，不得跳级或重复，并以红牌结束'];
  }
  const faults = levels.flatMap(({ level, moment }) => faultsOfMoment(names[level], moment));
  if (faults.length > 0) return faults;
  for (const [index, next] of levels.entries()) {
    const previous = levels[index - 1];
    if (previous === undefined || alwaysBefore(previous.moment, next.moment)) continue;
    faults.push(`${names[previous.level]}的时点须在任何日历下都早于${names[next.level]}`);
  }
  return faults;
}

function faultsOfMoment(name: string, { amount, unit, at }: Moment): string[] {
  const faults: string[] = [];
  if (!isWhole(amount, -farthest, farthest)) faults.push(`${name}的数量须为${-farthest}至${farthest}的整数`);
  // The clock after the deadline runs in days: an office hour that comes after 24:00 is the next day's.
  if (unit === 'working_hour' && amount >= 0) faults.push(`${name}按工作小时计算时只能设在期限之前`);
  if (!isClock(at)) faults.push(`${name}的时刻“${at}”须在00:01至24:00之间（零点请写作前一日24:00）`);
  return faults;
}

function faultsOfRepeat({ repeat }: WarningPolicy): string[] {
  if (repeat === null) return [];
  const faults = faultsOfMoment('重复提醒', repeat.every);
  if (repeat.every.unit === 'working_hour' || repeat.every.amount < 1) {
    faults.push('重复提醒的间隔至少为1日');
  }
  if (!isWhole(repeat.times, 1, farthest)) faults.push('重复提醒的次数须为正整数');
  return faults;
}

function faultsOfRecipients({ levels, recipients }: WarningPolicy): string[] {
  const faults: string[] = [];
  for (const { level } of levels) {
    const told = recipients[level];
    if (told.length === 0) faults.push(`${names[level]}没有接收人`);
    if (new Set(told).size < told.length) faults.push(`${names[level]}的接收人重复`);
  }
  return faults;
}

/** Whether one moment comes before another for every due day on every calendar. */
function alwaysBefore(a: Moment, b: Moment): boolean {
  if (a.unit === 'working_hour' || b.unit === 'working_hour') return hoursBefore(a, b);
  if (inMonths(a) || inMonths(b)) {
    if (a.unit === b.unit) return a.amount < b.amount || (a.amount === b.amount && a.at < b.at);
    return daysOf(a)[1] < daysOf(b)[0];
  }
  if (a.amount !== b.amount && a.amount <= 0 && b.amount >= 0) return true;
  const sooner = a.amount < b.amount || (a.amount === b.amount && a.at < b.at);
  if (!sooner) return false;
  // Working days never reach less far than as many calendar days, so they have to be the farther ones.
  return a.unit === b.unit || a.amount === 0 || (a.amount < 0 ? a : b).unit === 'working_day';
}

const inMonths = ({ unit }: Moment) => unit === 'calendar_month' || unit === 'month_end';

/** The fewest and the most days between the due day and a moment; the longest holiday has nine days off. */
function daysOf({ amount, unit }: Moment): readonly [least: number, most: number] {
  const [near, far]: readonly [number, number] =
    unit === 'month_end'
      ? [amount > 0 ? 28 * (amount - 1) + 1 : 28 * amount, amount < 0 ? 28 * amount + 30 : 31 * amount + 30]
      : unit === 'calendar_month'
        ? [28 * amount, 31 * amount]
        : unit === 'working_day'
          ? [amount, 2 * amount + 9 * Math.sign(amount)]
          : [amount, amount];
  return near < far ? [near, far] : [far, near];
}

function hoursBefore(a: Moment, b: Moment): boolean {
  if (a.unit !== 'working_hour') return false;
  if (b.unit === 'working_hour') return a.amount < b.amount;
  return b.amount > 0 || (b.amount === 0 && b.at === '24:00');
}

const isWhole = (n: number, least: number, most: number) => Number.isInteger(n) && n >= least && n <= most;

// 00:00 is 24:00 of the day before; one way of writing it keeps the order of two moments readable.
const isClock = (at: string) => /^(([01]\d|2[0-3]):[0-5]\d|24:00)$/.test(at) && at !== '00:00';

function isPolicy(policy: unknown): policy is WarningPolicy {
  if (!isRecord(policy)) return false;
  const { name, version, levels, repeat, recipients } = policy;
  return (
    typeof name === 'string' &&
    typeof version === 'number' &&
    Array.isArray(levels) &&
    levels.every((step) => isRecord(step) && isOneOf(order, step['level']) && isMoment(step['moment'])) &&
    (repeat === null || isRepeat(repeat)) &&
    isRecord(recipients) &&
    order.every((level) => isListOf(roles, recipients[level])) &&
    (policy['without'] === undefined || isListOf(order, policy['without'])) &&
    (policy['made_up'] === undefined || isOneOf(order, policy['made_up'])) &&
    (policy['effects'] === undefined || isEffects(policy['effects']))
  );
}

const isMoment = (moment: unknown) =>
  isRecord(moment) &&
  typeof moment['amount'] === 'number' &&
  isOneOf(units, moment['unit']) &&
  typeof moment['at'] === 'string';

const isRepeat = (repeat: unknown) =>
  isRecord(repeat) &&
  isMoment(repeat['every']) &&
  typeof repeat['times'] === 'number' &&
  isOneOf(['accountability_proposal', 'nothing'], repeat['then']);

const isListOf = (known: readonly string[], list: unknown) =>
  Array.isArray(list) && list.every((one) => isOneOf(known, one));

const isOneOf = (known: readonly string[], one: unknown) => typeof one === 'string' && known.includes(one);

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
