/** Supervision items as lists and pages read them. Only the projector (supervision-item.ts) writes. */
import { sql } from 'kysely';
import type { Stage } from '../domain/supervision-item.ts';
import { dayEnd, type LocalDate } from '../domain/time.ts';
import type { Card } from '../domain/warning-policy.ts';
import { createUuidLookUp } from './batches.ts';
import { when, type Db, type Tx } from './client.ts';
import { asInstant, asNumber } from './cursors.ts';
import type { Database } from './tables.ts';

/** What a viewer may see: everything, or what belongs to these units. */
export type Scope =
  | { readonly all: true }
  | { readonly all: false; readonly lead: readonly string[]; readonly assisting: readonly string[] };

export type ItemFilters = {
  readonly stage?: Stage | 'starting';
  readonly card?: Card;
  readonly lead_unit_id?: string;
  readonly aspect?: Database['supervision_item']['aspect'];
  readonly item_class?: Database['supervision_item']['item_class'];
  readonly importance?: Database['supervision_item']['importance'];
  readonly number?: string;
  readonly title?: string;
  readonly due_until?: LocalDate;
};

/** Each order as an expression that never is null, and how the cursor's text is read back. */
const orders = {
  number: { by: sql`number_order(supervision_item.number)`, back: asNumber, way: 'asc' },
  due_at: { by: sql`coalesce(supervision_item.due_at, 'infinity')`, back: asInstant, way: 'asc' },
  '-created_at': { by: sql`supervision_item.created_at`, back: asInstant, way: 'desc' },
} as const;
export type ItemOrder = keyof typeof orders;
export const itemOrders = Object.keys(orders) as ItemOrder[];

const items = (db: Db | Tx) =>
  db
    .selectFrom('supervision_item')
    .leftJoin('unit', 'unit.id', 'supervision_item.lead_unit_id')
    .where('supervision_item.started_at', 'is not', null)
    .select([
      'supervision_item.id',
      'supervision_item.number',
      'supervision_item.stage',
      'supervision_item.card',
      'supervision_item.due_at',
      'supervision_item.next_at',
      'supervision_item.next_kind',
      'supervision_item.next_what',
      'supervision_item.version',
      'supervision_item.state',
      'supervision_item.created_at',
      'unit.name as lead_unit_name',
    ]);

/** By id, for whoever asks for one at a time. */
export const itemLookUp = (db: Db) =>
  createUuidLookUp((ids) =>
    items(db)
      .where(sql<boolean>`supervision_item.id = any(${[...ids]}::uuid[])`)
      .execute(),
  );

export const findItem = (db: Db | Tx, id: string) =>
  items(db).where('supervision_item.id', '=', id).executeTakeFirst();
export type ItemRow = NonNullable<Awaited<ReturnType<typeof findItem>>>;

export async function listItems(
  db: Db,
  scope: Scope,
  filters: ItemFilters,
  page: { readonly order: ItemOrder; readonly limit: number; readonly after: readonly string[] | null },
): Promise<(ItemRow & { sort_key: string })[]> {
  const { by, back, way } = orders[page.order];
  let query = items(db).select(sql<string>`(${by})::text`.as('sort_key'));
  if (!scope.all) {
    const { lead, assisting } = scope;
    query = query.where((eb) =>
      eb.or([
        eb('supervision_item.lead_unit_id', 'in', noneIfEmpty(lead)),
        eb.exists(
          eb
            .selectFrom('supervision_item_unit')
            .select('item_id')
            .whereRef('item_id', '=', 'supervision_item.id')
            .where('unit_id', 'in', noneIfEmpty(assisting)),
        ),
      ]),
    );
  }
  const { number, title, due_until, ...equal } = filters;
  for (const [column, value] of Object.entries(equal)) {
    query = query.where(`supervision_item.${column as keyof typeof equal}`, '=', value as never);
  }
  if (number !== undefined) query = query.where('supervision_item.number', '=', number);
  if (title !== undefined)
    query = query.where(sql<boolean>`position(${title} in supervision_item.title) > 0`);
  if (due_until !== undefined) query = query.where('supervision_item.due_at', '<=', when(dayEnd(due_until)));
  if (page.after !== null) {
    const [key = '', id = ''] = page.after;
    const beyond = way === 'asc' ? sql`>` : sql`<`;
    query = query.where(
      sql<boolean>`(${by}, supervision_item.id) ${beyond} (${back(key)}, cast(${id} as uuid))`,
    );
  }
  return query.orderBy(by, way).orderBy('supervision_item.id', way).limit(page.limit).execute();
}

/** `in ()` is no SQL; nobody has this id. */
const noneIfEmpty = (ids: readonly string[]): string[] =>
  ids.length === 0 ? ['00000000-0000-0000-0000-000000000000'] : [...ids];

/**
 * The next number of the year: 督〔2026〕0137. Drawn outside of a transaction, else all who list an item at
 * the same time would wait for one another; a crash right after it leaves a gap.
 */
export async function nextNumber(db: Db | Tx, year: number): Promise<string> {
  const { last } = await db
    .insertInto('number_series')
    .values({ kind: 'supervision_item', year, last: 1 })
    .onConflict((conflict) =>
      conflict.columns(['kind', 'year']).doUpdateSet({ last: sql`number_series.last + 1` }),
    )
    .returning('last')
    .executeTakeFirstOrThrow();
  return `督〔${year}〕${String(last).padStart(4, '0')}`;
}

const starts = (db: Db) =>
  db
    .selectFrom('supervision_item')
    .select(['id', 'number', 'stage', 'state', 'start_input', 'created_at', 'started_at']);

/** What the workflow is started with. */
export const startOf = (db: Db, id: string) => starts(db).where('id', '=', id).executeTakeFirst();
export type StartRow = NonNullable<Awaited<ReturnType<typeof startOf>>>;

export const itemsToStart = (db: Db, ids: readonly string[]) =>
  starts(db)
    .where(sql<boolean>`id = any(${sql.val([...ids])}::uuid[])`)
    .execute();

/** Items of which nobody knows that their workflow was started: a crash may lie in between. */
export const notStarted = (db: Db) =>
  starts(db).where('started_at', 'is', null).orderBy('created_at').limit(500).execute();

/** From now on people see them. Committed without waiting for the disk: lost in a power cut, they are started again, which does nothing. */
export async function markStarted(db: Db, ids: readonly string[]): Promise<void> {
  await sql`
    with quick as (select set_config('synchronous_commit', 'off', true))
    update supervision_item set started_at = created_at from quick
     where id = any(${sql.val([...ids])}::uuid[]) and started_at is null`.execute(db);
}
