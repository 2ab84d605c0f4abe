/** What Temporal knows of the processes, for the auditor and the reconciler. */
import { isGrpcServiceError, QueryRejectedError, WorkflowClient, type Client } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/common';
import type { Oversight } from '../activities/oversight.ts';
import type { RecipientState } from '../domain/recipient.ts';
import { workflowIdOf, type ProcessKind, type Processes } from './client.ts';
import { stateQuery } from './messages.ts';
import { recipient } from './recipient.ts';
import { kindAttribute } from './search-attributes.ts';
import { startingFrom } from './starting.ts';

export type OversightOptions = {
  readonly client: Client;
  readonly processes: Processes;
  readonly taskQueues: { readonly processes: string; readonly sms: string };
  readonly timeTravel: boolean;
};

export function createOversight({ client, processes, taskQueues, timeTravel }: OversightOptions): Oversight {
  /** What has ended would still answer questions: it is not to. */
  const asking = new WorkflowClient({
    ...client.workflow.options,
    connection: client.connection,
    queryRejectCondition: 'NOT_OPEN',
  });

  /** Null when it does not run. */
  async function stateOf<T>(kind: ProcessKind, id: string): Promise<T | null> {
    try {
      return (await asking.getHandle(workflowIdOf(kind, id)).query(stateQuery)) as T;
    } catch (error) {
      if (isNotThere(error) || error instanceof QueryRejectedError) return null;
      throw error;
    }
  }

  return {
    async running(kind) {
      const query = `${kindAttribute.name} = '${kind}' and ExecutionStatus = 'Running' and TaskQueue = '${taskQueues.processes}'`;
      const ids = new Set<string>();
      for await (const { workflowId } of client.workflow.list({ query, pageSize: 1_000 }))
        ids.add(workflowId.slice(kind.length + 1));
      return ids;
    },
    async footprintOf({ kind, id }) {
      try {
        const { status, runId, historyLength, historySize } = await client.workflow
          .getHandle(workflowIdOf(kind, id))
          .describe();
        if (status.name !== 'RUNNING') return null;
        return { run_id: runId, history_length: historyLength, history_bytes: historySize ?? 0 };
      } catch (error) {
        if (isNotThere(error)) return null;
        throw error;
      }
    },
    async versionOf({ kind, id }) {
      const state = await stateOf<{ readonly version: number }>(kind, id);
      return state?.version ?? null;
    },
    recipientOf: (person_id) => stateOf<RecipientState>('recipient', person_id),
    begin: (beginning) => processes.start(startingFrom(beginning, timeTravel), 'again'),
    async beginRecipient(person_id, at, state) {
      await client.workflow.start(recipient, {
        workflowId: workflowIdOf('recipient', person_id),
        taskQueue: taskQueues.processes,
        args: [{ person_id, sms_queue: taskQueues.sms, clock: { at, time_travel: timeTravel }, state }],
        workflowIdReusePolicy: 'ALLOW_DUPLICATE',
        workflowIdConflictPolicy: 'USE_EXISTING',
        typedSearchAttributes: [{ key: kindAttribute, value: 'recipient' }],
      });
    },
    reproject: (thing) => processes.reproject(thing),
    concluded: (person_id, message_id) => processes.receiptCame(person_id, message_id),
  };
}

/** gRPC's number for it. */
const NOT_FOUND = 5;

const isNotThere = (error: unknown): boolean =>
  error instanceof WorkflowNotFoundError || (isGrpcServiceError(error) && error.code === NOT_FOUND);
