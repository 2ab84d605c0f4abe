/**
 * Any life that an item may have: who tries what after how long, the engine up or down meanwhile.
 * Plain data, so that fast-check shrinks and prints it; `live` plays it. For every test of a property.
 */
import fc from 'fast-check';
import type { Chain } from '../../domain/deadline.ts';
import type { RefusalCode } from '../../domain/refusal.ts';
import type { ReportCycle } from '../../domain/report-cycle.ts';
import {
  commandNames,
  ratings,
  supervisionItem,
  type Command,
  type CommandName,
  type Event,
  type ItemFacts,
  type Rating,
  type SupervisionItem,
} from '../../domain/supervision-item.ts';
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
import { itemClasses, postRoles, type ItemClass, type PostRole } from '../../domain/vocabulary.ts';
import { calendarWith } from './official-calendar.ts';
import { cast, listed, officer, policiesWith, policy, type ItemStory, type Person } from './item-story.ts';

export type Wait = {
  /** Milliseconds, or to the next deadline and as many milliseconds further. */
  readonly from: 'now' | 'next_deadline';
  readonly ms: number;
  /** Whether timers ring meanwhile, or the engine is down and decides all at its end. */
  readonly down: boolean;
};

export type Act = {
  readonly wait: Wait;
  /** `likely` picks among what somebody's buttons offer, `wild` among everybody and every command. */
  readonly sort: 'likely' | 'wild' | 'opens' | 'replans';
  readonly pick: number;
  readonly days: number;
  readonly rating: Rating;
  readonly role: PostRole;
  readonly yes: boolean;
};

export type AnyLife = {
  readonly item_class: ItemClass;
  readonly due_in: number;
  readonly report_cycle: ReportCycle;
  readonly assisting_unit_ids: readonly string[];
  readonly working_days: boolean;
  readonly begins_after: number;
  readonly acts: readonly Act[];
};

/** What one act has led to; `events` holds what time brought about before it as well. */
export type Step = {
  readonly act: Act;
  readonly by: Person;
  readonly command: Command | null;
  readonly at: Instant;
  readonly before: SupervisionItem;
  readonly refusal: RefusalCode | null;
  readonly events: readonly Event[];
  readonly after: SupervisionItem;
};

const anyWait: fc.Arbitrary<Wait> = fc.record({
  from: fc.constantFrom('now', 'now', 'next_deadline'),
  ms: fc.oneof(
    fc.constantFrom(0, -1, 1),
    fc.constant(0),
    fc.integer({ min: 1, max: 600 }).map((minutes) => minutes * MINUTE),
    fc.integer({ min: 1, max: 50 }).map((hours) => hours * HOUR),
    fc.integer({ min: 1, max: 20 }).map((days) => days * DAY),
  ),
  down: fc.boolean(),
});

const anyAct: fc.Arbitrary<Act> = fc.record({
  wait: anyWait,
  sort: fc.constantFrom('likely', 'likely', 'likely', 'likely', 'likely', 'wild', 'opens', 'replans'),
  pick: fc.nat({ max: 9_999 }),
  days: fc.integer({ min: -3, max: 90 }),
  rating: fc.constantFrom(...(Object.keys(ratings) as Rating[])),
  role: fc.constantFrom(...(Object.keys(postRoles) as PostRole[])),
  yes: fc.boolean(),
});

export const anyLife: fc.Arbitrary<AnyLife> = fc.record({
  item_class: fc.constantFrom(...(Object.keys(itemClasses) as ItemClass[])),
  due_in: fc.integer({ min: 0, max: 90 }),
  report_cycle: fc.oneof(
    fc.constantFrom<ReportCycle>({ kind: 'none' }, { kind: 'weekly' }, { kind: 'monthly' }),
    fc.integer({ min: 1, max: 20 }).map((n): ReportCycle => ({ kind: 'working_days', n })),
  ),
  assisting_unit_ids: fc.subarray(['unit-finance', 'unit-land']),
  working_days: fc.boolean(),
  begins_after: fc.integer({ min: 0, max: 350 * 24 * 60 }),
  acts: fc.array(anyAct, { maxLength: 40, size: 'max' }),
});

/** In which of the chains whoever opens the thing was told of red cards. */
export const toldIn = ({ pick }: Pick<Act, 'pick'>): readonly Chain[] | undefined =>
  [undefined, ['undertaking'] as const, ['reviewing'] as const, ['undertaking', 'reviewing'] as const][
    pick % 4
  ];

/** Plays a life; `watch` sees every act with what it led to. */
export function live(life: AnyLife, watch: (step: Step) => void = () => {}): ItemStory {
  const story = begin(life);
  for (const act of life.acts) {
    const told = story.events.length;
    waitFor(story, act.wait);
    const [by, name] = choose(story, act);
    const before = story.state;
    const command = name === null ? null : fillIn(name, act, story);
    let refusal: RefusalCode | null = null;
    if (act.sort === 'opens') story.isOpenedBy(by, toldIn(act));
    else if (act.sort === 'replans') replan(story, act);
    else if (command !== null) refusal = story.tries(by, command);
    const events = story.events.slice(told);
    watch({ act, by, command, at: story.now, before, refusal, events, after: story.state });
  }
  return story;
}

function begin(life: AnyLife): ItemStory {
  const on = later(0 as Instant, Date.parse('2026-01-04T01:00:00Z') + life.begins_after * MINUTE);
  const { item_class, report_cycle, assisting_unit_ids } = life;
  const due_on = item_class === 'dated' ? addDays(localDateOf(on), life.due_in) : null;
  const facts: Partial<ItemFacts> = { item_class, due_on, report_cycle, assisting_unit_ids };
  const policies = policiesWith(policy(item_class === 'year_end_clear' ? 'year_end_clear' : 'standard'));
  const rules = { ordinary_item_days: life.working_days ? 'working_day' : 'calendar_day' } as const;
  return listed({ on, facts, policies, rules });
}

function waitFor(story: ItemStory, { from, ms, down }: Wait): void {
  const next = from === 'now' ? null : supervisionItem.next(story.state);
  const then = later(next?.at ?? story.now, ms);
  if (then <= story.now) return;
  if (down) story.downUntil(then);
  else story.until(then);
}

/** What leads nowhere, or to an early end, is only one of many things that may be done with an item. */
const rarely = new Set<CommandName>([
  'edit',
  'withdraw',
  'confirm_withdrawal',
  'reject_withdrawal',
  'comment',
  'reassign_person',
  'urge',
]);

function choose(story: ItemStory, { sort, pick }: Act): readonly [by: Person, CommandName | null] {
  const anybody = cast[pick % cast.length] ?? officer;
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

function fillIn(name: CommandName, act: Act, story: ItemStory): Command {
  const date = addDays(localDateOf(story.now), act.days);
  const text = '缘由';
  switch (name) {
    case 'edit':
      return act.yes ? { command: name, title: `事项${act.days}` } : { command: name, due_on: date };
    case 'assign':
      return act.yes
        ? { command: name }
        : { command: name, lead_unit_id: act.days % 2 === 0 ? 'unit-park' : 'unit-roads' };
    case 'acknowledge':
      return act.yes ? { command: name } : { command: name, reporter: `person-${act.days}` };
    case 'report_progress':
      return { command: name, percent: Math.max(0, act.days), text };
    case 'request_extension':
      return { command: name, new_due_on: date, reason: text };
    case 'decide_extension':
      return { command: name, granted: act.yes, reason: text };
    case 'request_close':
      return { command: name, result: text };
    case 'approve':
      return { command: name, rating: act.rating };
    case 'return':
      return { command: name, reasons: text };
    case 'reassign_person':
      return { command: name, role: act.role, person_id: `person-${act.days}` };
    case 'comment':
      return { command: name, text };
    case 'urge':
    case 'resume':
    case 'confirm_withdrawal':
      return { command: name };
    case 'dispute':
    case 'uphold':
    case 'pause':
    case 'withdraw':
    case 'reject_withdrawal':
      return { command: name, reason: text };
  }
}

/** A notice that turns some days near by; some of them have passed already. */
function replan(story: ItemStory, { days, yes }: Act): void {
  if (supervisionItem.ended(story.state)) return;
  const turned = [days, days + 1, days + 2].map((n) => addDays(localDateOf(story.now), n - 1));
  const known = turned.filter((date) => date >= localDate('2026-01-01') && date <= localDate('2027-12-31'));
  story.replans(calendarWith(Object.fromEntries(known.map((date) => [date, yes]))));
}
