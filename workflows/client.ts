/**
 * The ids of workflows, and every start, update and signal from outside: nowhere else.
 * Commands that need an answer are Updates; what must be taken in although no worker is up, and
 * needs no answer, is a Signal.
 */
import {
  isGrpcServiceError,
  ServiceError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
  type Client,
} from '@temporalio/client';
import { ApplicationFailure, WorkflowNotFoundError, type Workflow } from '@temporalio/common';
import type { CadenceName } from '../domain/cadence.ts';
import type { Chain } from '../domain/deadline.ts';
import type { Actor } from '../domain/process.ts';
import { quietRecipient, type MessageLevel } from '../domain/recipient.ts';
import { refusalTitles, refuse, type Refusal, type RefusalCode } from '../domain/refusal.ts';
import { later, type Instant, type LocalDate } from '../domain/time.ts';
import {
  clockQuery,
  NOT_YET_READABLE,
  replanPolicyUpdate,
  replanUpdate,
  reprojectSignal,
  seenSignal,
  type Answer,
  type Envelope,
  type Replan,
  type Thing,
} from './messages.ts';
import { listRelease, lookSignal, pauseRelease, resumeRelease } from './list-release.ts';
import { receiptSignal, recipient, releaseSignal, tellSignal } from './recipient.ts';
import { runCadence } from './schedules.ts';
import { kindAttribute, numberAttribute, stageAttribute } from './search-attributes.ts';
import type { Command as TaskCommand } from '../domain/indicator-task.ts';
import type { Command as ItemCommand } from '../domain/supervision-item.ts';
import { indicatorTask } from './indicator-task.ts';
import type * as indicatorTaskBegins from './indicator-task.ts';
import { supervisionItem } from './supervision-item.ts';
import type * as supervisionItemBegins from './supervision-item.ts';
import { timeOf } from './time-travel.ts';

export type ThingKind = Thing['kind'];
export type ProcessKind = ThingKind | 'recipient' | 'list_release';

export type ListRelease = {
  readonly id: string;
  readonly year: number;
  readonly stage: 'releasing' | 'paused' | 'released';
};
export const workflowIdOf = (kind: ProcessKind, id: string): string => `${kind}/${id}`;

/**
 * Nobody took the command in within the time: it may be given again under the same id. Where there is no
 * process (any more), only the row can tell whether it has ended or was lost.
 */
export type NoAnswer = { readonly no_answer: 'no_worker' | 'no_server' | 'no_process' };
export type CommandResult = Answer | Refusal | NoAnswer;

export type Told = {
  readonly id: string;
  readonly person_id: string;
  readonly level: MessageLevel;
  readonly at: Instant;
};

/** What a thing's workflow begins with, and what it is found by. */
export type Starting = {
  readonly id: string;
  readonly number: string;
  readonly stage: string;
} & (
  | { readonly kind: 'supervision_item'; readonly input: supervisionItemBegins.Input }
  | { readonly kind: 'indicator_task'; readonly input: indicatorTaskBegins.Input }
);

export type Command = ItemCommand | TaskCommand;

const workflowOf = { supervision_item: supervisionItem, indicator_task: indicatorTask } as const;

const REACHED_WITHIN_MS = 2_500;

export type Processes = ReturnType<typeof createProcesses>;

export type ProcessesOptions = {
  readonly client: Client;
  readonly taskQueues: { readonly processes: string; readonly sms: string };
  readonly timeTravel: boolean;
  /** How long a command may wait for a worker. */
  readonly answerWithinMs: number;
  /** The client shares its connection with a worker of this process: what it starts need not be dispatched. */
  readonly eager?: boolean;
};

export function createProcesses({
  client,
  taskQueues,
  timeTravel,
  answerWithinMs,
  eager = false,
}: ProcessesOptions) {
  const handleOf = (kind: ProcessKind, id: string) => client.workflow.getHandle(workflowIdOf(kind, id));
  const underWay = new Set<Promise<unknown>>();

  async function inTime<T>(call: () => Promise<T>, withinMs = answerWithinMs): Promise<T> {
    const asked = client.connection.withDeadline(Date.now() + withinMs, call);
    underWay.add(asked);
    try {
      return await asked;
    } finally {
      underWay.delete(asked);
    }
  }

  async function update(
    { kind, id }: Thing,
    name: string,
    args: [unknown],
    commandId: string,
  ): Promise<CommandResult> {
    try {
      return await inTime(() =>
        handleOf(kind, id).executeUpdate<Answer, [unknown]>(name, {
          args,
          updateId: commandId,
        }),
      );
    } catch (error) {
      return answerTo(error);
    }
  }

  return {
    /** Starting again what already runs, or has run, changes nothing; `again` begins anew what has run and was lost. */
    async start({ kind, id, number, stage, input }: Starting, again?: 'again'): Promise<void> {
      await inTime(() =>
        client.workflow.start<Workflow>(workflowOf[kind], {
          workflowId: workflowIdOf(kind, id),
          taskQueue: taskQueues.processes,
          args: [input],
          workflowIdReusePolicy: again === undefined ? 'REJECT_DUPLICATE' : 'ALLOW_DUPLICATE',
          workflowIdConflictPolicy: 'USE_EXISTING',
          staticSummary: number,
          requestEagerStart: eager,
          typedSearchAttributes: [
            { key: kindAttribute, value: kind },
            { key: numberAttribute, value: number },
            // What it will be at once: the process then has nothing to add.
            { key: stageAttribute, value: stage },
          ],
        }),
      ).catch((error: unknown) => {
        if (!(error instanceof Error) || error.name !== 'WorkflowExecutionAlreadyStartedError') throw error;
      });
    },

    command: (thing: Thing, envelope: Envelope<Command>, commandId: string): Promise<CommandResult> =>
      update(thing, envelope.command.command, [envelope], commandId),

    replan: (thing: Thing, command: Replan, by: Actor, commandId: string): Promise<CommandResult> =>
      update(
        thing,
        (command.policy === undefined ? replanUpdate : replanPolicyUpdate).name,
        [{ command, by }],
        commandId,
      ),

    async seen({ kind, id }: Thing, by: Actor, chains: readonly Chain[]): Promise<void> {
      await inTime(() => handleOf(kind, id).signal(seenSignal, by, chains));
    },

    async reproject({ kind, id }: Thing): Promise<void> {
      await inTime(() => handleOf(kind, id).signal(reprojectSignal));
    },

    /** @returns the run's id. */
    runCadence: (name: CadenceName, date: LocalDate, commandId: string): Promise<string> =>
      inTime(() => runCadence(client, taskQueues.processes, { name, date, commandId })),

    /** While it runs, a second one is the same one. One that was lost while it was paused begins so. */
    async releaseList({ id, year, stage }: ListRelease, by: Actor): Promise<void> {
      await inTime(() =>
        client.workflow.signalWithStart(listRelease, {
          workflowId: workflowIdOf('list_release', id),
          taskQueue: taskQueues.processes,
          args: [{ year, by, paused: stage === 'paused' }],
          signal: lookSignal,
          signalArgs: [],
          workflowIdReusePolicy: 'ALLOW_DUPLICATE',
          typedSearchAttributes: [{ key: kindAttribute, value: 'list_release' }],
        }),
      );
    },

    async turnRelease({ id }: ListRelease, to: 'pause' | 'resume'): Promise<void> {
      const update = to === 'pause' ? pauseRelease : resumeRelease;
      await inTime(() => handleOf('list_release', id).executeUpdate(update));
    },

    /** Tells a person's workflow what waits for them; it knows every notification by its id. */
    async tellRecipient(person_id: string, theirs: readonly Told[]): Promise<void> {
      const at = theirs.reduce(
        (latest, { at: caused }) => (caused > latest ? caused : latest),
        theirs[0]?.at ?? (0 as Instant),
      );
      const notifications = theirs.map(({ id, level, at: caused }) => ({
        notificationId: id,
        level,
        at: caused,
      }));
      await inTime(() =>
        client.workflow.signalWithStart(recipient, {
          workflowId: workflowIdOf('recipient', person_id),
          taskQueue: taskQueues.processes,
          args: [
            {
              person_id,
              sms_queue: taskQueues.sms,
              clock: { at, time_travel: timeTravel },
              state: quietRecipient,
            },
          ],
          signal: tellSignal,
          signalArgs: [{ at, notifications }],
          workflowIdReusePolicy: 'ALLOW_DUPLICATE',
          typedSearchAttributes: [{ key: kindAttribute, value: 'recipient' }],
        }),
      );
    },

    /** Only spares it a question: where nobody waits for the receipt, the rows say all. */
    async receiptCame(person_id: string, message_id: string): Promise<void> {
      await inTime(() => handleOf('recipient', person_id).signal(receiptSignal, message_id)).catch(
        unlessNobodyIsThere,
      );
    },

    /** Sending works again: what was held goes out. Where nobody is, nothing is held: whoever tells them begins them. */
    async release(person_id: string): Promise<void> {
      await inTime(() => handleOf('recipient', person_id).signal(releaseSignal)).catch(unlessNobodyIsThere);
    },

    /** Business time as the process has it, when it will next do something, and whether it does something now. */
    async clockOf(
      kind: ProcessKind,
      id: string,
    ): Promise<{ now: Instant; next: Instant | null; idle: boolean }> {
      const workflowId = workflowIdOf(kind, id);
      const [{ ahead, ...reading }, now] = await Promise.all([
        handleOf(kind, id).query(clockQuery),
        timeOf(client, workflowId),
      ]);
      return { now: later(now, ahead), ...reading };
    },

    /** Whether the server answers at all: part of readiness, whose asker does not wait for long. */
    async reach(): Promise<void> {
      await inTime(() => client.workflowService.getSystemInfo({}), REACHED_WITHIN_MS);
    },

    /**
     * When nothing is asked any more, also of what nobody waits for. A call that the SDK (1.24) tries again
     * on a connection that was closed meanwhile would end the whole program.
     */
    async settled(): Promise<void> {
      while (underWay.size > 0) await Promise.allSettled(underWay);
    },
  };
}

function unlessNobodyIsThere(error: unknown): void {
  if (!(error instanceof WorkflowNotFoundError)) throw error;
}

/** The server's word for an update that was accepted and whose run ended before it was answered. */
const RUN_ENDED = 'AcceptedUpdateCompletedWorkflow';

/** Its word for one that a worker was handed and did not take in. */
const NOT_TAKEN_IN = 'UnprocessedUpdate';
/** A worker's word for a command that it is too old to know. */
const unknownToWorker = /^No registered handler for update/;

function answerTo(error: unknown): Refusal | NoAnswer {
  if (error instanceof WorkflowUpdateFailedError && error.cause instanceof ApplicationFailure) {
    const { type, message, details } = error.cause;
    // The run ended under the command, or never had it; the same command is taken in when it comes again.
    if (
      type === NOT_YET_READABLE ||
      type === RUN_ENDED ||
      type === NOT_TAKEN_IN ||
      unknownToWorker.test(message)
    )
      return { no_answer: 'no_worker' };
    if (type !== undefined && type !== null && type in refusalTitles) {
      const pointer = (details?.[0] as { pointer?: string | null } | undefined)?.pointer ?? undefined;
      return refuse(type as RefusalCode, message, pointer);
    }
  }
  if (error instanceof WorkflowNotFoundError) return { no_answer: 'no_process' };
  if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) return { no_answer: 'no_worker' };
  if (serverDeclined(error)) return { no_answer: 'no_server' };
  throw error;
}

/** gRPC's number for a request that would never be served: a fault of ours. */
const INVALID_ARGUMENT = 3;

/**
 * The server did not serve a call now: it is away or overloaded, or a worker died over the task that carried the
 * update ("unexpected workflow task failure"). The SDK wraps its word in an error of its own.
 */
export function serverDeclined(error: unknown): boolean {
  const word = error instanceof ServiceError ? error.cause : error;
  return isGrpcServiceError(word) && (word.code as number) !== INVALID_ARGUMENT;
}
