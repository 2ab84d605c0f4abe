import type { Effects } from './policy-effects.ts';

/** the three levels, in order of severity. */
export type WarningLevel = 'bell' | 'yellow_card' | 'red_card';

/** The highest level that a thing has been given. */
export type Card = 'none' | WarningLevel;

/** Who of a unit's chain is told; resolved to the holder of the post when the message is sent. */
export type ChainRole = 'reporter' | 'deputy_leader' | 'principal_leader';

/**
 * A moment counted from the due day: `-3 working_day 09:00` is nine o'clock three working days before,
 * `0` the due day itself, `+1` the day after. `at` is `HH:MM`, `24:00` the end of the day; it means
 * nothing for `working_hour`, which is counted back from the end of the due day. A `calendar_month` leads to
 * the same day of another month, a `month_end` to the last day of the month so many after that of the due day.
 */
export type Moment = {
  readonly amount: number;
  readonly unit: 'working_day' | 'calendar_day' | 'working_hour' | 'calendar_month' | 'month_end';
  readonly at: string;
};

/** What one place calls the levels (蓝牌, 橙牌); in some a blue card is praise. */
export type Words = Readonly<Partial<Record<WarningLevel | 'praise', string>>>;

/** A versioned row, frozen into a process when it starts. */
export type WarningPolicy = {
  readonly name: string;
  readonly version: number;
  readonly levels: readonly { readonly level: WarningLevel; readonly moment: Moment }[];
  /** Of the red card: counted from its day, each `every` after the one before. */
  readonly repeat: {
    readonly every: Moment;
    readonly times: number;
    readonly then: 'accountability_proposal' | 'nothing';
  } | null;
  readonly recipients: Readonly<Record<WarningLevel, readonly ChainRole[]>>;
  /** Levels that time never gives here: they are left to another policy, and not left out by mistake. */
  readonly without?: readonly WarningLevel[];
  /** What a period shows that was missed and made up later; yellow where nothing is said (domain.md 3). */
  readonly made_up?: WarningLevel;
  readonly words?: Words;
  readonly effects?: Effects;
};

const severity: readonly Card[] = ['none', 'bell', 'yellow_card', 'red_card'];

export const higher = (a: Card, b: Card): Card => (severity.indexOf(b) > severity.indexOf(a) ? b : a);

export const lower = (a: Card, b: Card): Card => (higher(a, b) === a ? b : a);

/** R-037; cumulative [D]: whoever was told before is told again. */
const wholeChain: WarningPolicy['recipients'] = {
  bell: ['reporter'],
  yellow_card: ['deputy_leader', 'reporter'],
  red_card: ['principal_leader', 'deputy_leader', 'reporter'],
};

const workingDays = (amount: number, at = '09:00'): Moment => ({ amount, unit: 'working_day', at });
const calendarDays = (amount: number, at = '09:00'): Moment => ({ amount, unit: 'calendar_day', at });
const workingHours = (amount: number): Moment => ({ amount, unit: 'working_hour', at: '24:00' });
const onDueDay = (at: string): Moment => calendarDays(0, at);

const ladderOf = (bell: Moment, yellow: Moment, red: Moment): WarningPolicy['levels'] => [
  { level: 'bell', moment: bell },
  { level: 'yellow_card', moment: yellow },
  { level: 'red_card', moment: red },
];

/** domain.md 3 [D]: every third working day, three times, then the supervision office decides. */
const thriceThenProposal: WarningPolicy['repeat'] = {
  every: workingDays(3),
  times: 3,
  // oxlint-disable-next-line unicorn/no-thenable -- a word, not a function: nothing can await it
  then: 'accountability_proposal',
};

const policy = (
  name: string,
  levels: WarningPolicy['levels'],
  repeat: WarningPolicy['repeat'],
): WarningPolicy => ({ name, version: 1, levels, repeat, recipients: wholeChain });

/** The first versions of the policies [D]; a city that wants others publishes a next version. */
export const standardPolicies: readonly WarningPolicy[] = [
  policy('standard', ladderOf(workingDays(-3), workingDays(-1), onDueDay('24:00')), thriceThenProposal),
  policy(
    'rule_710_ordinary',
    ladderOf(calendarDays(-2), calendarDays(-1), onDueDay('24:00')),
    thriceThenProposal,
  ),
  policy(
    'rule_710_complex',
    ladderOf(workingDays(-3), workingDays(-1), onDueDay('24:00')),
    thriceThenProposal,
  ),
  policy(
    'year_end_clear',
    ladderOf(calendarDays(-30), calendarDays(-10), onDueDay('24:00')),
    thriceThenProposal,
  ),
  // Yellow means missed, red one working day later (processes.md 1, task_assignment).
  policy('acknowledgement', ladderOf(workingHours(-4), onDueDay('24:00'), workingDays(1, '24:00')), null),
  policy('report', ladderOf(workingDays(-1), onDueDay('24:00'), workingDays(1, '24:00')), null),
  // The chain is the reviewer's own office: the supervision office is watched like anybody else.
  policy('review', ladderOf(workingDays(-1), onDueDay('09:00'), onDueDay('24:00')), null),
];

export { policyFaults } from './warning-policy-faults.ts';
