/**
 * How what is decided gets into Postgres: idempotent writes, in local activities, because a command
 * waits for them and a regular activity takes twice as long (spec: temporal).
 */
import { isCancellation, TemporalFailure, type LocalActivityOptions } from '@temporalio/workflow';
import { MINUTE } from '../domain/time.ts';

/** Shorter than what the server suggests: a worker that takes the process over replays at most this much. */
export const EVENTS_PER_RUN = 1_500;

/**
 * A dozen seconds of attempts, then the process itself decides when to try again: a local activity that
 * goes on trying keeps a workflow task alive, and its heartbeats would fill the history (51 200 events
 * in a day and a half, then the server ends the process).
 */
export const projecting: LocalActivityOptions = {
  startToCloseTimeout: '10s',
  retry: { initialInterval: '100ms', backoffCoefficient: 2, maximumInterval: '5s', maximumAttempts: 8 },
};

/** What a local activity ends with is not wrapped as what a regular one ends with, and would end the process. */
export const wasNotWritten = (error: unknown): boolean =>
  error instanceof TemporalFailure && !isCancellation(error);

/** The pause before the n-th next round, in milliseconds. */
export const patience = (failures: number): number => Math.min(MINUTE, 5_000 * 2 ** (failures - 1));

/** For a process that has nothing else to do until it is written: the pauses become timers of its own. */
export const writing: LocalActivityOptions = {
  startToCloseTimeout: '10s',
  retry: { initialInterval: '100ms', backoffCoefficient: 2, maximumInterval: '2m' },
  localRetryThreshold: '5s',
};
