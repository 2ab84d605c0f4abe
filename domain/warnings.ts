/**
 * What time alone does to a watched process: the warnings that its deadlines give, the red card that
 * climbs when nobody has opened it, and the proposal when red cards have not helped.
 */
import { addWorkingDays, isWorkingDay, type Calendar } from './calendar.ts';
import { nextAbove } from './chain.ts';
import { afterFirstStep, deadlineNames, earliest, levelNames, type Deadline } from './deadline.ts';
import { system, type Circumstances, type EventFrame, type NextDeadline } from './process.ts';
import { isRefusal } from './refusal.ts';
import { addDays, DAY, dayEnd, instantOn, later, localDateOf, type Instant } from './time.ts';
import { postRoles, type PostRole } from './vocabulary.ts';
import type { Step } from './warning-ladder.ts';
import type { ChainRole, WarningLevel } from './warning-policy.ts';
import { evolveFrame, type UnseenRed, type Watched } from './watching.ts';

export type WarningEvent = EventFrame &
  (
    | {
        readonly type: 'warning_given';
        readonly deadline: Pick<Deadline, 'kind' | 'version' | 'due' | 'policy' | 'chain'>;
        readonly level: WarningLevel;
        readonly repeat: number;
        /** When the warning was due; `at` is when the process decided it (later after an outage). */
        readonly moment: Instant;
        readonly recipients: readonly ChainRole[];
        /** Set for a red card of the unit: when it climbs, and to whom, if nobody has opened it. */
        readonly climbs?: { readonly at: Instant; readonly to: PostRole };
      }
    | {
        readonly type: 'red_card_climbed';
        readonly deadline: Pick<Deadline, 'kind' | 'version'>;
        readonly repeat: number;
        readonly to: PostRole;
      }
    | { readonly type: 'red_card_seen' }
    | { readonly type: 'accountability_proposed'; readonly deadline: Pick<Deadline, 'kind' | 'version'> }
  );

/** The warnings that time alone brings by `at`, in the order of their moments: none is skipped after an outage. */
export function passWarnings(state: Watched, at: Instant, calendar: Calendar): readonly WarningEvent[] {
  const events: WarningEvent[] = [];
  let now = state;
  for (;;) {
    const next = nextOf(now);
    if (next === null || next.at > at) return events;
    for (const event of next.climbs === null ? warn(now, next, at, calendar) : climb(next.climbs, at)) {
      events.push(event);
      now = evolveWarning(evolveFrame(now, event), event);
    }
  }
}

/** The next thing that time alone will do. */
export function nextWarning(state: Watched): NextDeadline | null {
  const next = nextOf(state);
  if (next === null) return null;
  if (next.climbs !== null) {
    return {
      at: next.at,
      kind: 'red_unseen',
      what_happens: `红牌无人阅知，升级告知${postRoles[next.climbs.to]}`,
    };
  }
  const { kind } = next.deadline;
  const again = next.step.repeat > 0 ? `第${next.step.repeat}次重复` : '';
  return {
    at: next.at,
    kind,
    what_happens: `${deadlineNames[kind]}${again}${levelNames[next.step.level]}预警`,
  };
}

/** Somebody who was told of the red card has opened the thing. */
export const seenBy = (state: Watched, { by, at }: Circumstances): readonly WarningEvent[] =>
  state.red_unseen.length === 0 ? [] : [{ type: 'red_card_seen', at, by }];

export function evolveWarning<S extends Watched>(state: S, event: WarningEvent): S {
  switch (event.type) {
    case 'warning_given': {
      const { kind, version, chain } = event.deadline;
      const { level, repeat, climbs } = event;
      const counts = chain === 'undertaking' && repeat === 0;
      return {
        ...state,
        deadlines: state.deadlines.map((deadline) =>
          deadline.kind === kind && deadline.version === version ? afterFirstStep(deadline) : deadline,
        ),
        cards: counts ? { ...state.cards, [level]: state.cards[level] + 1 } : state.cards,
        red_unseen:
          climbs === undefined
            ? state.red_unseen
            : [...state.red_unseen, { kind, version, repeat, climb_at: climbs.at, to: climbs.to }],
      };
    }
    case 'red_card_climbed': {
      const { deadline, repeat } = event;
      const climbed = (red: UnseenRed) => red.kind === deadline.kind && red.repeat === repeat;
      return { ...state, red_unseen: state.red_unseen.filter((red) => !climbed(red)) };
    }
    case 'red_card_seen':
      return { ...state, red_unseen: [] };
    case 'accountability_proposed':
      return { ...state, accountability_proposed: true };
  }
}

type Next =
  | { readonly at: Instant; readonly climbs: UnseenRed }
  | { readonly at: Instant; readonly climbs: null; readonly deadline: Deadline; readonly step: Step };

/** What time does first; of a warning and a climbing card at one instant, the warning. */
function nextOf(state: Watched): Next | null {
  const due = earliest(state.deadlines);
  const [first, ...others] = state.red_unseen;
  const red = first && others.reduce((a, b) => (b.climb_at < a.climb_at ? b : a), first);
  if (red !== undefined && (due === null || red.climb_at < due.step.at))
    return { at: red.climb_at, climbs: red };
  return due === null ? null : { at: due.step.at, climbs: null, ...due };
}

const climb = ({ kind, version, repeat, to }: UnseenRed, at: Instant): readonly WarningEvent[] => [
  { type: 'red_card_climbed', at, by: system, deadline: { kind, version }, repeat, to },
];

function warn(
  state: Watched,
  { deadline, step }: { readonly deadline: Deadline; readonly step: Step },
  at: Instant,
  calendar: Calendar,
): readonly WarningEvent[] {
  const { kind, version, due, policy, chain } = deadline;
  const frozen = state.policies[kind];
  const recipients = frozen?.recipients[step.level] ?? [];
  const redOfUnit = step.level === 'red_card' && chain === 'undertaking';
  const to = redOfUnit ? nextAbove(recipients) : null;
  const given: WarningEvent = {
    type: 'warning_given',
    at,
    by: system,
    deadline: { kind, version, due, policy, chain },
    level: step.level,
    repeat: step.repeat,
    moment: step.at,
    recipients,
    ...(to === null
      ? {}
      : { climbs: { at: workingDaysLater(calendar, at, state.rules.red_unseen_working_days), to } }),
  };
  const repeats = frozen?.repeat ?? null;
  const helpless =
    redOfUnit &&
    repeats?.then === 'accountability_proposal' &&
    step.repeat === repeats.times &&
    !state.accountability_proposed;
  return helpless
    ? [given, { type: 'accountability_proposed', at, by: system, deadline: { kind, version } }]
    : [given];
}

/**
 * When as many working days have gone by: the same hour, or, counted from midnight or from a day off,
 * the end of the last of them. Where the calendar ends, that many days.
 */
function workingDaysLater(calendar: Calendar, at: Instant, days: number): Instant {
  const today = localDateOf(at);
  const sinceMidnight = at - instantOn(today);
  const working = isWorkingDay(calendar, today);
  const wholeDays = sinceMidnight === 0 || working === false;
  const date = addWorkingDays(calendar, wholeDays ? addDays(today, -1) : today, days);
  if (isRefusal(date)) return later(at, days * DAY);
  return wholeDays ? dayEnd(date) : later(instantOn(date), sinceMidnight);
}
