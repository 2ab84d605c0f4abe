/** Takes the place of workflows/projecting.ts where a test wants a year of runs in some seconds. */
import { isCancellation, TemporalFailure, type LocalActivityOptions } from '@temporalio/workflow';

export const EVENTS_PER_RUN = 60;

export const projecting: LocalActivityOptions = {
  startToCloseTimeout: '10s',
  retry: { initialInterval: '20ms', backoffCoefficient: 2, maximumAttempts: 2 },
};

export const patience = (): number => 100;

export const writing: LocalActivityOptions = {
  startToCloseTimeout: '10s',
  retry: { initialInterval: '20ms', backoffCoefficient: 2, maximumInterval: '1s' },
};

export const wasNotWritten = (error: unknown): boolean =>
  error instanceof TemporalFailure && !isCancellation(error);
