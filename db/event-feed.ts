/** The events of all things in the order of their numbers, for those who follow them. */
import { sql } from 'kysely';
import { marked, type Progress } from '../domain/event-gaps.ts';
import type { Instant } from '../domain/time.ts';
import type { Card } from '../domain/warning-policy.ts';
import type { Db } from './client.ts';
import type { ThingKind } from './tables.ts';

/** An event with how its thing stands when it is read. */
export type FeedEvent = {
  readonly seq: number;
  readonly kind: ThingKind;
  readonly id: string;
  readonly version: number;
  readonly type: string;
  readonly at: Instant;
  readonly number: string | null;
  readonly stage: string | null;
  readonly card: Card | null;
  readonly lead_unit_id: string | null;
  readonly assisting_unit_ids: readonly string[];
};

type Row = Omit<FeedEvent, 'seq'> & { readonly seq: string; readonly oldest: string };

/** @returns with the lowest number of a transaction that had not ended at that moment; null where nothing was read. */
export async function eventsAfter(
  db: Db,
  after: number,
  { limit, upTo = null }: { readonly limit: number; readonly upTo?: number | null },
): Promise<{ readonly events: readonly FeedEvent[]; readonly oldest: bigint | null }> {
  const { rows } = await sql<Row>`
    select event.seq, event.thing_kind as kind, event.thing_id as id, event.version, event.type, event.at,
           coalesce(item.number, task.number) as number,
           coalesce(item.stage, task.stage) as stage,
           coalesce(item.card, task.card) as card,
           coalesce(item.lead_unit_id, task.unit_id) as lead_unit_id,
           array(select unit_id::text from supervision_item_unit where item_id = item.id) as assisting_unit_ids,
           pg_snapshot_xmin(pg_current_snapshot())::text as oldest
      from process_event event
      left join supervision_item item on event.thing_kind = 'supervision_item' and item.id = event.thing_id
      left join indicator_task task on event.thing_kind = 'indicator_task' and task.id = event.thing_id
     where event.seq > ${after} and (${upTo}::bigint is null or event.seq <= ${upTo})
     order by event.seq
     limit ${limit}`.execute(db);
  const oldest = rows[0]?.oldest;
  return {
    events: rows.map(({ oldest: _, seq, ...event }) => ({ ...event, seq: Number(seq) })),
    oldest: oldest === undefined ? null : BigInt(oldest),
  };
}

/** A transaction's number, higher than that of any which has written something already. */
export async function newTransaction(db: Db): Promise<bigint> {
  const { rows } = await sql<{ number: string }>`select pg_current_xact_id()::text as number`.execute(db);
  return BigInt(rows[0]?.number ?? 0);
}

export async function lastSeq(db: Db): Promise<number> {
  const { rows } = await sql<{ last: string | null }>`select max(seq) as last from process_event`.execute(db);
  return Number(rows[0]?.last ?? 0);
}

/** So many numbers may lie in transactions that run at one moment [D]: ten batches of a list's release. */
const WITHIN_REACH = 10_000;

/**
 * Where somebody begins who wants what comes from now on. Events that run beside this moment are still to
 * come; where there are any, some that have just been told of are told once more.
 */
export async function fromNowOn(db: Db): Promise<Progress> {
  const last = await lastSeq(db);
  const transaction = await newTransaction(db);
  const { rows } = await sql<{ oldest: string }>`
    select pg_snapshot_xmin(pg_current_snapshot())::text as oldest`.execute(db);
  if (BigInt(rows[0]?.oldest ?? 0) >= transaction) return { passed: last, marks: [] };
  const begin = Math.max(0, last - WITHIN_REACH);
  const missing = await sql<{ first: string | null }>`
    select min(seq) as first from (
      select seq from generate_series(${begin + 1}::bigint, ${last}::bigint) as seq
      except
      select seq from process_event where seq > ${begin}) gap`.execute(db);
  const first = missing.rows[0]?.first ?? null;
  return first === null
    ? { passed: last, marks: [] }
    : marked({ passed: Number(first) - 1, marks: [] }, last, transaction);
}
