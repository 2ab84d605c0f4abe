/** Notices that wait for a second person, and how far applying one has come. */
import { moveOf, type Move, type PublishedDay } from '../domain/calendar-proposal.ts';
import { dueOf, indicatorTask, type IndicatorTask } from '../domain/indicator-task.ts';
import { isRefusal } from '../domain/refusal.ts';
import { supervisionItem, type SupervisionItem } from '../domain/supervision-item.ts';
import type { Circumstances } from '../domain/process.ts';
import type { Instant } from '../domain/time.ts';
import { sql, type ColumnType, type Generated } from 'kysely';
import { stamp, type Db, type Tx } from './client.ts';
import { moment } from './clock.ts';
import type { Thing } from './process-event.ts';
import { endedStages } from './things.ts';

type ProposalTable = {
  id: string;
  year: number;
  source: string;
  days: ColumnType<PublishedDay[], string, string>;
  base_version: number;
  proposed_by: string;
  proposed_at: ColumnType<Instant, Date, Date>;
  state: 'proposed' | 'applying' | 'applied';
  applied_by: string | null;
  applied_at: ColumnType<Instant | null, Date | null | undefined, Date | null>;
  version: number | null;
  moves: ColumnType<ItemMove[] | null, string | null | undefined, string | null>;
  total: Generated<number>;
  done: Generated<number>;
  told_up_to: string | null;
};

export type Proposal = {
  readonly id: string;
  readonly year: number;
  readonly source: string;
  readonly days: readonly PublishedDay[];
  readonly base_version: number;
  readonly proposed_by: string;
  readonly proposed_at: Instant;
  readonly state: 'proposed' | 'applying' | 'applied';
  readonly applied_by: string | null;
  readonly applied_at: Instant | null;
  readonly version: number | null;
  readonly moves: readonly ItemMove[] | null;
  readonly total: number;
  readonly done: number;
  readonly told_up_to: string | null;
};

/** How an open item moves, or (`cannot`, Chinese) why its deadlines cannot be computed on the new calendar. */
export type ItemMove = { readonly id: string; readonly number: string; readonly title: string } & (
  | Move
  | { readonly cannot: string }
);

const PAGE = 500;

const tables = (db: Db) => db.withTables<{ calendar_proposal: ProposalTable }>();

export async function propose(
  db: Db,
  proposal: Pick<
    Proposal,
    'id' | 'year' | 'source' | 'days' | 'base_version' | 'proposed_by' | 'proposed_at'
  >,
): Promise<Proposal> {
  // A request that is asked again after a crash makes the same proposal.
  await tables(db)
    .insertInto('calendar_proposal')
    .values({
      ...proposal,
      days: JSON.stringify(proposal.days),
      proposed_at: stamp(proposal.proposed_at),
      state: 'proposed',
    })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .execute();
  return tables(db)
    .selectFrom('calendar_proposal')
    .selectAll()
    .where('id', '=', proposal.id)
    .executeTakeFirstOrThrow();
}

export const proposalOf = async (db: Db, id: string): Promise<Proposal | null> =>
  (await tables(db).selectFrom('calendar_proposal').selectAll().where('id', '=', id).executeTakeFirst()) ??
  null;

/** The same, and nobody else applies it at the same time. */
export const lockProposal = async (tx: Tx, id: string): Promise<Proposal | null> =>
  (await tables(tx)
    .selectFrom('calendar_proposal')
    .selectAll()
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst()) ?? null;

/** The newest first; `before` is the last one of the page before. */
export function proposals(
  db: Db,
  {
    limit,
    before,
  }: { readonly limit: number; readonly before?: Pick<Proposal, 'proposed_at' | 'id'> | undefined },
): Promise<readonly Proposal[]> {
  return tables(db)
    .selectFrom('calendar_proposal')
    .selectAll()
    .$if(before !== undefined, (query) =>
      query.where((eb) =>
        before === undefined
          ? eb.lit(true)
          : eb(eb.refTuple('proposed_at', 'id'), '<', eb.tuple(moment(before.proposed_at), before.id)),
      ),
    )
    .orderBy('proposed_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
}

export async function beginApplying(
  tx: Tx,
  id: string,
  applied: {
    readonly by: string;
    readonly at: Instant;
    readonly version: number;
    readonly moves: readonly ItemMove[];
  },
): Promise<Proposal> {
  return tables(tx)
    .updateTable('calendar_proposal')
    .set({
      state: 'applying',
      applied_by: applied.by,
      applied_at: stamp(applied.at),
      version: applied.version,
      moves: JSON.stringify(applied.moves),
      total: await openItemCount(tx),
    })
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow();
}

/** Takes down that all items up to this id know the new calendar. */
export async function toldUpTo(db: Db, id: string, item: string, count: number): Promise<void> {
  await tables(db)
    .updateTable('calendar_proposal')
    .set((eb) => ({ told_up_to: item, done: eb('done', '+', count) }))
    .where('id', '=', id)
    // Two requests that go on with the same work: each item counts once.
    .where((eb) => eb.or([eb('told_up_to', 'is', null), eb('told_up_to', '<', item)]))
    .execute();
}

export async function finishApplying(db: Db, id: string): Promise<Proposal> {
  return tables(db)
    .updateTable('calendar_proposal')
    .set((eb) => ({ state: 'applied', total: eb.ref('done') }))
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow();
}

/** Those that a crash interrupted, and who applied them. */
export async function interruptedProposals(
  db: Db,
): Promise<readonly { readonly id: string; readonly person_id: string; readonly unit_id: string | null }[]> {
  return tables(db)
    .selectFrom('calendar_proposal')
    .innerJoin('account', 'account.id', 'calendar_proposal.applied_by')
    .innerJoin('person', 'person.id', 'account.person_id')
    .select(['calendar_proposal.id', 'account.person_id', 'person.unit_id'])
    .where('calendar_proposal.state', '=', 'applying')
    .orderBy('applied_at')
    .execute();
}

/** The processes that are still running, in the order of their ids, after the given one. */
export async function openProcesses(db: Db, after: string | null, limit: number): Promise<readonly Thing[]> {
  const { rows } = await sql<Thing>`
    select kind, id from ${openThingRows} thing
     where ${after}::uuid is null or id > ${after}::uuid
     order by id limit ${limit}`.execute(db);
  return rows;
}

/** Which open processes move under a new calendar, by number. Computed from their states alone; nothing changes. */
export async function previewMoves(db: Db, circumstances: Circumstances): Promise<readonly ItemMove[]> {
  const moves: ItemMove[] = [];
  for (let after: string | null = null; ;) {
    const page = await pageOfStates(db, after);
    for (const row of page) {
      const { id, number, title } = row;
      const move =
        row.kind === 'supervision_item'
          ? moveOf(supervisionItem, row.state, circumstances, ({ due }) => due)
          : moveOf(indicatorTask, row.state, circumstances, dueOf);
      if (move === null) continue;
      moves.push(
        isRefusal(move) ? { id, number, title, cannot: move.detail } : { id, number, title, ...move },
      );
    }
    after = page.at(-1)?.id ?? null;
    if (page.length < PAGE) break;
  }
  return moves.toSorted((a, b) => (a.number < b.number ? -1 : 1));
}

type StateRow = { readonly id: string; readonly number: string; readonly title: string } & (
  | { readonly kind: 'supervision_item'; readonly state: SupervisionItem }
  | { readonly kind: 'indicator_task'; readonly state: IndicatorTask }
);

async function pageOfStates(db: Db, after: string | null): Promise<readonly StateRow[]> {
  const { rows } = await sql<StateRow>`
    select * from ${openThingRows} thing
     where ${after}::uuid is null or id > ${after}::uuid
     order by id limit ${PAGE}`.execute(db);
  return rows;
}

async function openItemCount(tx: Tx): Promise<number> {
  const { rows } = await sql<{ count: number }>`select count(*)::int from ${openThingRows} thing`.execute(tx);
  return rows[0]?.count ?? 0;
}

const openThingRows = sql`
  (select 'supervision_item' as kind, id, number, title, state from supervision_item
    where state is not null and stage not in (${sql.join(endedStages)})
    union all
   select 'indicator_task', id, number, name, state from indicator_task
    where stage not in (${sql.join(endedStages)}))`;
