/**
 * A deadline that a process watches, with the warnings that are still to come. Arming computes
 * every warning's moment once, on one calendar; whatever moves a deadline arms it again under the
 * next version, so no warning is lost after a return and none is given twice.
 */
import type { Calendar } from './calendar.ts';
import type { Due } from './due.ts';
import { isRefusal, type Refusal } from './refusal.ts';
import type { Instant } from './time.ts';
import { periodName } from './period.ts';
import type { Judgement, ProgressPolicy } from './progress-policy.ts';
import { ladder, type Step } from './warning-ladder.ts';
import { higher, type Card, type WarningLevel, type WarningPolicy, type Words } from './warning-policy.ts';

export const deadlineNames = {
  acknowledgement: '签收',
  dispute: '异议裁定',
  report: '进度汇报',
  item: '事项办结',
  review: '审核评定',
  progress: '进度对比',
  year_end: '年底清零',
} as const;

/** What a deadline asks for. Policies are frozen by it. */
export type DeadlineName = keyof typeof deadlineNames;

/** The deadlines of which a process has one for each of its periods. */
export const periodDeadlineNames = { report: '进度汇报', review: '汇报审核', progress: '进度对比' } as const;

export type PeriodDeadlineName = keyof typeof periodDeadlineNames;

/** `item`, or `report/2026-03`: several periods' reports can be owed at once. */
export type DeadlineKind = DeadlineName | `${PeriodDeadlineName}/${string}`;

export const ofPeriod = <Name extends PeriodDeadlineName>(name: Name, period: string): `${Name}/${string}` =>
  `${name}/${period}`;

export const nameOf = (kind: DeadlineKind): DeadlineName => kind.split('/', 1)[0] as DeadlineName;

/** The period's id, or null for what a process has once. */
export const periodOf = (kind: DeadlineKind): string | null =>
  kind.includes('/') ? kind.slice(kind.indexOf('/') + 1) : null;

/** Chinese, as shown: `事项办结`, `2026年3月进度汇报`. */
export function titleOf(kind: DeadlineKind): string {
  const period = periodOf(kind);
  if (period === null) return deadlineNames[nameOf(kind)];
  return `${periodName(period)}${periodDeadlineNames[nameOf(kind) as PeriodDeadlineName]}`;
}

/** Whose people are warned: those of the unit that works, or those of the office that must decide. */
export type Chain = 'undertaking' | 'reviewing';

/** The policies that a process has frozen, by the kind of deadline that they watch. */
export type Policies = Readonly<
  { [Name in Exclude<DeadlineName, 'progress'>]?: WarningPolicy } & { progress?: ProgressPolicy }
>;

/** What passing a deadline does to its process, besides the warnings. */
export type Turn = 'checkpoint' | 'year_end';

export type Deadline = Due & {
  readonly kind: DeadlineKind;
  /** Grows by one each time this kind is armed in this process. Part of every warning's key. */
  readonly version: number;
  readonly armed_at: Instant;
  readonly calendar_version: number;
  readonly policy: { readonly name: string; readonly version: number; readonly words?: Words };
  readonly chain: Chain;
  /** Warnings still to come, earliest first. */
  readonly steps: readonly Step[];
  /** The highest level given so far for this version. */
  readonly given: Card;
  readonly turn?: Turn;
  /** Of a `progress` deadline whose steps are a card by progress: what it was given for. */
  readonly judgement?: Judgement;
};

export type Arming = Due & {
  readonly kind: DeadlineKind;
  readonly version: number;
  readonly policy: WarningPolicy;
  readonly chain: Chain;
  readonly turn?: Turn;
};

/** @returns the armed deadline, or `calendar_not_loaded` when its warnings reach into a year without data. */
export function arm(arming: Arming, at: Instant, calendar: Calendar): Deadline | Refusal {
  const { policy, ...rest } = arming;
  const steps = ladder(policy, arming.due, calendar, at);
  if (isRefusal(steps)) return steps;
  return {
    ...rest,
    armed_at: at,
    calendar_version: calendar.version,
    policy: policyName(policy),
    // Passing it ends it: no repeat comes after that.
    steps: rest.turn === undefined ? steps : steps.filter((step) => step.at <= Math.max(arming.due, at)),
    given: 'none',
  };
}

/** A policy as its deadlines and cards name it. */
export const policyName = ({
  name,
  version,
  words,
}: Pick<WarningPolicy, 'name' | 'version' | 'words'>): Deadline['policy'] => ({
  name,
  version,
  ...(words === undefined ? {} : { words }),
});

/** A deadline after its earliest warning has been given. */
export const afterFirstStep = (deadline: Deadline): Deadline => {
  const [first, ...steps] = deadline.steps;
  return first === undefined ? deadline : { ...deadline, steps, given: higher(deadline.given, first.level) };
};

/**
 * Armed again for a day whose red card has been given: it stands and is no second one, and the first reminder takes
 * its place. Of a policy without red cards it is as it was.
 */
export function afterRed(deadline: Deadline): Deadline {
  const red = deadline.steps.filter(({ level }) => level === 'red_card');
  if (red.length === 0) return deadline;
  const reminders = red.map((step, before) => ({ ...step, repeat: before + 1 }));
  return { ...deadline, given: 'red_card', steps: reminders.slice(0, Math.max(1, red.length - 1)) };
}

/** The deadline whose next warning comes first; of two at one instant, the one armed first. */
export function earliest(deadlines: readonly Deadline[]): { deadline: Deadline; step: Step } | null {
  let found: { deadline: Deadline; step: Step } | null = null;
  for (const deadline of deadlines) {
    const step = deadline.steps[0];
    if (step !== undefined && (found === null || step.at < found.step.at)) found = { deadline, step };
  }
  return found;
}

export const cardOf = (deadlines: readonly Deadline[]): Card =>
  deadlines.reduce<Card>((card, deadline) => higher(card, deadline.given), 'none');

export const levelNames: Readonly<Record<WarningLevel, string>> = {
  bell: '警铃',
  yellow_card: '黄牌',
  red_card: '红牌',
};
