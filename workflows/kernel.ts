/**
 * The life that every durable process leads. A command is decided and becomes events; events are
 * projected into Postgres in one local activity; the answer is given when people can read it.
 * Between commands the process sleeps until its next deadline. Nothing here knows any process.
 */
import {
  allHandlersFinished,
  condition,
  currentUpdateInfo,
  defineUpdate,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { Calendar } from '../domain/calendar.ts';
import type { Actor, EventFrame, NextDeadline, Process } from '../domain/process.ts';
import { isRefusal, type Refusal } from '../domain/refusal.ts';
import { later, officeTime, type Instant } from '../domain/time.ts';
import type { Card } from '../domain/warning-policy.ts';
import { Clock } from './clock.ts';
import {
  clockQuery,
  notYetReadable,
  refused,
  replanUpdate,
  reprojectSignal,
  seenSignal,
  stateQuery,
  type Answer,
  type Carried,
  type Decided,
  type Envelope,
  type Standing,
  type Thing,
} from './messages.ts';
import { EVENTS_PER_RUN, patience, wasNotWritten } from './projecting.ts';
import { cardAttribute, stageAttribute } from './search-attributes.ts';
import { Alarm, Bell, heedCancellation } from './waking.ts';

const REMEMBERED_ANSWERS = 200;

type Shown = EventFrame & { readonly type: string };
type Lived = { readonly version: number; readonly stage: string };

/** What the kernel has to know of a process besides its rules. */
export type Kind<State, Command extends { readonly command: string }, Event extends EventFrame> = {
  readonly rules: Process<State, Command, Event>;
  readonly commands: readonly Command['command'][];
  readonly cardOf: (state: State) => Card;
  /** @returns null when it is written, else what stands in Postgres instead. */
  readonly project: (projection: {
    readonly thing: Thing;
    readonly events: readonly Decided<Event>[];
    readonly state: State;
    readonly card: Card;
    readonly next: NextDeadline | null;
    readonly time_travel: boolean;
  }) => Promise<Standing<State> | null>;
};

export type Life<State, Event> = { readonly ended: State } | { readonly goesOn: Carried<State, Event> };

/** Lives until the thing has ended or the run has become long enough to be continued as a new one. */
export async function live<
  State extends Lived,
  Command extends { readonly command: string },
  Event extends Shown,
>(
  { rules: process, commands, cardOf, project }: Kind<State, Command, Event>,
  carried: Carried<State, Event>,
): Promise<Life<State, Event>> {
  const clock = new Clock(carried.clock);
  let { state, calendar } = carried;
  const pending = [...carried.unprojected];
  const answers = new Map(carried.answers);
  /** Who opened the thing since it was last projected. */
  let opened: Actor[] = [];
  let projected = state.version - pending.length;
  let stale = false;
  let failures = 0;
  /** Something has been decided or has to be written: the main line looks again. */
  const woken = new Bell();
  /** What waited to be written is written, or overruled, or will be by the next run. */
  const settled = new Bell();
  const alarm = new Alarm(woken, clock);
  /** Grows when Postgres overrules what was decided here. */
  let era = 0;
  let leaving = false;
  let idle = false;
  const told = workflowInfo().typedSearchAttributes;
  let shown = `${told.get(stageAttribute)} ${told.get(cardAttribute)}`;

  const adopt = (events: readonly Event[], command_id: string | null = null) => {
    for (const event of events) {
      state = process.evolve(state, event);
      pending.push({ version: state.version, event, command_id });
    }
    if (events.length > 0) woken.ring();
  };

  /** What time has brought about comes before any command: an extension at 24:00 meets the red card first. */
  const afterTime = (at: Instant) => process.pass(state, at, calendar).reduce(process.evolve, state);

  type Deciding = (from: State, at: Instant) => readonly Event[] | Refusal;

  const deciding =
    ({ command, by }: Envelope<Command>): Deciding =>
    (from, at) =>
      process.ended(from)
        ? { refusal: 'process_ended', detail: '事项已结束，不能再办理。' }
        : process.decide(from, command, { by, at, calendar });

  /** A calendar that is older than ours comes late: it changes nothing. */
  const replanning =
    ({ command, by }: Envelope<{ calendar: Calendar }>): Deciding =>
    (from, at) =>
      process.ended(from) || command.calendar.version < calendar.version
        ? []
        : process.replan(from, { by, at, calendar: command.calendar });

  const commandId = () => currentUpdateInfo()?.id ?? '';

  /** Answers when people can read it. What Postgres overrules is decided again, on what stands there. */
  const carryOut = async (decide: Deciding): Promise<Answer> => {
    const id = commandId();
    for (;;) {
      const before = answers.get(id);
      if (before === undefined) {
        const at = clock.now();
        adopt(process.pass(state, at, calendar));
        const events = decide(state, at);
        if (isRefusal(events)) throw refused(events);
        adopt(events, id);
      }
      const answer = before ?? { version: state.version };
      answers.set(id, answer);
      const decidedIn = era;
      while (projected < answer.version && era === decidedIn && !leaving) await settled.rung();
      if (era !== decidedIn) continue;
      if (projected >= answer.version) return answer;
      throw notYetReadable();
    }
  };

  /** Only reads: a command refused here leaves no trace in the history, nor does a fault in the rules. */
  const check = (decide: Deciding): void => {
    if (answers.has(commandId())) return;
    const at = clock.now();
    const events = decide(afterTime(at), at);
    if (isRefusal(events)) throw refused(events);
  };

  const see = (by: Actor) => {
    const at = clock.now();
    adopt(process.pass(state, at, calendar));
    if (process.ended(state)) return;
    adopt(process.seen(state, { by, at, calendar }));
    opened.push(by);
  };

  for (const name of commands) {
    setHandler(defineUpdate<Answer, [Envelope<Command>]>(name), (envelope) => carryOut(deciding(envelope)), {
      validator: (envelope) => check(deciding(envelope)),
    });
  }
  setHandler(
    replanUpdate,
    (envelope) =>
      carryOut((from, at) => {
        const events = replanning(envelope)(from, at);
        if (!isRefusal(events) && envelope.command.calendar.version >= calendar.version)
          calendar = envelope.command.calendar;
        return events;
      }),
    { validator: (envelope) => check(replanning(envelope)) },
  );
  setHandler(seenSignal, see);
  setHandler(reprojectSignal, () => {
    stale = true;
    woken.ring();
  });
  setHandler(clockQuery, () => ({ ahead: clock.ahead, next: process.next(state)?.at ?? null, idle }));
  setHandler(stateQuery, () => state);

  /** What the Temporal UI and its searches show; written only when it changes, each write costs. */
  const show = () => {
    const next = process.next(state);
    setCurrentDetails(
      next === null ? state.stage : `${state.stage} · ${officeTime(next.at)} ${next.what_happens}`,
    );
    const now = `${state.stage} ${cardOf(state)}`;
    if (now === shown) return;
    shown = now;
    upsertSearchAttributes([
      { key: stageAttribute, value: state.stage },
      { key: cardAttribute, value: cardOf(state) },
    ]);
  };

  /**
   * A worker died after its projection and before Temporal knew of its decision, or Temporal was
   * restored from a backup. What people can read, and may have been told of by SMS, stands.
   */
  const yieldTo = (standing: Standing<State>) => {
    state = standing.state;
    pending.length = 0;
    for (const [id, { version }] of answers) if (version > projected) answers.delete(id);
    for (const [id, version] of standing.commands) answers.set(id, { version });
    projected = state.version;
    era += 1;
    const again = opened;
    opened = [];
    for (const by of again) see(by);
  };

  /** @returns false when Postgres could not be written to for a while. */
  const write = async (): Promise<boolean> => {
    const events = [...pending];
    const next = process.next(state);
    stale = false;
    try {
      const standing = await project({
        thing: carried.thing,
        events,
        state,
        card: cardOf(state),
        next,
        time_travel: carried.clock.time_travel,
      });
      if (standing === null) {
        pending.splice(0, events.length);
        projected = state.version - pending.length;
        if (pending.length === 0) opened = [];
      } else yieldTo(standing);
    } catch (error) {
      if (!wasNotWritten(error)) throw error;
      stale = true;
      return false;
    }
    settled.ring();
    show();
    return true;
  };

  const longEnough = () =>
    workflowInfo().historyLength >= EVENTS_PER_RUN || workflowInfo().continueAsNewSuggested;

  const leave = async (): Promise<Life<State, Event>> => {
    leaving = true;
    settled.ring();
    await condition(allHandlersFinished);
    return {
      goesOn: {
        schema_version: 1,
        thing: carried.thing,
        clock: clock.reading(),
        calendar,
        state,
        unprojected: pending,
        answers: [...answers].slice(-REMEMBERED_ANSWERS),
      },
    };
  };

  const unwritten = () => projected < state.version || stale;

  const endIfCancelled = heedCancellation(woken);

  for (;;) {
    endIfCancelled();
    adopt(process.pass(state, clock.now(), calendar));
    if (unwritten()) {
      failures = (await write()) ? 0 : failures + 1;
      if (failures === 0) continue;
      setCurrentDetails(`${state.stage} · 数据库写不进去，已试${failures}轮`);
      if (longEnough()) return leave();
      alarm.set(later(clock.now(), patience(failures)), clock.now(), '再次写入数据库');
      await woken.rung();
      continue;
    }
    if (process.ended(state)) {
      await condition(() => allHandlersFinished() || unwritten());
      if (unwritten()) continue;
      return { ended: state };
    }
    if (longEnough()) return leave();
    const next = process.next(state);
    if (next === null) alarm.clear();
    else if (next.at > clock.now())
      alarm.set(next.at, clock.now(), `${officeTime(next.at)} ${next.what_happens}`);
    else continue;
    idle = true;
    await woken.rung();
    idle = false;
  }
}
