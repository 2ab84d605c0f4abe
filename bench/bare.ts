/** A worker for the bare workflows, beside Dukao's own, with the same settings and on the same server. */
import type { Client } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import pg from 'pg';
import { processesSettings } from '../activities/worker.ts';
import { bareEffect, bareTimer, bareUpdated, touchUpdate } from './bare-workflows.ts';

export type BareActivities = { insertEffect(id: string): Promise<void> };

export type Bare = Awaited<ReturnType<typeof openBare>>;

const taskQueue = 'bare';
const NINETY_DAYS = 90 * 24 * 60 * 60 * 1000;

export async function openBare(options: {
  readonly client: Client;
  readonly address: string;
  readonly databaseUrl: string;
}) {
  const { client } = options;
  const pool = new pg.Pool({ connectionString: options.databaseUrl, max: 20 });
  await pool.query('create table effect (id text primary key, at timestamptz not null)');
  const activities: BareActivities = {
    async insertEffect(id) {
      await pool.query('insert into effect (id, at) values ($1, $2)', [id, new Date()]);
    },
  };
  const connection = await NativeConnection.connect({ address: options.address });
  const worker = await Worker.create({
    connection,
    namespace: client.options.namespace,
    taskQueue,
    workflowsPath: new URL('./bare-workflows.ts', import.meta.url).pathname,
    activities,
    ...processesSettings,
  });
  const running = worker.run();
  const handleOf = (id: string) => client.workflow.getHandle(`bare/${id}`);

  return {
    async startTimer(id: string, at = Date.now() + NINETY_DAYS): Promise<void> {
      await client.workflow.start(bareTimer, { workflowId: `bare/${id}`, taskQueue, args: [at] });
    },
    async startEffect(id: string, at: number): Promise<void> {
      await client.workflow.start(bareEffect, { workflowId: `bare/${id}`, taskQueue, args: [id, at] });
    },
    async startUpdated(id: string): Promise<void> {
      await client.workflow.start(bareUpdated, { workflowId: `bare/${id}`, taskQueue });
    },
    async touch(id: string): Promise<void> {
      await handleOf(id).executeUpdate(touchUpdate, { args: ['text of a report'] });
    },
    ended: (id: string): Promise<unknown> => handleOf(id).result(),
    async effects(prefix: string): Promise<number> {
      const { rows } = await pool.query<{ n: number }>(
        'select count(*)::int as n from effect where id like $1',
        [`${prefix}%`],
      );
      return rows[0]?.n ?? 0;
    },
    async close(): Promise<void> {
      worker.shutdown();
      await running;
      await connection.close();
      await pool.end();
    },
  };
}
