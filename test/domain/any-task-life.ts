/** Any life that a task may have, as plain data that fast-check shrinks; `live` plays it. */
import fc from 'fast-check';
import { decimal, type Decimal } from '../../domain/decimal.ts';
import {
  commandNames,
  indicatorTask,
  type Command,
  type CommandName,
  type Event,
  type IndicatorTask,
} from '../../domain/indicator-task.ts';
import type { Period } from '../../domain/period.ts';
import { standardProgressPolicy, type ProgressPolicy } from '../../domain/progress-policy.ts';
import type { RefusalCode } from '../../domain/refusal.ts';
import {
  addDays,
  DAY,
  HOUR,
  later,
  localDate,
  localDateOf,
  MINUTE,
  type Instant,
} from '../../domain/time.ts';
import { toldIn } from './any-life.ts';
import { calendarWith } from './official-calendar.ts';
import { periodsOf } from './periods.ts';
import { assigned, cast, office, taskPolicies, type TaskStory } from './task-story.ts';
import { at, type Person } from './story.ts';

type Act = {
  readonly from: 'now' | 'next_deadline';
  readonly ms: number;
  /** Whether timers ring meanwhile, or the engine is down and decides all at its end. */
  readonly down: boolean;
  readonly sort: 'likely' | 'wild' | 'opens' | 'replans';
  readonly pick: number;
  readonly value: number;
  readonly days: number;
  readonly yes: boolean;
};

export type AnyTaskLife = {
  readonly plan: 'monthly' | 'quarterly' | 'milestones';
  readonly poor_work: boolean;
  readonly begins_after: number;
  readonly acts: readonly Act[];
};

export type Step = {
  readonly by: Person;
  readonly command: Command | null;
  readonly at: Instant;
  readonly before: IndicatorTask;
  readonly refusal: RefusalCode | null;
  readonly events: readonly Event[];
  readonly after: IndicatorTask;
};

const anyAct: fc.Arbitrary<Act> = fc.record({
  from: fc.constantFrom('now', 'now', 'next_deadline'),
  ms: fc.oneof(
    fc.constantFrom(0, -1, 1),
    fc.integer({ min: 1, max: 600 }).map((minutes) => minutes * MINUTE),
    fc.integer({ min: 1, max: 50 }).map((hours) => hours * HOUR),
    fc.integer({ min: 1, max: 40 }).map((days) => days * DAY),
  ),
  down: fc.boolean(),
  sort: fc.constantFrom('likely', 'likely', 'likely', 'likely', 'likely', 'wild', 'opens', 'replans'),
  pick: fc.nat({ max: 9_999 }),
  value: fc.integer({ min: 0, max: 14_000 }),
  days: fc.integer({ min: -3, max: 60 }),
  yes: fc.boolean(),
});

export const anyTaskLife: fc.Arbitrary<AnyTaskLife> = fc.record({
  plan: fc.constantFrom('monthly', 'quarterly', 'milestones'),
  poor_work: fc.boolean(),
  begins_after: fc.integer({ min: 0, max: 360 * 24 * 60 }),
  acts: fc.array(anyAct, { maxLength: 50, size: 'max' }),
});

const milestones: readonly Period[] = [
  ['2026-03-10', '20'],
  ['2026-03-13', '30'],
  ['2026-04-30', '50'],
  ['2026-11-30', '120'],
].map(([id = '', planned = '']) => ({ id, ends_on: localDate(id), planned: decimal(planned) }));

const plans: Readonly<Record<AnyTaskLife['plan'], readonly Period[]>> = {
  monthly: periodsOf(2026, 'monthly', [
    '10',
    '20',
    '30',
    '40',
    '50',
    '60',
    '70',
    '80',
    '90',
    '100',
    '110',
    '120',
  ]),
  quarterly: periodsOf(2026, 'quarterly', ['30', '60', '90', '120']),
  milestones,
};

/** Plays a life; `watch` sees every act with what it led to. */
export function live(life: AnyTaskLife, watch: (step: Step) => void = () => {}): TaskStory {
  const progress: ProgressPolicy = life.poor_work
    ? { ...standardProgressPolicy, on_return: 'yellow_card' }
    : standardProgressPolicy;
  const story = assigned({
    on: later(at('2026-01-04 09:00'), life.begins_after * MINUTE),
    facts: { periods: plans[life.plan] },
    policies: { ...taskPolicies, progress },
  });
  for (const act of life.acts) {
    const told = story.events.length;
    waitFor(story, act);
    const [by, name] = choose(story, act);
    const before = story.state;
    const command = name === null ? null : fillIn(name, act, story);
    let refusal: RefusalCode | null = null;
    if (act.sort === 'opens') story.isOpenedBy(by, toldIn(act));
    else if (act.sort === 'replans') replan(story, act);
    else if (command !== null) refusal = story.tries(by, command);
    watch({
      by,
      command,
      at: story.now,
      before,
      refusal,
      events: story.events.slice(told),
      after: story.state,
    });
  }
  return story;
}

function waitFor(story: TaskStory, { from, ms, down }: Act): void {
  const next = from === 'now' ? null : indicatorTask.next(story.state);
  const then = later(next?.at ?? story.now, ms);
  // No calendar of the tests reaches further.
  if (then <= story.now || then > at('2027-09-01 00:00')) return;
  if (down) story.downUntil(then);
  else story.until(then);
}

const rarely = new Set<CommandName>([
  'withdraw',
  'confirm_withdrawal',
  'reject_withdrawal',
  'comment',
  'reassign_person',
  'urge',
  'request_close',
  'change_weight',
  'reject_weight',
]);

function choose(story: TaskStory, { sort, pick }: Act): readonly [by: Person, CommandName | null] {
  const anybody = cast[pick % cast.length] ?? office;
  if (sort === 'opens' || sort === 'replans') return [anybody, null];
  if (sort === 'wild')
    return [anybody, commandNames[Math.floor(pick / cast.length) % commandNames.length] ?? null];
  const offered = cast.flatMap((by) =>
    story.allows(by).map((name): readonly [Person, CommandName] => [by, name]),
  );
  const usual = offered.filter(([, name]) => !rarely.has(name));
  const from = pick % 10 === 0 || usual.length === 0 ? offered : usual;
  return from[Math.floor(pick / 10) % from.length] ?? [anybody, null];
}

const hundredths = (n: number): Decimal => decimal((n / 100).toFixed(2));

export function fillIn(
  name: CommandName,
  act: Pick<Act, 'pick' | 'value' | 'days' | 'yes'>,
  story: Pick<TaskStory, 'state' | 'now'>,
): Command {
  const date = addDays(localDateOf(story.now), act.days);
  const { periods } = story.state;
  const filed = periods.filter((period) => period.filed !== null);
  const begun = periods.filter(
    ({ accepted, ends_on }) => accepted === null && ends_on <= localDateOf(story.now),
  );
  const among = name === 'report_progress' ? begun : filed;
  const from = act.yes && among.length > 0 ? among : periods;
  const period = from[act.pick % from.length]?.id ?? '';
  const text = '缘由';
  switch (name) {
    case 'acknowledge':
      return act.yes ? { command: name } : { command: name, reporter: `person-${act.days}` };
    case 'report_progress':
      return act.days % 2 === 0
        ? { command: name, period, value: hundredths(act.value), text }
        : { command: name, period, percent: hundredths(act.value % 10_000), text };
    case 'accept_report':
      return act.days % 5 === 0 ? { command: name, period, outlook: 'hardly' } : { command: name, period };
    case 'return_report':
      return { command: name, period, reasons: text };
    case 'request_adjustment':
      return {
        command: name,
        adjustment: act.yes
          ? {
              kind: 'report_date',
              period: periods.find(({ accepted }) => accepted === null)?.id ?? period,
              due_on: date,
            }
          : { kind: 'target', value: hundredths(9_000 + act.value) },
        reason: text,
      };
    case 'decide_adjustment':
      return { command: name, granted: act.yes, reason: text };
    case 'change_weight':
      return { command: name, points: hundredths(act.value), effective_from: date, reason: text };
    case 'request_close':
      return { command: name, result: text };
    case 'approve':
      return { command: name, completion: act.yes ? decimal('100') : hundredths(act.value), reasons: text };
    case 'return':
      return { command: name, reasons: text };
    case 'reassign_person':
      return { command: name, role: 'reporter', person_id: `person-${act.days}` };
    case 'comment':
      return { command: name, text };
    case 'promote':
      return { command: name, theme: act.yes ? 'river' : 'forest', reason: text, proposed_by: office };
    case 'urge':
    case 'confirm_weight':
    case 'confirm_withdrawal':
      return { command: name };
    case 'reject_weight':
    case 'withdraw':
    case 'reject_withdrawal':
      return { command: name, reason: text };
  }
}

/** A notice that turns some days near by, or stricter thresholds. */
function replan(story: TaskStory, { days, yes, pick }: Act): void {
  if (indicatorTask.ended(story.state)) return;
  const { progress } = story.state.policies;
  if (pick % 4 === 0 && progress !== undefined) {
    story.replans(story.calendar, {
      ...story.state.policies,
      progress: { ...progress, version: progress.version + 1 },
    });
    return;
  }
  const turned = [days, days + 1, days + 2].map((n) => addDays(localDateOf(story.now), n - 1));
  const known = turned.filter((date) => date >= localDate('2026-01-01') && date <= localDate('2027-12-31'));
  story.replans(calendarWith(Object.fromEntries(known.map((date) => [date, yes]))));
}
