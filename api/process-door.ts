/**
 * How the API reaches the durable processes: the row first, then the workflow, then the answer when
 * it can be read. A repeat under the same command id does nothing and answers the same.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { loadCalendar } from '../db/calendar.ts';
import { stamp, type Db } from '../db/client.ts';
import type { Clock } from '../db/clock.ts';
import { uuidOf } from '../db/notifications.ts';
import { currentPolicies, currentRules, itemPolicies } from '../db/policies.ts';
import { hasEnded, nextNumber, notStarted, versionOf } from '../db/supervision-items.ts';
import type { Calendar } from '../domain/calendar.ts';
import type { Actor } from '../domain/process.ts';
import { isRefusal, refuse, type Refusal } from '../domain/refusal.ts';
import { create, type Command } from '../domain/supervision-item.ts';
import { localDateOf, yearOf } from '../domain/time.ts';
import type { Processes as Client } from '../workflows/client.ts';
import type { Begin } from '../workflows/supervision-item.ts';
import type { NewSupervisionItem, Processes } from './deps.ts';
import { ApiProblem } from './problem.ts';

type Door = { readonly db: Db; readonly clock: Clock; readonly client: Client; readonly timeTravel: boolean };

/** How long a new item may take until it can be read. */
const READABLE_WITHIN_MS = 10_000;

export const noWorker = () =>
  new ApiProblem(
    'unavailable',
    '流程服务暂时没有应答，请稍后用同一个 Idempotency-Key 重试；重复提交不会重复办理。',
    {
      headers: { 'retry-after': '5' },
    },
  );

export function createProcessDoor(door: Door): Processes & { startLost(): Promise<number> } {
  const { db, client } = door;
  return {
    async createSupervisionItem(item, by, commandId) {
      const id = uuidOf(`supervision_item/${commandId}`);
      const begin = await beginning(door, id, item, by);
      if (isRefusal(begin)) return begin;
      await start(door, begin);
      await readable(db, id);
      return { id };
    },

    async command(id: string, command: Command, by: Actor, commandId: string) {
      const result = await client.command(id, command, by, commandId);
      if (!('no_answer' in result)) return result;
      if (result.no_answer === 'no_process' && (await hasEnded(db, id)))
        return refuse('process_ended', '事项已结束，不能再办理。');
      throw noWorker();
    },

    async replan(id: string, calendar: Calendar, by: Actor, commandId: string) {
      const result = await client.replan(id, calendar, by, commandId);
      if (isRefusal(result)) throw new Error(`${id}: ${result.refusal}`);
      if ('no_answer' in result && !(result.no_answer === 'no_process' && (await hasEnded(db, id))))
        throw noWorker();
    },

    seen: (id, by) => client.seen(id, by),
    release: (personId) => client.release(personId),
    receiptCame: (personId, messageId) => client.receiptCame(personId, messageId),
    handOver: (notifications) => client.handOver(notifications),

    /** Makes good what a crash between row and workflow left undone. @returns how many were started. */
    async startLost() {
      const rows = await notStarted(db);
      for (const { start_input } of rows) await client.startSupervisionItem(start_input as Begin);
      return rows.length;
    },
  };
}

async function start({ client }: Door, begin: Begin): Promise<void> {
  try {
    await client.startSupervisionItem(begin);
  } catch {
    // The row is there: the same request again, or the next start of the system, goes on from it.
    throw noWorker();
  }
}

/** The row, written once; what it was begun with is what a repeat begins with. */
async function beginning(
  { db, clock, timeTravel }: Door,
  id: string,
  item: NewSupervisionItem,
  by: Actor,
): Promise<Begin | Refusal> {
  const before = await db
    .selectFrom('supervision_item')
    .select('start_input')
    .where('id', '=', id)
    .executeTakeFirst();
  if (before !== undefined) return before.start_input as Begin;
  const at = await clock.now();
  const year = yearOf(localDateOf(at));
  const { policy, number: given, ...facts } = item;
  const [calendar, policies, rules] = await Promise.all([
    loadCalendar(db, { fromYear: year }),
    currentPolicies(db),
    currentRules(db),
  ]);
  const frozen = itemPolicies(policies, facts.item_class, policy);
  if (frozen === null)
    return refuse('unknown_policy', '没有这个预警策略，请从 /warning-policies 中选取。', '/warning_policy');
  const begin = (number: string): Begin => ({
    id,
    facts: { ...facts, number },
    rules,
    policies: frozen,
    calendar,
    by,
    clock: { at, time_travel: timeTravel },
  });
  // Before a number is drawn for it.
  const created = create(begin(given ?? ''), { by, at, calendar });
  if (isRefusal(created)) return created;
  for (;;) {
    const number = given ?? (await nextNumber(db, year));
    const begun = begin(number);
    const inserted = await db
      .insertInto('supervision_item')
      .values({
        id,
        number,
        title: facts.title,
        aspect: facts.aspect,
        item_class: facts.item_class,
        importance: facts.importance,
        lead_unit_id: facts.lead_unit_id,
        office_unit_id: by.kind === 'person' ? by.unit_id : null,
        officer_id: by.kind === 'person' ? by.person_id : null,
        stage: 'starting',
        start_input: JSON.stringify(begun),
        created_at: stamp(at),
      })
      .onConflict((conflict) => conflict.column('number').doNothing())
      .executeTakeFirst();
    if (inserted.numInsertedOrUpdatedRows !== 0n) return begun;
    // One item, one number: one that was given by hand is passed over.
    if (given !== null) return refuse('number_taken', `编号${number}已有事项使用。`, '/number');
  }
}

async function readable(db: Db, id: string): Promise<void> {
  const until = Date.now() + READABLE_WITHIN_MS;
  for (let wait = 10; ; wait = Math.min(wait * 1.5, 100)) {
    if ((await versionOf(db, id)) > 0) return;
    if (Date.now() > until) throw noWorker();
    await pause(wait);
  }
}
