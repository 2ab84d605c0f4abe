/**
 * What time alone does to a watched process: the warnings that its deadlines give, the red card that
 * climbs when nobody has opened it, and the proposal when red cards have not helped.
 */
import { addWorkingDays, isWorkingDay, type Calendar } from './calendar.ts';
import { nextAbove } from './chain.ts';
import {
  afterFirstStep,
  earliest,
  levelNames,
  nameOf,
  titleOf,
  type Chain,
  type Deadline,
} from './deadline.ts';
import { system, type Circumstances, type EventFrame, type NextDeadline } from './process.ts';
import { isRefusal } from './refusal.ts';
import { addDays, DAY, dayEnd, instantOn, later, localDateOf, type Instant } from './time.ts';
import { postRoles, type PostRole } from './vocabulary.ts';
import type { Step } from './warning-ladder.ts';
import type { ChainRole, WarningLevel } from './warning-policy.ts';
import { chainOf, evolveFrame, type UnseenRed, type Watched } from './watching.ts';

export type WarningEvent = EventFrame &
  (
    | {
        readonly type: 'warning_given';
        readonly deadline: Pick<Deadline, 'kind' | 'version' | 'due' | 'policy' | 'chain' | 'judgement'>;
        readonly level: WarningLevel;
        readonly repeat: number;
        /** When the warning was due; `at` is when the process decided it (later after an outage). */
        readonly moment: Instant;
        readonly recipients: readonly ChainRole[];
        /** Set for a red card that climbs: when, and to whom, if nobody has opened it. */
        readonly climbs?: { readonly at: Instant; readonly to: PostRole };
      }
    | {
        readonly type: 'red_card_climbed';
        readonly deadline: Pick<Deadline, 'kind' | 'version'>;
        readonly repeat: number;
        readonly to: PostRole;
        /** Whose chain it climbs; the unit's where it is not written. */
        readonly chain?: Chain;
      }
    | {
        readonly type: 'red_card_seen';
        /** Whose red cards; all where it is not written. */
        readonly chains?: readonly Chain[];
      }
    | { readonly type: 'accountability_proposed'; readonly deadline: Pick<Deadline, 'kind' | 'version'> }
  );

/** What a process does where passing a deadline does more than warn; the deadline must not stand afterwards. */
export type Turning<State extends Watched, Event> = {
  readonly evolve: (state: State, event: Event) => State;
  /** Decided at `at`, as it would have been at the deadline itself. */
  readonly turn: (state: State, deadline: Deadline, at: Instant, calendar: Calendar) => readonly Event[];
};

/** What time alone brings about by `at`, in the order of the moments: none is skipped after an outage. */
export function passTime<State extends Watched, Event>(
  state: State,
  at: Instant,
  calendar: Calendar,
  { evolve, turn }: Turning<State, Event | WarningEvent>,
): readonly (Event | WarningEvent)[] {
  const events: (Event | WarningEvent)[] = [];
  let now = state;
  for (;;) {
    const next = nextOf(now);
    if (next === null || next.at > at) return events;
    const brought =
      next.what === 'turn'
        ? turn(now, next.deadline, at, calendar)
        : next.what === 'climb'
          ? climb(next.climbs, at)
          : warn(now, next, at, calendar);
    for (const event of brought) {
      events.push(event);
      now = evolve(now, event);
    }
  }
}

/** The same where no deadline does more than warn. */
export const passWarnings = (state: Watched, at: Instant, calendar: Calendar): readonly WarningEvent[] =>
  passTime<Watched, WarningEvent>(state, at, calendar, {
    evolve: (before, event) => evolveWarning(evolveFrame(before, event), event),
    turn: () => [],
  });

/** The next thing that time alone will do. */
export function nextWarning(state: Watched): NextDeadline | null {
  const next = nextOf(state);
  if (next === null) return null;
  if (next.what === 'climb') {
    return {
      at: next.at,
      kind: 'red_unseen',
      what_happens: `红牌无人阅知，升级告知${postRoles[next.climbs.to]}`,
    };
  }
  const { kind, turn } = next.deadline;
  if (next.what === 'turn') {
    const what_happens = turn === 'year_end' ? '年底清零，转入审核评定' : `${titleOf(kind)}`;
    return { at: next.at, kind, what_happens };
  }
  const again = next.step.repeat > 0 ? `第${next.step.repeat}次重复` : '';
  return { at: next.at, kind, what_happens: `${titleOf(kind)}${again}${levelNames[next.step.level]}预警` };
}

/** Somebody who was told of red cards has opened the thing. `chains`: whose; one who was told of the unit's has not seen the office's. */
export function seenBy(
  state: Watched,
  { by, at }: Circumstances,
  chains?: readonly Chain[],
): readonly WarningEvent[] {
  if (chains === undefined) return state.red_unseen.length === 0 ? [] : [{ type: 'red_card_seen', at, by }];
  const seen = chains.filter((chain) => state.red_unseen.some((red) => chainOf(red) === chain));
  return seen.length === 0 ? [] : [{ type: 'red_card_seen', at, by, chains: seen }];
}

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
            : [
                ...state.red_unseen,
                { kind, version, repeat, climb_at: climbs.at, to: climbs.to, ...ofOffice(chain) },
              ],
      };
    }
    case 'red_card_climbed': {
      const { deadline, repeat } = event;
      const climbed = (red: UnseenRed) => red.kind === deadline.kind && red.repeat === repeat;
      return { ...state, red_unseen: state.red_unseen.filter((red) => !climbed(red)) };
    }
    case 'red_card_seen': {
      const { chains } = event;
      const seen = (red: UnseenRed) => chains?.includes(chainOf(red)) ?? true;
      return { ...state, red_unseen: state.red_unseen.filter((red) => !seen(red)) };
    }
    case 'accountability_proposed':
      return { ...state, accountability_proposed: true };
  }
}

type Next = { readonly at: Instant } & (
  | { readonly what: 'warn'; readonly deadline: Deadline; readonly step: Step }
  | { readonly what: 'climb'; readonly climbs: UnseenRed }
  | { readonly what: 'turn'; readonly deadline: Deadline }
);

/** What time does first; at one instant the warnings, then a card that climbs, then what passing a deadline does. */
function nextOf(state: Watched): Next | null {
  const found: Next[] = [];
  const due = earliest(state.deadlines);
  if (due !== null) found.push({ what: 'warn', at: due.step.at, ...due });
  for (const red of state.red_unseen) found.push({ what: 'climb', at: red.climb_at, climbs: red });
  for (const deadline of state.deadlines)
    if (deadline.turn !== undefined) found.push({ what: 'turn', at: deadline.due, deadline });
  const [first, ...others] = found;
  return first === undefined ? null : others.reduce<Next>((a, b) => (b.at < a.at ? b : a), first);
}

const climb = (red: UnseenRed, at: Instant): readonly WarningEvent[] => {
  const { kind, version, repeat, to } = red;
  const deadline = { kind, version };
  return [{ type: 'red_card_climbed', at, by: system, deadline, repeat, to, ...ofOffice(chainOf(red)) }];
};

/** Written for the office alone: what was decided before its red cards climbed must come out of a replay as it was. */
const ofOffice = (chain: Chain): Pick<UnseenRed, 'chain'> => (chain === 'reviewing' ? { chain } : {});

/** For how many working days a red card may lie unopened; null where it does not climb. */
const unseenDays = ({ rules }: Watched, chain: Chain): number | null =>
  chain === 'undertaking' ? rules.red_unseen_working_days : (rules.review_red_unseen_working_days ?? null);

function warn(
  state: Watched,
  { deadline, step }: { readonly deadline: Deadline; readonly step: Step },
  at: Instant,
  calendar: Calendar,
): readonly WarningEvent[] {
  const { kind, version, due, policy, chain, judgement } = deadline;
  const frozen = state.policies[nameOf(kind)];
  const recipients = frozen?.recipients[step.level] ?? [];
  const red = step.level === 'red_card';
  const days = unseenDays(state, chain);
  // At the end of the year the thing leaves the unit's hands: there is nobody left for the card to move.
  const to = red && deadline.turn !== 'year_end' ? nextAbove(recipients) : null;
  const given: WarningEvent = {
    type: 'warning_given',
    at,
    by: system,
    deadline: { kind, version, due, policy, chain, ...(judgement === undefined ? {} : { judgement }) },
    level: step.level,
    repeat: step.repeat,
    moment: step.at,
    recipients,
    ...(to === null || days === null ? {} : { climbs: { at: workingDaysLater(calendar, at, days), to } }),
  };
  const repeats = frozen !== undefined && 'repeat' in frozen ? frozen.repeat : null;
  const helpless =
    red &&
    chain === 'undertaking' &&
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
