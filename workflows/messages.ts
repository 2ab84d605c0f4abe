/** What every process is sent and asked, what it answers, and what it carries from run to run. */
import { ApplicationFailure } from '@temporalio/common';
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { Calendar } from '../domain/calendar.ts';
import type { Chain } from '../domain/deadline.ts';
import type { PolicyChange } from '../domain/policy-change.ts';
import type { Actor } from '../domain/process.ts';
import type { Refusal } from '../domain/refusal.ts';
import type { Instant } from '../domain/time.ts';
import type { ClockReading } from './clock.ts';

/** What a command's sender gets: the version that the thing has now, already readable from Postgres. */
export type Answer = { readonly version: number };

export type Envelope<Command> = {
  readonly command: Command;
  readonly by: Actor;
  /** The version that could be read when it was given. A process that knows of less first learns what stands. */
  readonly read?: number;
};

export type Thing = { readonly kind: 'supervision_item' | 'indicator_task'; readonly id: string };

/** An event with its place in the thing's life, and the command that it answers (null: time did it). */
export type Decided<Event> = {
  readonly version: number;
  readonly event: Event;
  readonly command_id: string | null;
};

/** What Postgres holds when it knows of more than this run does, with the versions that answer the last commands. */
export type Standing<State> = {
  readonly state: State;
  readonly commands: readonly (readonly [id: string, version: number])[];
};

/** Everything that outlives a run: plain JSON, it crosses continue-as-new. */
export type Carried<State, Event> = {
  /**
   * How the run that is begun with it behaves, for what a run has recorded must come out of it again.
   * 1, until 0.2.0: cards are search attributes. 2: they are not; each would cost Temporal's database a write.
   */
  readonly schema_version: 1 | 2;
  readonly thing: Thing;
  readonly clock: ClockReading;
  readonly calendar: Calendar;
  readonly state: State;
  /** Decided, not yet in Postgres. */
  readonly unprojected: readonly Decided<Event>[];
  /** The last commands' ids with their answers: the server forgets update ids when a run ends. */
  readonly answers: readonly (readonly [id: string, answer: Answer])[];
};

/** A query sees the time of the last thing that happened, not now: so only how far business time is ahead. */
export const clockQuery = defineQuery<{
  ahead: number;
  next: Instant | null;
  /** Nothing is being written, sent or asked: it waits. */
  idle: boolean;
}>('clock');
export const stateQuery = defineQuery<unknown>('state');
export type Replan = { readonly calendar: Calendar; readonly policy?: PolicyChange };
/** A new calendar: moves what is open. Answers like any command. */
export const replanUpdate = defineUpdate<Answer, [Envelope<Replan>]>('replan');
/** A policy's new version: the same. Workers of 0.2.0 know no policy and would answer as if they had followed it. */
export const replanPolicyUpdate = defineUpdate<Answer, [Envelope<Replan>]>('replan_policy');
/** Compares with Postgres: what is missing there is written again, what is missing here is learnt. Repeats are harmless. */
export const reprojectSignal = defineSignal('reproject');
/**
 * Somebody has opened a thing that carries a red card that they were told of, in one or both of its chains.
 * Needs no answer, so it is a signal. Recorded ones that name no chain mean all of them.
 */
export const seenSignal = defineSignal<[Actor, (readonly Chain[])?]>('red_card_seen');

export const refused = ({ refusal, detail, pointer }: Refusal) =>
  ApplicationFailure.nonRetryable(detail, refusal, { detail, pointer: pointer ?? null });

export const NOT_YET_READABLE = 'not_yet_readable';

/** Decided, and its run ends before Postgres could take it in: the next run answers the same command. */
export const notYetReadable = () =>
  ApplicationFailure.nonRetryable('decided, not yet in Postgres', NOT_YET_READABLE);
