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
  patched,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { Policies } from '../domain/deadline.ts';
import { withPolicy } from '../domain/policy-change.ts';
import type { Circumstances, EventFrame, NextDeadline, Process } from '../domain/process.ts';
import { isRefusal } from '../domain/refusal.ts';
import { later, officeTime } from '../domain/time.ts';
import type { Card } from '../domain/warning-policy.ts';
import { attributesShown } from './attributes-shown.ts';
import { Clock } from './clock.ts';
import { Decisions, type Deciding } from './decisions.ts';
import {
  clockQuery,
  replanPolicyUpdate,
  replanUpdate,
  reprojectSignal,
  seenSignal,
  stateQuery,
  type Answer,
  type Carried,
  type Decided,
  type Envelope,
  type Replan,
  type Standing,
  type Thing,
} from './messages.ts';
import { EVENTS_PER_RUN, patience, wasNotWritten } from './projecting.ts';
import { Alarm, Bell, heedCancellation } from './waking.ts';

type Shown = EventFrame & { readonly type: string };
type Lived = { readonly version: number; readonly stage: string; readonly policies: Policies };

/** What the kernel has to know of a process besides its rules. */
export type Kind<State, Command extends { readonly command: string }, Event extends EventFrame> = {
  readonly rules: Process<State, Command, Event>;
  readonly commands: readonly Command['command'][];
  /** The commands whose rules have been mended, and under which name: what a run decided before comes out of its replay as it was. */
  readonly mended?: { readonly patch: string; readonly concerns: (command: Command) => boolean };
  readonly cardOf: (state: State) => Card;
  /** @returns null when it is written, else what stands in Postgres instead. */
  readonly project: (projection: {
    readonly thing: Thing;
    readonly events: readonly Decided<Event>[];
    readonly state: State;
    readonly card: Card;
    readonly next: NextDeadline | null;
  }) => Promise<Standing<State> | null>;
};

export type Life<State, Event> = { readonly ended: State } | { readonly goesOn: Carried<State, Event> };

/** Lives until the thing has ended or the run has become long enough to be continued as a new one. */
export async function live<
  State extends Lived,
  Command extends { readonly command: string },
  Event extends Shown,
>(
  { rules: process, commands, mended, cardOf, project }: Kind<State, Command, Event>,
  carried: Carried<State, Event>,
): Promise<Life<State, Event>> {
  const clock = new Clock(carried.clock);
  /** Something has been decided or has to be written: the main line looks again. */
  const woken = new Bell();
  const alarm = new Alarm(woken, clock);
  const decisions = new Decisions(process, carried, clock, woken);
  let failures = 0;
  let idle = false;
  const attributes = attributesShown(carried.schema_version);

  const deciding =
    (
      { command, by }: Envelope<Command>,
      rules: () => Pick<Circumstances, 'unmended'> = () => ({}),
    ): Deciding<State, Event> =>
    (from, at) =>
      process.ended(from)
        ? { refusal: 'process_ended', detail: '事项已结束，不能再办理。' }
        : process.decide(from, command, { by, at, calendar: decisions.calendar, ...rules() });

  /** Not for a validator: it leaves no trace, and nothing of it is replayed. */
  const asDecided = (command: Command) => (): Pick<Circumstances, 'unmended'> =>
    mended?.concerns(command) === true && !patched(mended.patch) ? { unmended: true } : {};

  /** A calendar that is older than ours comes late: it changes nothing. */
  const isLate = ({ command }: Envelope<Replan>) => command.calendar.version < decisions.calendar.version;

  const replanning =
    (envelope: Envelope<Replan>): Deciding<State, Event> =>
    (from, at) => {
      const { by, command } = envelope;
      const { policy } = command;
      if (process.ended(from) || (isLate(envelope) && policy === undefined)) return [];
      const calendar = isLate(envelope) ? decisions.calendar : command.calendar;
      const policies = policy === undefined ? from.policies : withPolicy(from.policies, policy);
      return process.replan(from, { by, at, calendar }, policies);
    };

  const commandId = () => currentUpdateInfo()?.id ?? '';

  for (const name of commands) {
    setHandler(
      defineUpdate<Answer, [Envelope<Command>]>(name),
      (envelope) =>
        decisions.carryOut(commandId(), deciding(envelope, asDecided(envelope.command)), envelope.read),
      { validator: (envelope) => decisions.check(commandId(), deciding(envelope), envelope.read) },
    );
  }
  for (const update of [replanUpdate, replanPolicyUpdate]) {
    setHandler(
      update,
      (envelope) =>
        decisions.carryOut(commandId(), (from, at) => {
          const events = replanning(envelope)(from, at);
          if (!isRefusal(events) && !isLate(envelope)) decisions.followCalendar(envelope.command.calendar);
          return events;
        }),
      { validator: (envelope) => decisions.check(commandId(), replanning(envelope)) },
    );
  }
  setHandler(seenSignal, (by, chains) => decisions.see({ by, chains }));
  setHandler(reprojectSignal, () => decisions.doubt());
  setHandler(clockQuery, () => ({
    ahead: clock.ahead,
    next: process.next(decisions.state)?.at ?? null,
    idle,
  }));
  setHandler(stateQuery, () => decisions.state);

  /** What the Temporal UI and its searches show. */
  const show = () => {
    const { state } = decisions;
    const next = process.next(state);
    const card = cardOf(state);
    setCurrentDetails(
      [
        state.stage,
        ...(card === 'none' ? [] : [card]),
        ...(next === null ? [] : [`${officeTime(next.at)} ${next.what_happens}`]),
      ].join(' · '),
    );
    attributes.show(state.stage, card);
  };

  /** @returns false when Postgres could not be written to for a while. */
  const write = async (): Promise<boolean> => {
    const { state } = decisions;
    const next = process.next(state);
    try {
      const standing = await project({
        thing: carried.thing,
        events: decisions.toWrite(),
        state,
        card: cardOf(state),
        next,
      });
      if (standing === null) decisions.haveBeenWritten();
      else decisions.yieldTo(standing);
    } catch (error) {
      if (!wasNotWritten(error)) throw error;
      decisions.doubt();
      return false;
    }
    show();
    return true;
  };

  const longEnough = () =>
    workflowInfo().historyLength >= EVENTS_PER_RUN || workflowInfo().continueAsNewSuggested;

  const leave = async (): Promise<Life<State, Event>> => {
    decisions.leave();
    await condition(allHandlersFinished);
    const { thing } = carried;
    return { goesOn: { schema_version: 2, thing, clock: clock.reading(), ...decisions.carried() } };
  };

  const endIfCancelled = heedCancellation(woken);

  for (;;) {
    endIfCancelled();
    decisions.pass();
    if (decisions.unsettled) {
      failures = (await write()) ? 0 : failures + 1;
      if (failures === 0) continue;
      setCurrentDetails(`${decisions.state.stage} · 数据库写不进去，已试${failures}轮`);
      if (longEnough()) return leave();
      alarm.set(later(clock.now(), patience(failures)), clock.now(), '再次写入数据库');
      await woken.rung();
      continue;
    }
    if (process.ended(decisions.state)) {
      await condition(() => allHandlersFinished() || decisions.unsettled);
      if (decisions.unsettled) continue;
      return { ended: decisions.state };
    }
    if (longEnough()) return leave();
    const next = process.next(decisions.state);
    if (next === null) alarm.clear();
    else if (next.at > clock.now())
      alarm.set(next.at, clock.now(), `${officeTime(next.at)} ${next.what_happens}`);
    else continue;
    idle = true;
    await woken.rung();
    idle = false;
  }
}
