/**
 * What every watched process shares: its people, its settings, its armed deadlines and the cards they
 * have given. Pure; a process composes it with its own stages. How time turns deadlines into warnings
 * is in warnings.ts.
 */
import { afterWorkingDays, arm, cardOf, type Arming, type Deadline, type DeadlineKind } from './deadline.ts';
import type { Actor, Circumstances, EventFrame } from './process.ts';
import { isRefusal, type Refusal } from './refusal.ts';
import { localDateOf, type Instant } from './time.ts';
import type { PostRole } from './vocabulary.ts';
import type { Card, WarningLevel, WarningPolicy } from './warning-policy.ts';

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
  readonly red_unseen: {
    readonly kind: DeadlineKind;
    readonly version: number;
    readonly climb_at: Instant;
  } | null;
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
  const cleared = new Set<DeadlineKind>([
    ...(event.clears ?? []),
    ...(event.arms ?? []).map(({ kind }) => kind),
  ]);
  const kept =
    cleared.size === 0 ? state.deadlines : state.deadlines.filter(({ kind }) => !cleared.has(kind));
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

/** Arms again, on a new calendar, every deadline whose day or whose warnings move. */
export function replanned(state: Watched, { at, calendar }: Circumstances): readonly Deadline[] | Refusal {
  const moved: Deadline[] = [];
  for (const deadline of state.deadlines) {
    const { basis } = deadline;
    const end =
      basis.kind === 'fixed'
        ? { due: deadline.due, basis }
        : afterWorkingDays(calendar, basis.from, basis.days);
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
  a.due === b.due &&
  a.steps.length === b.steps.length &&
  a.steps.every((step, i) => step.at === b.steps[i]?.at);
