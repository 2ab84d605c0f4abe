/**
 * Cards by progress: how far what was accepted lies behind the plan at a checkpoint, in percentage points
 * (domain.md 3). A policy is a versioned row, frozen into a process as the policies by time are.
 */
import { compareDecimals, decimal, parseDecimal, type Decimal } from './decimal.ts';
import type { PeriodId } from './period.ts';
import { effectsFaults, isEffects, type Effects } from './policy-effects.ts';
import { addDays, addMonths, dayEnd, endOfMonth, type Instant, type LocalDate } from './time.ts';
import { higher, type Card, type ChainRole, type WarningLevel, type Words } from './warning-policy.ts';

/** `{ points: 10, included: true }` is "ten points or more", not included "more than ten". */
export type Bound = { readonly points: Decimal; readonly included: boolean };

/** What the reviewer expects of a task that is behind: it will be done all the same, or hardly. */
export const outlooks = { will_be_done: '预计能完成', hardly: '预计难以完成' } as const;
export type Outlook = keyof typeof outlooks;

/** A level is given from its bound on, up to that of the next; one with an `outlook` only where it is judged so. */
export type Band = { readonly level: WarningLevel; readonly behind: Bound; readonly outlook?: Outlook };

/** Counted from the day on which they were found; `0 month_end` is the end of the same month. */
export type MakeUpBy = {
  readonly amount: number;
  readonly unit: 'calendar_day' | 'calendar_month' | 'month_end';
};

export type ProgressPolicy = {
  readonly name: string;
  readonly version: number;
  readonly bands: readonly Band[];
  /** Instead of `bands` where the period is the last of its quarter. */
  readonly at_quarter_end?: readonly Band[];
  /** The card for a report that is returned: the work was poor. */
  readonly on_return?: WarningLevel;
  /** Points ahead of the plan from which a task is praised. */
  readonly praise?: Bound;
  /**
   * What a period shows, at most, that was behind and whose plan a later report has reached. Never green: it was
   * missed (domain.md 3). Where nothing is said it stays as it was found.
   */
  readonly made_up?: WarningLevel;
  /** By when arrears are to be made up: their card names the day. */
  readonly make_up_by?: MakeUpBy;
  /** To how many places points are rounded, half up, before they are judged: what is read is what was judged. */
  readonly places: number;
  readonly recipients: Readonly<Record<WarningLevel, readonly ChainRole[]>>;
  readonly words?: Words;
  readonly effects?: Effects;
};

/** What was found at a checkpoint, or in a report that was returned. */
export type Judgement = {
  readonly period: PeriodId;
  readonly planned: Decimal;
  /** What stands accepted; the value at the beginning of the year where nothing does yet. */
  readonly accepted: Decimal;
  /** Percentage points behind the plan; negative when ahead of it. */
  readonly behind: Decimal;
  readonly level: Card;
  readonly outlook?: Outlook;
  readonly praised?: true;
  readonly returned?: true;
};

/** domain.md 3 [D], as Yinchuan publishes it: at ten points, which both bands claim, the stricter one holds. */
export const standardProgressPolicy: ProgressPolicy = {
  name: 'progress',
  version: 1,
  bands: [
    { level: 'bell', behind: { points: decimal('0'), included: false } },
    { level: 'yellow_card', behind: { points: decimal('10'), included: true } },
    { level: 'red_card', behind: { points: decimal('30'), included: false } },
  ],
  places: 2,
  recipients: {
    bell: ['reporter'],
    yellow_card: ['deputy_leader', 'reporter'],
    red_card: ['principal_leader', 'deputy_leader', 'reporter'],
  },
};

export function levelOf(
  policy: ProgressPolicy,
  behind: Decimal,
  { quarterEnds, outlook = 'will_be_done' }: { readonly quarterEnds: boolean; readonly outlook?: Outlook },
): Card {
  const bands = quarterEnds ? (policy.at_quarter_end ?? policy.bands) : policy.bands;
  return bands
    .filter((band) => reaches(behind, band.behind))
    .filter((band) => band.outlook === undefined || band.outlook === outlook)
    .reduce<Card>((card, { level }) => higher(card, level), 'none');
}

/** The end of the day by which arrears found on this day are to be made up; null where nothing is said. */
export function dueToMakeUp({ make_up_by }: ProgressPolicy, found: LocalDate): Instant | null {
  if (make_up_by === undefined) return null;
  const { amount, unit } = make_up_by;
  if (unit === 'calendar_day') return dayEnd(addDays(found, amount));
  const month = addMonths(found, amount);
  return dayEnd(unit === 'month_end' ? endOfMonth(month) : month);
}

export const isPraised = ({ praise }: ProgressPolicy, behind: Decimal): boolean =>
  praise !== undefined && reaches(negated(behind), praise);

const reaches = (value: Decimal, { points, included }: Bound): boolean =>
  included ? compareDecimals(value, points) >= 0 : compareDecimals(value, points) > 0;

const negated = (value: Decimal): Decimal =>
  decimal(value === '0' ? '0' : value.startsWith('-') ? value.slice(1) : `-${value}`);

const levels: readonly WarningLevel[] = ['bell', 'yellow_card', 'red_card'];
const names: Readonly<Record<WarningLevel, string>> = { bell: '警铃', yellow_card: '黄牌', red_card: '红牌' };

/** What keeps a policy from being published, one Chinese sentence each; bands leave no overlap: each begins above the one before. */
export function progressPolicyFaults(policy: unknown): string[] {
  if (!isProgressPolicy(policy))
    return ['进度预警规则结构不完整：须有名称、版本、各级起点、小数位数和接收人'];
  const { name, version, places, bands, at_quarter_end } = policy;
  return [
    ...(name.trim() === '' ? ['缺少规则名称'] : []),
    ...(isWhole(version, 1, Number.MAX_SAFE_INTEGER) ? [] : ['版本须为正整数']),
    ...(isWhole(places, 0, 6) ? [] : ['小数位数须为0至6的整数']),
    ...faultsOfBands('', bands),
    ...(at_quarter_end === undefined ? [] : faultsOfBands('季末', at_quarter_end)),
    ...(policy.make_up_by === undefined || isWhole(policy.make_up_by.amount, 0, FARTHEST)
      ? []
      : [`补齐期限的数量须为0至${FARTHEST}的整数`]),
    ...levels.flatMap((level) => faultsOfRecipients(policy, level)),
    ...effectsFaults(policy.effects),
  ];
}

/** A year: farther than any list reaches. */
const FARTHEST = 366;
const makeUpUnits: readonly unknown[] = ['calendar_day', 'calendar_month', 'month_end'];

function faultsOfBands(where: string, bands: readonly Band[]): string[] {
  if (bands.length === 0) return [`${where}至少须有一级`];
  return bands.flatMap(({ level, behind }, index) => {
    const before = bands[index - 1];
    const name = `${where}${names[level]}`;
    if (behind.points.startsWith('-') || (behind.points === '0' && behind.included))
      return [`${name}的起点须高于零（按计划完成不得预警）`];
    if (before === undefined) return [];
    if (levels.indexOf(level) <= levels.indexOf(before.level)) return [`${name}须高于前一级`];
    const distance = compareDecimals(behind.points, before.behind.points);
    const apart = distance > 0 || (distance === 0 && (before.behind.included || !behind.included));
    return apart ? [] : [`${name}的起点须不低于前一级`];
  });
}

function faultsOfRecipients(
  { bands, at_quarter_end = [], on_return, recipients }: ProgressPolicy,
  level: WarningLevel,
): string[] {
  const gives = on_return === level || [...bands, ...at_quarter_end].some((band) => band.level === level);
  if (gives && recipients[level].length === 0) return [`${names[level]}没有接收人`];
  return new Set(recipients[level]).size < recipients[level].length ? [`${names[level]}的接收人重复`] : [];
}

const isWhole = (n: number, least: number, most: number) => Number.isInteger(n) && n >= least && n <= most;

function isProgressPolicy(policy: unknown): policy is ProgressPolicy {
  if (!isRecord(policy)) return false;
  const { name, version, bands, at_quarter_end, on_return, praise, places, recipients, effects } = policy;
  const { made_up, make_up_by } = policy;
  return (
    typeof name === 'string' &&
    typeof version === 'number' &&
    typeof places === 'number' &&
    isBands(bands) &&
    (at_quarter_end === undefined || isBands(at_quarter_end)) &&
    (on_return === undefined || isLevel(on_return)) &&
    (praise === undefined || isBound(praise)) &&
    (made_up === undefined || isLevel(made_up)) &&
    (make_up_by === undefined || isMakeUpBy(make_up_by)) &&
    (effects === undefined || isEffects(effects)) &&
    isRecord(recipients) &&
    levels.every((level) => isChain(recipients[level]))
  );
}

const isBands = (bands: unknown): boolean =>
  Array.isArray(bands) &&
  bands.every(
    (band) =>
      isRecord(band) &&
      isLevel(band['level']) &&
      isBound(band['behind']) &&
      (band['outlook'] === undefined || Object.keys(outlooks).some((outlook) => outlook === band['outlook'])),
  );

const isBound = (bound: unknown): boolean =>
  isRecord(bound) &&
  typeof bound['points'] === 'string' &&
  parseDecimal(bound['points']) === bound['points'] &&
  typeof bound['included'] === 'boolean';

const isMakeUpBy = (by: unknown): boolean =>
  isRecord(by) && typeof by['amount'] === 'number' && makeUpUnits.includes(by['unit']);

const isChain = (chain: unknown): boolean =>
  Array.isArray(chain) &&
  chain.every((role) => role === 'reporter' || role === 'deputy_leader' || role === 'principal_leader');

const isLevel = (level: unknown): boolean => levels.some((known) => known === level);

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
