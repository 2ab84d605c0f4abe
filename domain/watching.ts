/**
 * What every watched process shares: its people, its settings, its armed deadlines and the cards they
 * have given. Pure; a process composes it with its own stages. How time turns deadlines into warnings
 * is in warnings.ts.
 */
import {
  arm,
  cardOf,
  nameOf,
  type Arming,
  type Chain,
  type Deadline,
  type DeadlineKind,
  type DeadlineName,
  type Policies,
} from './deadline.ts';
import { afterWorkingDays, dueOn } from './due.ts';
import type { Actor, Circumstances, EventFrame } from './process.ts';
import { isRefusal, type Refusal } from './refusal.ts';
import { dayEnd, localDateOf, type Instant } from './time.ts';
import type { PostRole } from './vocabulary.ts';
import type { Step } from './warning-ladder.ts';
import { higher, type Card, type WarningLevel, type WarningPolicy } from './warning-policy.ts';

/** The settings [D] of whatever is watched; a process keeps its own as they were when it began. */
export type CommonRules = {
  readonly version: number;
  readonly urge_cooldown_hours: number;
  readonly red_unseen_working_days: number;
  /** The same for the deadlines of the office that decides. What began before there was this setting lacks it, and there they do not climb. */
  readonly review_red_unseen_working_days?: number;
};

/** Those of a supervision item. */
export type ProcessRules = CommonRules & {
  /** in which days the seven of an ordinary item are counted. */
  readonly ordinary_item_days: 'calendar_day' | 'working_day';
  /** `HH:MM` on the deadline's day after which no extension can be asked for. */
  readonly extension_cutoff: string;
  readonly acknowledgement_working_days: number;
  readonly dispute_working_days: number;
  readonly review_working_days: number;
};

export const defaultRules: ProcessRules = {
  version: 1,
  ordinary_item_days: 'calendar_day',
  extension_cutoff: '17:00',
  urge_cooldown_hours: 24,
  acknowledgement_working_days: 1,
  dispute_working_days: 3,
  review_working_days: 3,
  red_unseen_working_days: 1,
  review_red_unseen_working_days: 1,
};

export type People = Readonly<Partial<Record<PostRole, string>>>;
export type CardCounts = Readonly<Record<WarningLevel, number>>;

/** A red card that nobody has opened yet. */
export type UnseenRed = {
  readonly kind: DeadlineKind;
  readonly version: number;
  readonly repeat: number;
  readonly climb_at: Instant;
  /** Who stands above those who were told. */
  readonly to: PostRole;
  /** Whose card it is; the unit's where it is not written. */
  readonly chain?: Chain;
};

export const chainOf = ({ chain = 'undertaking' }: Pick<UnseenRed, 'chain'>): Chain => chain;

export type Watched = {
  /** Number of events so far. */
  readonly version: number;
  readonly rules: CommonRules;
  readonly policies: Policies;
  readonly people: People;
  readonly deadlines: readonly Deadline[];
  readonly deadline_versions: Readonly<Partial<Record<DeadlineKind, number>>>;
  /** In the order in which they were given. */
  readonly red_unseen: readonly UnseenRed[];
  /** What is still shown of deadlines that are not watched now: paused, under review, closed too late. */
  readonly card_kept: Card;
  /** Cards given to the unit so far. A repeat reminds of a red card; it is not another one. */
  readonly cards: CardCounts;
  readonly accountability_proposed: boolean;
  readonly urged_at: Instant | null;
  readonly withdrawal: { readonly by: Actor; readonly at: Instant; readonly reason: string } | null;
};

const noCards: CardCounts = { bell: 0, yellow_card: 0, red_card: 0 };

/** What a unit starts with, and another one that takes over. */
export const unwarned = { cards: noCards, accountability_proposed: false, urged_at: null } as const;

export const unwatched = <Rules extends CommonRules>(
  rules: Rules,
  policies: Policies,
): Watched & { readonly rules: Rules } => ({
  version: 0,
  rules,
  policies,
  people: {},
  deadlines: [],
  deadline_versions: {},
  red_unseen: [],
  card_kept: 'none',
  ...unwarned,
  withdrawal: null,
});

/** The card a thing shows: what its unit has been given for deadlines that still stand. */
export const cardShown = (state: Watched): Card =>
  higher(cardOf(state.deadlines.filter(({ chain }) => chain === 'undertaking')), state.card_kept);

/** Of these kinds those that are armed: an event clears nothing else. */
export const armedOf = (state: Watched, ...kinds: readonly DeadlineKind[]): readonly DeadlineKind[] =>
  kinds.filter((kind) => state.deadlines.some((deadline) => deadline.kind === kind));

/** When a deadline that stands ends. */
export const dueOfKind = (state: Watched, { kind }: Pick<Deadline, 'kind'>): Instant | null =>
  state.deadlines.find((deadline) => deadline.kind === kind)?.due ?? null;

export const allArmed = (state: Watched): readonly DeadlineKind[] => state.deadlines.map(({ kind }) => kind);

/** Arms a deadline of this kind under its next version. */
export function armNext(
  state: Pick<Watched, 'policies' | 'deadline_versions'>,
  arming: Omit<Arming, 'version' | 'policy'>,
  { at, calendar }: Pick<Circumstances, 'at' | 'calendar'>,
): Deadline | Refusal {
  const policy = warningPolicyOf(state, arming.kind);
  return arm({ ...arming, policy, version: nextVersion(state, arming.kind) }, at, calendar);
}

export const nextVersion = (state: Pick<Watched, 'deadline_versions'>, kind: DeadlineKind): number =>
  (state.deadline_versions[kind] ?? 0) + 1;

/** A deadline of this name warns by its ladder; a card by progress has none, it comes at its checkpoint. */
function warningPolicyOf({ policies }: Pick<Watched, 'policies'>, kind: DeadlineKind): WarningPolicy {
  const name = nameOf(kind);
  const { progress } = policies;
  const policy = name === 'progress' ? progress && { ...progress, levels: [], repeat: null } : policies[name];
  if (policy === undefined) throw new Error(`no warning policy frozen for ${kind}`);
  return policy;
}

/** Whose policies' versions differ. */
export const changedPolicies = (before: Policies, after: Policies): readonly DeadlineName[] =>
  (Object.keys(after) as DeadlineName[]).filter(
    (name) => before[name]?.name !== after[name]?.name || before[name]?.version !== after[name]?.version,
  );

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
  const stands = ({ kind }: { readonly kind: DeadlineKind }) => !cleared.has(kind);
  const versions = { ...state.deadline_versions };
  for (const { kind, version } of event.arms ?? []) versions[kind] = version;
  return {
    ...state,
    version: state.version + 1,
    deadlines: [...state.deadlines.filter(stands), ...(event.arms ?? [])],
    deadline_versions: versions,
    red_unseen: state.red_unseen.filter(stands),
  };
}

/** What of a stage ends with the stage: the rest of the state. */
export const leaveStage = <Life extends Watched>(state: Life, ofOneStage: Readonly<Record<string, true>>) =>
  Object.fromEntries(Object.entries(state).filter(([field]) => !(field in ofOneStage)));

/**
 * Arms again, on a new calendar or under other policies, every deadline whose day, warnings or policy
 * change. One that has already passed was judged once, on its own calendar (reliability, promise 3).
 */
export function replanned(
  state: Watched,
  { at, calendar }: Circumstances,
  policies: Policies = state.policies,
): readonly Deadline[] | Refusal {
  const moved: Deadline[] = [];
  for (const deadline of state.deadlines) {
    // What was found has been found: the day by which it is to be made up is in its card.
    const isFound = deadline.judgement !== undefined && deadline.turn === undefined;
    if (deadline.due <= at || isFound) continue;
    const end = dueOn(calendar, deadline);
    if (isRefusal(end)) return end;
    // No notice makes anybody late who is not: what would have passed already ends today.
    const due = end.due <= at ? dayEnd(localDateOf(at)) : end.due;
    const { kind, chain, given, turn, judgement } = deadline;
    const arming = { kind, chain, ...end, due, ...(turn === undefined ? {} : { turn }) };
    const armed = armNext({ ...state, policies }, arming, { at, calendar });
    if (isRefusal(armed)) return armed;
    // Where only the warnings move, nobody is told a second time of the same day.
    const coming = due === deadline.due ? armed.steps.filter((step) => isNewAfter(given, step)) : armed.steps;
    const steps = [...overtaken(deadline, warningPolicyOf({ policies }, kind), coming, at), ...coming];
    const moves = { ...armed, steps, given, ...(judgement === undefined ? {} : { judgement }) };
    if (!sameWarnings(deadline, moves)) moved.push(moves);
  }
  return moved;
}

/**
 * Another policy may put a warning that was still to come on a day that has passed. It is not lost, it comes
 * at once; of two such only the higher one.
 */
function overtaken(
  before: Deadline,
  policy: Pick<WarningPolicy, 'name' | 'version' | 'levels'>,
  coming: readonly Step[],
  at: Instant,
): readonly Step[] {
  if (before.policy.name === policy.name && before.policy.version === policy.version) return [];
  const firsts = (steps: readonly Step[]) =>
    new Set(steps.filter(({ repeat }) => repeat === 0).map(({ level }) => level));
  const [was, comes] = [firsts(before.steps), firsts(coming)];
  const lost = policy.levels.filter(({ level }) => was.has(level) && !comes.has(level)).at(-1);
  return lost === undefined ? [] : [{ level: lost.level, at, repeat: 0 }];
}

const isNewAfter = (given: Card, { level, repeat }: Step): boolean =>
  repeat > 0 || higher(given, level) !== given;

const sameWarnings = (a: Deadline, b: Deadline): boolean =>
  a.due === b.due &&
  a.policy.name === b.policy.name &&
  a.policy.version === b.policy.version &&
  a.steps.length === b.steps.length &&
  a.steps.every(({ at, level }, i) => at === b.steps[i]?.at && level === b.steps[i].level);
