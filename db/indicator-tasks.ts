/** Indicator tasks as lists and pages read them. Only the projector (indicator-task.ts) writes. */
import { sql } from 'kysely';
import type { Stage } from '../domain/indicator-task.ts';
import type { Card } from '../domain/warning-policy.ts';
import { createUuidLookUp } from './batches.ts';
import type { Db, Tx } from './client.ts';
import { asInstant, asNumber } from './cursors.ts';
import type { Scope } from './supervision-items.ts';

export type TaskFilters = {
  readonly year?: number;
  readonly stage?: Stage;
  readonly card?: Card;
  readonly unit_id?: string;
  readonly theme?: string;
  readonly kind?: 'common' | 'individual';
  readonly number?: string;
};

const orders = {
  number: { by: sql`number_order(indicator_task.number)`, back: asNumber },
  next_at: { by: sql`coalesce(indicator_task.next_at, 'infinity')`, back: asInstant },
} as const;
export type TaskOrder = keyof typeof orders;
export const taskOrders = Object.keys(orders) as TaskOrder[];

const tasks = (db: Db | Tx) =>
  db
    .selectFrom('indicator_task')
    .innerJoin('unit', 'unit.id', 'indicator_task.unit_id')
    .where('indicator_task.started_at', 'is not', null)
    .select([
      'indicator_task.id',
      'indicator_task.number',
      'indicator_task.stage',
      'indicator_task.card',
      'indicator_task.due_at',
      'indicator_task.next_at',
      'indicator_task.next_kind',
      'indicator_task.next_what',
      'indicator_task.version',
      'indicator_task.state',
      'indicator_task.created_at',
      'unit.name as unit_name',
    ]);

/** By id, for whoever asks for one at a time. */
export const taskLookUp = (db: Db) =>
  createUuidLookUp((ids) =>
    tasks(db)
      .where(sql<boolean>`indicator_task.id = any(${[...ids]}::uuid[])`)
      .execute(),
  );

export const findTask = (db: Db | Tx, id: string) =>
  tasks(db).where('indicator_task.id', '=', id).executeTakeFirst();
export type TaskRow = NonNullable<Awaited<ReturnType<typeof findTask>>>;

/** Of everybody's, or of these units' only. */
export async function listTasks(
  db: Db,
  scope: Scope,
  filters: TaskFilters,
  page: { readonly order: TaskOrder; readonly limit: number; readonly after: readonly string[] | null },
): Promise<(TaskRow & { sort_key: string })[]> {
  const { by, back } = orders[page.order];
  let query = tasks(db).select(sql<string>`(${by})::text`.as('sort_key'));
  if (!scope.all)
    query = query.where(sql<boolean>`indicator_task.unit_id = any(${sql.val([...scope.lead])}::uuid[])`);
  for (const [column, value] of Object.entries(filters)) {
    query = query.where(`indicator_task.${column as keyof TaskFilters}`, '=', value as never);
  }
  if (page.after !== null) {
    const [key = '', id = ''] = page.after;
    query = query.where(sql<boolean>`(${by}, indicator_task.id) > (${back(key)}, cast(${id} as uuid))`);
  }
  return query.orderBy(by).orderBy('indicator_task.id').limit(page.limit).execute();
}

const starts = (db: Db) =>
  db.selectFrom('indicator_task').select(['id', 'number', 'stage', 'state', 'created_at', 'started_at']);
export type TaskStart = Awaited<ReturnType<ReturnType<typeof starts>['execute']>>[number];

export const tasksToStart = (db: Db, ids: readonly string[]) =>
  starts(db)
    .where(sql<boolean>`id = any(${sql.val([...ids])}::uuid[])`)
    .execute();

/** Tasks of which nobody knows that their workflow was started: a crash may lie in between. */
export const tasksNotStarted = (db: Db, { year, limit = 500 }: { year?: number; limit?: number } = {}) =>
  starts(db)
    .where('started_at', 'is', null)
    .$if(year !== undefined, (query) => query.where('year', '=', year ?? 0))
    .orderBy('number')
    .limit(limit)
    .execute();

/** Committed without waiting for the disk: lost in a power cut, they are started again, which does nothing. */
export async function markTasksStarted(db: Db, ids: readonly string[]): Promise<void> {
  await sql`
    with quick as (select set_config('synchronous_commit', 'off', true))
    update indicator_task set started_at = created_at from quick
     where id = any(${sql.val([...ids])}::uuid[]) and started_at is null`.execute(db);
}
