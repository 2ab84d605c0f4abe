/**
 * The life that every durable process leads. A command is decided and becomes events; events are
 * projected into Postgres in one local activity; the answer is given when people can read it.
 * Between commands the process sleeps until its next deadline. Nothing here knows any process.
 */
import {
  allHandlersFinished,
  ApplicationFailure,
  condition,
  currentUpdateInfo,
  defineQuery,
  defineSignal,
  defineUpdate,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { LocalActivityOptions } from '@temporalio/workflow';
import type { Calendar } from '../domain/calendar.ts';
import type { Actor, EventFrame, NextDeadline, Process } from '../domain/process.ts';
import { isRefusal, type Refusal } from '../domain/refusal.ts';
import { officeTime, type Instant } from '../domain/time.ts';
import type { Card } from '../domain/warning-policy.ts';
import { Clock, type ClockReading } from './clock.ts';
import { cardAttribute, stageAttribute } from './search-attributes.ts';

/** What a command's sender gets: the version that the thing has now, already readable from Postgres. */
export type Answer = { readonly version: number };

export type Envelope<Command> = { readonly command: Command; readonly by: Actor };

type Thing = { readonly kind: 'supervision_item'; readonly id: string };

/** Everything that outlives a run: plain JSON, it crosses continue-as-new. */
export type Carried<State, Event> = {
  readonly thing: Thing;
  readonly clock: ClockReading;
  readonly calendar: Calendar;
  readonly state: State;
  /** Decided, not yet in Postgres. */
  readonly unprojected: readonly { readonly version: number; readonly event: Event }[];
  /** The last commands' ids with their answers: the server forgets update ids when a run ends. */
  readonly answers: readonly (readonly [id: string, answer: Answer])[];
};

export const clockQuery = defineQuery<{ now: Instant; next: Instant | null }>('clock');
export const stateQuery = defineQuery<unknown>('state');
/** A new calendar: moves what is open. Answers like any command. */
export const replanUpdate = defineUpdate<Answer, [Envelope<{ calendar: Calendar }>]>('replan');
/** Projects the state again after a database was restored; repeats are harmless. */
export const reprojectSignal = defineSignal('reproject');
/** A leader has opened a thing that carries a red card. Needs no answer, so it is a signal. */
export const seenSignal = defineSignal<[Actor]>('red_card_seen');

const REMEMBERED_ANSWERS = 200;
/** Shorter than what the server suggests: a worker that takes the process over replays at most this much. */
export const EVENTS_PER_RUN = 1_500;

/**
 * How a decided event becomes readable: an idempotent write, repeated for ever. A local activity,
 * because a command waits for it and a regular one takes twice as long (spec: temporal).
 */
export const projecting: LocalActivityOptions = {
  startToCloseTimeout: '10s',
  retry: { initialInterval: '100ms', backoffCoefficient: 2, maximumInterval: '10s' },
  localRetryThreshold: '30s',
};

const fail = ({ refusal, detail, pointer }: Refusal) =>
  ApplicationFailure.nonRetryable(detail, refusal, { detail, pointer: pointer ?? null });

type Shown = EventFrame & { readonly type: string };
type Lived = { readonly version: number; readonly stage: string };

/** What the kernel has to know of a process besides its rules. */
export type Kind<State, Command extends { readonly command: string }, Event extends EventFrame> = {
  readonly rules: Process<State, Command, Event>;
  readonly commands: readonly Command['command'][];
  readonly cardOf: (state: State) => Card;
  readonly project: (projection: {
    readonly thing: Thing;
    readonly events: readonly { readonly version: number; readonly event: Event }[];
    readonly state: State;
    readonly card: Card;
    readonly next: NextDeadline | null;
    readonly time_travel: boolean;
  }) => Promise<void>;
};

export type Life<State, Event> = { readonly ended: State } | { readonly goesOn: Carried<State, Event> };

/** Lives until the thing has ended or the run has become long enough to be continued as a new one. */
export async function live<State extends Lived, Command extends { readonly command: string }, Event extends Shown>(
  { rules: process, commands, cardOf, project }: Kind<State, Command, Event>,
  carried: Carried<State, Event>,
): Promise<Life<State, Event>> {
  const clock = new Clock(carried.clock);
  let { state, calendar } = carried;
  const pending = [...carried.unprojected];
  const answers = new Map(carried.answers);
  let projected = state.version - pending.length;
  let revision = 0;
  let shown = '';

  const adopt = (events: readonly Event[]) => {
    for (const event of events) {
      state = process.evolve(state, event);
      pending.push({ version: state.version, event });
    }
    if (events.length > 0) revision += 1;
  };

  /** What time has brought about comes before any command: an extension at 24:00 meets the red card first. */
  const afterTime = (at: Instant) => {
    const passed = process.pass(state, at, calendar);
    return { passed, then: passed.reduce(process.evolve, state) };
  };

  const decide = (from: State, { command, by }: Envelope<Command>, at: Instant) =>
    process.ended(from)
      ? { refusal: 'process_ended' as const, detail: '事项已结束，不能再办理。' }
      : process.decide(from, command, { by, at, calendar });

  const answerWhenReadable = async (version: number): Promise<Answer> => {
    const answer = { version };
    const id = currentUpdateInfo()?.id;
    if (id !== undefined) answers.set(id, answer);
    await condition(() => projected >= version);
    return answer;
  };

  const known = () => {
    const id = currentUpdateInfo()?.id;
    return id === undefined ? undefined : answers.get(id);
  };

  for (const name of commands) {
    setHandler(
      defineUpdate<Answer, [Envelope<Command>]>(name),
      async (envelope) => {
        const before = known();
        if (before !== undefined) return answerWhenReadable(before.version);
        const at = clock.now();
        const { passed, then } = afterTime(at);
        adopt(passed);
        const events = decide(then, envelope, at);
        if (isRefusal(events)) throw fail(events);
        adopt(events);
        return answerWhenReadable(state.version);
      },
      {
        // Only reads: a command refused here leaves no trace in the history.
        validator: (envelope) => {
          if (known() !== undefined) return;
          const at = clock.now();
          const events = decide(afterTime(at).then, envelope, at);
          if (isRefusal(events)) throw fail(events);
        },
      },
    );
  }

  setHandler(replanUpdate, async ({ command, by }) => {
    const before = known();
    if (before !== undefined) return answerWhenReadable(before.version);
    const at = clock.now();
    adopt(process.pass(state, at, calendar));
    if (process.ended(state)) return { version: state.version };
    const events = process.replan(state, { by, at, calendar: command.calendar });
    if (isRefusal(events)) throw fail(events);
    calendar = command.calendar;
    adopt(events);
    return answerWhenReadable(state.version);
  });
  setHandler(seenSignal, (by) => {
    adopt(process.seen(state, { by, at: clock.now(), calendar }));
  });
  setHandler(reprojectSignal, () => {
    projected = Math.min(projected, state.version - 1);
    revision += 1;
  });
  setHandler(clockQuery, () => ({ now: clock.now(), next: process.next(state)?.at ?? null }));
  setHandler(stateQuery, () => state);

  /** What the Temporal UI and its searches show; written only when it changes, each write costs. */
  const show = () => {
    const next = process.next(state);
    setCurrentDetails(next === null ? state.stage : `${state.stage} · ${officeTime(next.at)} ${next.what_happens}`);
    const now = `${state.stage} ${cardOf(state)}`;
    if (now === shown) return;
    shown = now;
    upsertSearchAttributes([
      { key: stageAttribute, value: state.stage },
      { key: cardAttribute, value: cardOf(state) },
    ]);
  };

  const carry = (): Carried<State, Event> => ({
    thing: carried.thing,
    clock: clock.reading(),
    calendar,
    state,
    unprojected: pending,
    answers: [...answers].slice(-REMEMBERED_ANSWERS),
  });

  for (;;) {
    adopt(process.pass(state, clock.now(), calendar));
    if (projected < state.version) {
      const batch = [...pending];
      const next = process.next(state);
      await project({ thing: carried.thing, events: batch, state, card: cardOf(state), next, time_travel: carried.clock.time_travel });
      pending.splice(0, batch.length);
      projected = state.version - pending.length;
      show();
      continue;
    }
    if (process.ended(state) && pending.length === 0) {
      await condition(allHandlersFinished);
      if (pending.length === 0) return { ended: state };
      continue;
    }
    const { historyLength, continueAsNewSuggested } = workflowInfo();
    if (historyLength >= EVENTS_PER_RUN || continueAsNewSuggested) {
      await condition(allHandlersFinished);
      return { goesOn: carry() };
    }
    const seen = revision;
    const changed = () => revision !== seen || projected < state.version;
    const next = process.next(state);
    if (next === null) await condition(changed);
    // The answer of condition() is not used: a timer and a message may arrive together.
    else {
      const left = next.at - clock.now();
      if (left > 0) await condition(changed, left, { summary: `${officeTime(next.at)} ${next.what_happens}` });
    }
  }
}

