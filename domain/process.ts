/**
 * What every durable process has in common: who acts, which deadlines watch it, what an event
 * carries. A process is three pure functions (decide, evolve, next) over these types; the
 * workflow, the projector and the pages know nothing else about it.
 */
import type { Calendar } from './calendar.ts';
import type { Chain, Deadline, DeadlineKind, Policies } from './deadline.ts';
import type { Refusal } from './refusal.ts';
import type { Instant } from './time.ts';
import type { Role } from './vocabulary.ts';

/** Who gives a command. Names and phone numbers stay in Postgres; only ids travel. */
export type Actor =
  | {
      readonly kind: 'person';
      readonly person_id: string;
      readonly unit_id: string | null;
      /** The role in which the person acts here: the one that the table of rights let through. */
      readonly role: Role;
    }
  | { readonly kind: 'system' };

export const system: Actor = { kind: 'system' };

export const samePerson = (a: Actor, b: Actor): boolean =>
  a.kind === 'person' && b.kind === 'person' && a.person_id === b.person_id;

/** What a decision may look at besides the state. The calendar is data, the clock is an argument. */
export type Circumstances = {
  readonly by: Actor;
  readonly at: Instant;
  readonly calendar: Calendar;
  /** Set where a replay decides again what was decided by a rule that has been mended since: it must come out as it was. */
  readonly unmended?: true;
};

/** The part of an event that every process shares; evolve() applies `arms` and `clears` itself. */
export type EventFrame = {
  readonly at: Instant;
  readonly by: Actor;
  /** Of what passing a deadline brought: its moment, as which it was decided, however late that was. */
  readonly as_of?: Instant;
  /** Deadlines that begin to be watched, replacing one of the same kind. */
  readonly arms?: readonly Deadline[];
  /** Deadlines that are no longer watched. */
  readonly clears?: readonly DeadlineKind[];
};

/** The moment that an event counts from: what time alone has brought counts from when it was due, also after an outage. */
export const momentOf = ({
  at,
  as_of,
  moment,
}: Pick<EventFrame, 'at' | 'as_of'> & { readonly moment?: Instant }): Instant => moment ?? as_of ?? at;

/** A process as the kernel, the projector and the API see it. */
export type Process<State, Command, Event extends EventFrame> = {
  /** Decides a command given at an instant; everything due before it has already been decided. */
  readonly decide: (
    state: State,
    command: Command,
    circumstances: Circumstances,
  ) => readonly Event[] | Refusal;
  /** What the passing of time alone has brought about by `at`, in order. */
  readonly pass: (state: State, at: Instant, calendar: Calendar) => readonly Event[];
  /** What a new calendar, or other policies, move. Empty when nothing changes. */
  readonly replan: (
    state: State,
    circumstances: Circumstances,
    policies?: Policies,
  ) => readonly Event[] | Refusal;
  /** Somebody who was told has opened the thing: red cards of these chains (all, if none is named) no longer climb. */
  readonly seen: (state: State, circumstances: Circumstances, chains?: readonly Chain[]) => readonly Event[];
  readonly evolve: (state: State | null, event: Event) => State;
  /** The next instant at which time alone changes something, or null. */
  readonly next: (state: State) => NextDeadline | null;
  readonly ended: (state: State) => boolean;
};

export type NextDeadline = {
  readonly at: Instant;
  readonly kind: DeadlineKind | 'red_unseen';
  /** Chinese, for people: what the system will do then. */
  readonly what_happens: string;
};

/** Of every kind: nothing happens to a thing any more. */
export const endedStages = ['closed', 'completed', 'not_completed', 'withdrawn'] as const;

export const isEnded = (stage: string): boolean => endedStages.some((one) => one === stage);

/** For the end of a switch over a stage's commands: the process's table let none but those through. */
export const unreachable = (command: { readonly command: string }): never => {
  throw new Error(`the table let ${command.command} through in a stage that does not know it`);
};
