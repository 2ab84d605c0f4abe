import { Connection, isGrpcServiceError } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import type { temporal } from '@temporalio/proto';
import { waitUntil } from './ports.ts';

/** What the Temporal UI can filter by. Every upsert costs a visibility write: they change with stage or card only. */
export const searchAttributes = ['DukaoKind', 'DukaoStage', 'DukaoCard', 'DukaoNumber'] as const;

const keyword: temporal.api.enums.v1.IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD = 2;

/** Waits for the server, makes the namespace and its search attributes where missing, and waits till they can be used. */
export async function prepareNamespace(
  address: string,
  namespace: string,
  { withinMs, giveUp }: { withinMs: number; giveUp?: () => string | null },
): Promise<{ serverVersion: string; timeSkipping: boolean }> {
  const patience = { withinMs, everyMs: 200, ...(giveUp === undefined ? {} : { giveUp }) };
  const connection = await waitUntil(
    `Temporal at ${address}`,
    () => Connection.connect({ address, connectTimeout: 2_000 }),
    patience,
  );
  try {
    const within = <T>(call: () => Promise<T>) => connection.withDeadline(Date.now() + 5_000, call);
    await waitUntil('Temporal namespace', () => within(() => register(connection, namespace)), patience);
    await waitUntil('Search attributes', () => within(() => addMissing(connection, namespace)), patience);
    await waitUntil('Temporal namespace', () => within(() => use(connection, namespace)), patience);
    const cluster = await within(() => connection.workflowService.getClusterInfo({}));
    const timeSkipping = await within(() => canSkipTime(connection, namespace));
    return { serverVersion: cluster.serverVersion, timeSkipping };
  } finally {
    await connection.close();
  }
}

async function register({ workflowService }: Connection, namespace: string): Promise<void> {
  try {
    await workflowService.describeNamespace({ namespace });
    return;
  } catch (error) {
    if (!isGrpcServiceError(error) || error.code !== grpc.notFound) throw error;
  }
  try {
    await workflowService.registerNamespace({
      namespace,
      description: 'Dukao',
      workflowExecutionRetentionPeriod: msToTs('30 days'),
    });
  } catch (error) {
    if (!isGrpcServiceError(error) || error.code !== grpc.alreadyExists) throw error;
  }
}

async function addMissing({ operatorService }: Connection, namespace: string): Promise<void> {
  const { customAttributes } = await operatorService.listSearchAttributes({ namespace });
  const missing = searchAttributes.filter((name) => !(name in customAttributes));
  if (missing.length === 0) return;
  await operatorService.addSearchAttributes({
    namespace,
    searchAttributes: Object.fromEntries(missing.map((name) => [name, keyword])),
  });
}

/** Every service behind the frontend keeps its own list of namespaces and reads it anew only every few seconds. */
async function use({ workflowService }: Connection, namespace: string): Promise<void> {
  const query = searchAttributes.map((name) => `${name} = 'none'`).join(' AND ');
  await workflowService.countWorkflowExecutions({ namespace, query });
  await workflowService.describeTaskQueue({
    namespace,
    taskQueue: { name: 'is-matching-ready' },
    taskQueueType: 1,
  });
  try {
    await workflowService.describeWorkflowExecution({
      namespace,
      execution: { workflowId: 'is-history-ready' },
    });
  } catch (error) {
    if (!isGrpcServiceError(error) || error.code !== grpc.notFound) throw error;
  }
}

/** Asked of a process that does not exist: only a server that can do it gets as far as looking for it. */
async function canSkipTime({ workflowService }: Connection, namespace: string): Promise<boolean> {
  try {
    await workflowService.updateWorkflowExecutionOptions({
      namespace,
      workflowExecution: { workflowId: 'can-time-be-skipped' },
      workflowExecutionOptions: { timeSkippingConfig: { enabled: true } },
      updateMask: { paths: ['time_skipping_config'] },
    });
    return true;
  } catch (error) {
    return isGrpcServiceError(error) && error.code === grpc.notFound;
  }
}

const grpc = { notFound: 5, alreadyExists: 6 } as const;
