/** The monthly close (R-052): how each unit stood when the month ended, as the events tell it. Taken once. */
import { sql } from 'kysely';
import { monthsAfter, type Month } from '../domain/cadence.ts';
import { cardOf, evolveAll as evolveTask, type Event as TaskEvent } from '../domain/indicator-task.ts';
import { evolveAll as evolveItem, type Event as ItemEvent } from '../domain/supervision-item.ts';
import { momentOf } from '../domain/process.ts';
import type { Instant } from '../domain/time.ts';
import type { Card } from '../domain/warning-policy.ts';
import { cardShown } from '../domain/watching.ts';
import { stamp, type Db, type Tx } from './client.ts';
import { withinScope } from './statistics.ts';
import type { Scope } from './supervision-items.ts';
import type { Thing } from './process-event.ts';
import { recordset } from './recordset.ts';
import { isEnded } from './things.ts';

type Counts = Record<string, number>;
type Unit = { tasks: Counts; items: Counts; warnings: Counts };

/** In the order of the units' codes; `after` is the code that the page before ended with. */
export async function periodCloses(
  db: Db,
  month: string,
  scope: Scope,
  { limit, after }: { readonly limit: number; readonly after: string | null },
) {
  return db
    .selectFrom('period_close')
    .innerJoin('unit', 'unit.id', 'period_close.unit_id')
    .select(['month', 'unit_id', 'unit.code', 'unit.name as unit_name', 'as_of', 'taken_at'])
    .select(['tasks', 'items', 'warnings'])
    .where('month', '=', month)
    .where(withinScope(sql`unit_id`, scope))
    .$if(after !== null, (query) => query.where('unit.code', '>', after ?? ''))
    .orderBy('unit.code')
    .limit(limit)
    .execute();
}
export type PeriodClose = Awaited<ReturnType<typeof periodCloses>>[number];

/** Months that were over and are still to be closed: this one, and what was missed between the last one closed and it. */
export async function monthsToClose(db: Db, until: Month): Promise<readonly Month[]> {
  const last = await db
    .selectFrom('period_close')
    .select(({ fn }) => fn.max('month').as('month'))
    .where('month', '<=', until.name)
    .executeTakeFirst();
  return monthsAfter(last?.month ?? null, until);
}

/** @returns how many units were closed now: none when the month had been closed before. */
export async function closeMonth(db: Db, { name, begins, ends }: Month, taken_at: Instant): Promise<number> {
  return db.transaction().execute(async (tx) => {
    await sql`select pg_advisory_xact_lock(hashtextextended(${`period_close/${name}`}, 0))`.execute(tx);
    const before = await tx
      .selectFrom('period_close')
      .select('month')
      .where('month', '=', name)
      .limit(1)
      .executeTakeFirst();
    if (before !== undefined) return 0;
    const units = new Map<string, Unit>();
    const of = (unit_id: string): Unit => {
      const known = units.get(unit_id) ?? { tasks: {}, items: {}, warnings: {} };
      units.set(unit_id, known);
      return known;
    };
    const { rows: all } = await sql<{ id: string }>`select id from unit`.execute(tx);
    for (const { id } of all) of(id);
    for (const { kind, unit_id, card } of await standingAt(tx, ends)) {
      const counts = kind === 'indicator_task' ? of(unit_id).tasks : of(unit_id).items;
      add(counts, card === 'none' ? 'green' : card, 1);
    }
    for (const { unit_id, level, times } of await givenWithin(tx, begins, ends))
      add(of(unit_id).warnings, level, times);
    const rows = [...units].map(([unit_id, counts]) => ({
      month: name,
      unit_id,
      as_of: stamp(ends),
      taken_at: stamp(taken_at),
      ...counts,
    }));
    await sql`
      insert into period_close (month, unit_id, as_of, taken_at, tasks, items, warnings)
      select month, unit_id, as_of, taken_at, tasks, items, warnings
      from ${recordset(
        rows,
        `month text, unit_id uuid, as_of timestamptz, taken_at timestamptz, tasks jsonb, items jsonb,
         warnings jsonb`,
      )}`.execute(tx);
    return rows.length;
  });
}

const add = (counts: Counts, what: string, times: number): void => {
  counts[what] = (counts[what] ?? 0) + times;
};

type Stood = { readonly kind: Thing['kind']; readonly unit_id: string; readonly card: Card };

/**
 * What was open then. Where something has been decided since, the events up to then tell how it stood: a card
 * that was due before belongs to it, however late an outage has made it.
 */
async function standingAt(tx: Tx, then: Instant): Promise<readonly Stood[]> {
  const { rows } = await sql<{
    kind: Thing['kind'];
    id: string;
    unit_id: string | null;
    stage: string;
    card: Card;
    moved: boolean;
  }>`
    select thing.*, exists(
             select from process_event event
              where event.thing_kind = thing.kind and event.thing_id = thing.id and event.at >= ${stamp(then)}) as moved
      from (select 'supervision_item' as kind, id, lead_unit_id as unit_id, stage, card, created_at
              from supervision_item
             union all
            select 'indicator_task', id, unit_id, stage, card, created_at from indicator_task) thing
     where created_at < ${stamp(then)}`.execute(tx);
  const stood: Stood[] = [];
  for (const { kind, id, unit_id, stage, card, moved } of rows) {
    const was = moved ? await replayed(tx, { kind, id }, then) : { unit_id, stage, card };
    if (was === null || was.unit_id === null || isEnded(was.stage)) continue;
    stood.push({ kind, unit_id: was.unit_id, card: was.card });
  }
  return stood;
}

async function replayed(
  tx: Tx,
  { kind, id }: Thing,
  then: Instant,
): Promise<{ readonly unit_id: string | null; readonly stage: string; readonly card: Card } | null> {
  const rows = await tx
    .selectFrom('process_event')
    .select('body')
    .where('thing_kind', '=', kind)
    .where('thing_id', '=', id)
    .orderBy('version')
    .execute();
  const events = rows
    .map(({ body }) => body as unknown as TaskEvent | ItemEvent)
    .filter((event) => momentOf(event) <= then);
  if (events.length === 0) return null;
  if (kind === 'indicator_task') {
    const state = evolveTask(null, events as readonly TaskEvent[]);
    return { unit_id: state.facts.unit_id, stage: state.stage, card: cardOf(state) };
  }
  const state = evolveItem(null, events as readonly ItemEvent[]);
  return { unit_id: state.facts.lead_unit_id, stage: state.stage, card: cardShown(state) };
}

/**
 * The cards of the unit itself: how late a review was is its office's affair, and a repeat reminds of a red card
 * and is not another one. By the cards' own moments, however late an outage has made them; 24:00 is of the day that ends.
 */
async function givenWithin(tx: Tx, begins: Instant, ends: Instant) {
  const { rows } = await sql<{ unit_id: string; level: string; times: number }>`
    select coalesce(item.lead_unit_id, task.unit_id) as unit_id, warning.level, count(*)::int as times
      from warning
      left join supervision_item item on warning.thing_kind = 'supervision_item' and item.id = warning.thing_id
      left join indicator_task task on warning.thing_kind = 'indicator_task' and task.id = warning.thing_id
     where warning.moment > ${stamp(begins)} and warning.moment <= ${stamp(ends)}
       and warning.chain = 'undertaking' and warning.repeat = 0
       and coalesce(item.lead_unit_id, task.unit_id) is not null
     group by 1, 2`.execute(tx);
  return rows;
}
