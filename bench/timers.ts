/** Which workflows' timers stand, read from Temporal's own tables: the same look at both sides, at no cost to the server. */
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';

export type Timers = ReturnType<typeof openTimers>;

const EVERY_MS = 5;

export function openTimers(temporalDatabaseUrl: string) {
  const pool = new pg.Pool({ connectionString: temporalDatabaseUrl, max: 1 });
  const awaited = new Map<string, () => void>();
  let looking = false;

  async function look(): Promise<void> {
    looking = true;
    while (awaited.size > 0) {
      const { rows } = await pool.query<{ workflow_id: string }>(
        'select workflow_id from timer_info_maps where shard_id = any($1) and workflow_id = any($2)',
        [[1, 2, 3, 4], [...awaited.keys()]],
      );
      for (const { workflow_id } of rows) {
        awaited.get(workflow_id)?.();
        awaited.delete(workflow_id);
      }
      await pause(EVERY_MS);
    }
    looking = false;
  }

  return {
    stands: (workflowId: string): Promise<void> =>
      new Promise((resolve, reject) => {
        awaited.set(workflowId, resolve);
        if (!looking) look().catch(reject);
      }),
    async count(prefix: string): Promise<number> {
      const { rows } = await pool.query<{ n: number }>(
        'select count(distinct workflow_id)::int as n from timer_info_maps where workflow_id like $1',
        [`${prefix}%`],
      );
      return rows[0]?.n ?? 0;
    },
    close: () => pool.end(),
  };
}
