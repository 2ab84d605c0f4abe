/**
 * What every watched process shares: armed deadlines, the warnings they give, the red card that
 * climbs when nobody has opened it. Pure; a process composes it with its own stages.
 */
import { addWorkingDays, type Calendar } from './calendar.ts';
import {
  afterFirstStep,
  afterWorkingDays,
  arm,
  cardOf,
  deadlineNames,
  earliest,
  levelNames,
  type Arming,
  type Deadline,
  type DeadlineKind,
} from './deadline.ts';
import { system, type Actor, type Circumstances, type EventFrame, type NextDeadline } from './process.ts';
import { isRefusal, type Refusal } from './refusal.ts';
import { DAY, instantOn, later, localDateOf, minuteOfDay, MINUTE, type Instant } from './time.ts';
import type { PostRole } from './vocabulary.ts';
import type { Card, ChainRole, WarningLevel, WarningPolicy } from './warning-policy.ts';

/** Settings [D] that a process keeps as they were when it began. */
export type ProcessRules = {
  readonly version: number;
  /** `HH:MM` on the deadline's day after which no extension can be asked for. */
  readonly extension_cutoff: string;
  readonly urge_cooldown_hours: number;
  readonly acknowledgement_working_days: number;
  readonly dispute_working_days: number;
  readonly review_working_days: number;
  readonly red_unseen_working_days: number;
};

export const defaultRules: ProcessRules = {
  version: 1,
  extension_cutoff: '17:00',
  urge_cooldown_hours: 24,
  acknowledgement_working_days: 1,
  dispute_working_days: 3,
  review_working_days: 3,
  red_unseen_working_days: 1,
};

export type People = Readonly<Partial<Record<PostRole, string>>>;
export type CardCounts = Readonly<Record<WarningLevel, number>>;

export type Watched = {
  /** Number of events so far. */
  readonly version: number;
  readonly rules: ProcessRules;
  readonly policies: Readonly<Partial<Record<DeadlineKind, WarningPolicy>>>;
  readonly people: People;
  readonly deadlines: readonly Deadline[];
  readonly deadline_versions: Readonly<Partial<Record<DeadlineKind, number>>>;
  readonly red_unseen: { readonly kind: DeadlineKind; readonly version: number; readonly climb_at: Instant } | null;
  /** Cards given to the unit so far, repeats included. */
  readonly cards: CardCounts;
  readonly accountability_proposed: boolean;
  readonly urged_at: Instant | null;
  readonly withdrawal: { readonly by: Actor; readonly at: Instant; readonly reason: string } | null;
};

export const unwatched = (rules: ProcessRules, policies: Watched['policies']): Watched => ({
  version: 0,
  rules,
  policies,
  people: {},
  deadlines: [],
  deadline_versions: {},
  red_unseen: null,
  cards: { bell: 0, yellow_card: 0, red_card: 0 },
  accountability_proposed: false,
  urged_at: null,
  withdrawal: null,
});

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
        /** Set for a red card of the unit: when it climbs if nobody has opened it. */
        readonly climb_at?: Instant;
      }
    | { readonly type: 'red_card_climbed'; readonly deadline: Pick<Deadline, 'kind' | 'version'> }
    | { readonly type: 'red_card_seen' }
    | { readonly type: 'accountability_proposed'; readonly deadline: Pick<Deadline, 'kind' | 'version'> }
  );

/** The card a thing shows: what its unit has been given for deadlines that still stand. */
export const cardShown = (state: Watched): Card =>
  cardOf(state.deadlines.filter((deadline) => deadline.chain === 'undertaking'));

/** Arms a deadline of this kind under its next version. */
export function armNext(
  state: Watched,
  arming: Omit<Arming, 'version' | 'policy'>,
  { at, calendar }: Pick<Circumstances, 'at' | 'calendar'>,
): Deadline | Refusal {
  const policy = state.policies[arming.kind];
  if (policy === undefined) throw new Error(`no warning policy frozen for ${arming.kind}`);
  return arm({ ...arming, policy, version: (state.deadline_versions[arming.kind] ?? 0) + 1 }, at, calendar);
}

/** The end of the n-th working day from today, armed. */
export function armWorkingDays(
  state: Watched,
  kind: DeadlineKind,
  chain: Deadline['chain'],
  days: number,
  circumstances: Circumstances,
): Deadline | Refusal {
  const end = afterWorkingDays(circumstances.calendar, localDateOf(circumstances.at), days);
  return isRefusal(end) ? end : armNext(state, { kind, chain, ...end }, circumstances);
}

/** The part of evolve that is the same for every event of every process. */
export function evolveFrame<S extends Watched>(state: S, event: EventFrame): S {
  const cleared = new Set<DeadlineKind>([...(event.clears ?? []), ...(event.arms ?? []).map(({ kind }) => kind)]);
  const kept = cleared.size === 0 ? state.deadlines : state.deadlines.filter(({ kind }) => !cleared.has(kind));
  const versions = { ...state.deadline_versions };
  for (const { kind, version } of event.arms ?? []) versions[kind] = version;
  return {
    ...state,
    version: state.version + 1,
    deadlines: [...kept, ...(event.arms ?? [])],
    deadline_versions: versions,
    red_unseen: state.red_unseen !== null && cleared.has(state.red_unseen.kind) ? null : state.red_unseen,
  };
}

export function evolveWarning<S extends Watched>(state: S, event: WarningEvent): S {
  switch (event.type) {
    case 'warning_given': {
      const { kind, version, chain } = event.deadline;
      return {
        ...state,
        deadlines: state.deadlines.map((deadline) =>
          deadline.kind === kind && deadline.version === version ? afterFirstStep(deadline) : deadline,
        ),
        cards: chain === 'undertaking' ? { ...state.cards, [event.level]: state.cards[event.level] + 1 } : state.cards,
        red_unseen: event.climb_at === undefined ? state.red_unseen : { kind, version, climb_at: event.climb_at },
      };
    }
    case 'red_card_climbed':
    case 'red_card_seen':
      return { ...state, red_unseen: null };
    case 'accountability_proposed':
      return { ...state, accountability_proposed: true };
  }
}

/** The same hour on the n-th working day after an instant; n days later where the calendar ends. */
function workingDaysLater(calendar: Calendar, at: Instant, days: number): Instant {
  const date = addWorkingDays(calendar, localDateOf(at), days);
  return isRefusal(date) ? later(at, days * DAY) : later(instantOn(date), minuteOfDay(at) * MINUTE);
}

/** The warnings that time alone brings by `at`, in the order of their moments: none is skipped after an outage. */
export function passWarnings(state: Watched, at: Instant, calendar: Calendar): readonly WarningEvent[] {
  const events: WarningEvent[] = [];
  let now = state;
  const add = (event: WarningEvent) => {
    events.push(event);
    now = evolveWarning(evolveFrame(now, event), event);
  };
  for (;;) {
    const due = earliest(now.deadlines);
    const unseen = now.red_unseen;
    const climbs = unseen !== null && unseen.climb_at <= at && (due === null || unseen.climb_at < due.step.at);
    if (climbs) {
      add({ type: 'red_card_climbed', at, by: system, deadline: { kind: unseen.kind, version: unseen.version } });
    } else if (due !== null && due.step.at <= at) {
      const { deadline, step } = due;
      const policy = now.policies[deadline.kind];
      add({
        type: 'warning_given',
        at,
        by: system,
        deadline: {
          kind: deadline.kind,
          version: deadline.version,
          due: deadline.due,
          policy: deadline.policy,
          chain: deadline.chain,
        },
        level: step.level,
        repeat: step.repeat,
        moment: step.at,
        recipients: policy?.recipients[step.level] ?? [],
        ...(step.level === 'red_card' && deadline.chain === 'undertaking'
          ? { climb_at: workingDaysLater(calendar, at, state.rules.red_unseen_working_days) }
          : {}),
      });
      const repeat = policy?.repeat;
      const exhausted = repeat?.then === 'accountability_proposal' && step.level === 'red_card' && step.repeat === repeat.times;
      if (exhausted && !now.accountability_proposed) {
        add({
          type: 'accountability_proposed',
          at,
          by: system,
          deadline: { kind: deadline.kind, version: deadline.version },
        });
      }
    } else {
      return events;
    }
  }
}

/** The next thing that time alone will do. */
export function nextWarning(state: Watched): NextDeadline | null {
  const due = earliest(state.deadlines);
  const unseen = state.red_unseen;
  if (unseen !== null && (due === null || unseen.climb_at < due.step.at)) {
    return { at: unseen.climb_at, kind: 'red_unseen', what_happens: '红牌无人阅知，升级提醒分管市级领导' };
  }
  if (due === null) return null;
  const { deadline, step } = due;
  const again = step.repeat > 0 ? `第${step.repeat}次重复` : '';
  return { at: step.at, kind: deadline.kind, what_happens: `${deadlineNames[deadline.kind]}${again}${levelNames[step.level]}预警` };
}

/** Somebody who was told of the red card has opened the thing. */
export const seenBy = (state: Watched, { by, at }: Circumstances): readonly WarningEvent[] =>
  state.red_unseen === null ? [] : [{ type: 'red_card_seen', at, by }];

/** Arms again, on a new calendar, every deadline whose day or whose warnings move. */
export function replanned(state: Watched, { at, calendar }: Circumstances): readonly Deadline[] | Refusal {
  const moved: Deadline[] = [];
  for (const deadline of state.deadlines) {
    const { basis } = deadline;
    const end = basis.kind === 'fixed' ? { due: deadline.due, basis } : afterWorkingDays(calendar, basis.from, basis.days);
    if (isRefusal(end)) return end;
    const armed = armNext(state, { kind: deadline.kind, chain: deadline.chain, ...end }, { at, calendar });
    if (isRefusal(armed)) return armed;
    // A deadline that has already passed was judged once, on its own calendar (reliability, promise 3).
    if (deadline.due <= at || sameMoments(deadline, armed)) continue;
    moved.push({ ...armed, given: deadline.given });
  }
  return moved;
}

const sameMoments = (a: Deadline, b: Deadline): boolean =>
  a.due === b.due && a.steps.length === b.steps.length && a.steps.every((step, i) => step.at === b.steps[i]?.at);
