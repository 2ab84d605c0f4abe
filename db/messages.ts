/** SMS as rows: a message is claimed before it is sent, and only ever moves forward (notifications.md). */
import { sql } from 'kysely';
import { advance, type MessageState, type Treatment } from '../domain/message-life.ts';
import { highestLevel, type MessageLevel, type RecipientRules } from '../domain/recipient.ts';
import { budget } from '../domain/sms-budget.ts';
import { messageParams } from '../domain/sms-text.ts';
import { deadlineDate, later, localDateOf, MINUTE, type Instant } from '../domain/time.ts';
import type { SupervisionItem } from '../domain/supervision-item.ts';
import { stamp, when, type Db, type Tx } from './client.ts';
import { holderOf, pendingOf, tell, tellNext, type Audience, type HandOver, type Told } from './notifications.ts';
import type { Database } from './tables.ts';
import { openTodo } from './todos.ts';

export type Opening = {
  readonly message_id: string;
  readonly person_id: string;
  readonly notification_ids: readonly string[];
  readonly digest: boolean;
  readonly at: Instant;
  readonly template: string;
};

export type Opened =
  | { readonly opened: true }
  /** Nothing is left to be said: taken back, or somebody else is told instead. */
  | { readonly nothing: true }
  /** Another person shares the number and the carrier's cap is near. */
  | { readonly wait_until: Instant }
  | { readonly circuit_open: true };

const PROBE_EVERY = 5 * MINUTE;

type NotificationRow = {
  id: string;
  thing_kind: Database['notification']['thing_kind'];
  thing_id: string;
  event_version: number;
  warning_id: string | null;
  level: MessageLevel;
  chain: Database['notification']['chain'];
  role: Database['notification']['role'];
  unit_id: string | null;
  key: string;
  named: boolean;
  person_id: string | null;
  due_at: Instant | null;
  caused_at: Instant;
};

/**
 * Claims a message for what is still to be said to a person now: whoever holds the post at this
 * moment, things that still live, a number within its budget. Repeated, it answers the same.
 */
export async function openMessage(db: Db, opening: Opening, rules: RecipientRules): Promise<{ opened: Opened; elsewhere: readonly HandOver[] }> {
  return db.transaction().execute(async (tx) => {
    const before = await tx.selectFrom('message').select('id').where('id', '=', opening.message_id).executeTakeFirst();
    if (before !== undefined) return { opened: { opened: true }, elsewhere: [] };
    const { remaining, moved } = await stillToSay(tx, opening);
    const elsewhere = await handOversOf(tx, moved);
    if (remaining.length === 0) return { opened: { nothing: true }, elsewhere };
    const person = await tx.selectFrom('person').select(['phone_hash', 'phone_masked']).where('id', '=', opening.person_id).executeTakeFirstOrThrow();
    if (person.phone_hash === null || person.phone_masked === null) {
      const unreached = await unreachable(tx, remaining, opening.at, 'no_number');
      return { opened: { nothing: true }, elsewhere: [...elsewhere, ...unreached] };
    }
    if (await circuitHolds(tx, opening.at)) return { opened: { circuit_open: true }, elsewhere };
    const until = await numberBusyUntil(tx, person.phone_hash, opening, rules);
    if (until !== null) return { opened: { wait_until: until }, elsewhere };
    await claim(tx, opening, remaining, { hash: person.phone_hash, masked: person.phone_masked });
    return { opened: { opened: true }, elsewhere };
  });
}

async function claim(tx: Tx, opening: Opening, rows: readonly NotificationRow[], phone: { hash: string; masked: string }): Promise<void> {
  const [first, ...rest] = rows.map(({ thing_id, due_at }) => ({
    thing: thing_id,
    due: due_at === null ? localDateOf(opening.at) : deadlineDate(due_at),
  }));
  if (first === undefined) return;
  await tx
    .insertInto('message')
    .values({
      id: opening.message_id,
      person_id: opening.person_id,
      phone_hash: phone.hash,
      phone_masked: phone.masked,
      template: opening.template,
      params: JSON.stringify(messageParams([first, ...rest])),
      level: highestLevel(rows.map(({ level }) => level)),
      digest: opening.digest,
      state: 'claimed',
      reason: null,
      biz_id: null,
      claimed_at: stamp(opening.at),
    })
    .execute();
  await note(tx, opening.message_id, opening.at, 'claimed', { notifications: rows.length, digest: opening.digest });
  await tx.updateTable('notification').set({ message_id: opening.message_id }).where('id', 'in', rows.map(({ id }) => id)).execute();
}

/** Of what waits: what is still true, for the person who holds the post now (fault 25). */
async function stillToSay(tx: Tx, { notification_ids, person_id, at }: Opening) {
  const rows = await tx
    .selectFrom('notification')
    .selectAll()
    .where('id', 'in', [...notification_ids])
    .where('state', '=', 'pending')
    .where('message_id', 'is', null)
    .orderBy('caused_at')
    .orderBy('key')
    .forUpdate()
    .execute();
  const remaining: NotificationRow[] = [];
  const moved: NotificationRow[] = [];
  for (const row of rows) {
    const { audience, stage } = await audienceOf(tx, row);
    if (stage === 'closed' || stage === 'withdrawn') {
      await suppress(tx, [row.id], 'thing_ended');
      continue;
    }
    const holder = row.named ? null : await holderOf(tx, audience, tellingOf(row, audience), at);
    if (row.named || row.in_place_of !== null || holder?.person_id === person_id) {
      remaining.push(row);
      continue;
    }
    await suppress(tx, [row.id], 'post_changed_hands');
    await tell(tx, await toldOf(tx, row, at), row.id);
    moved.push(row);
  }
  return { remaining, moved };
}

const suppress = (tx: Tx, ids: readonly string[], reason: string) =>
  tx.updateTable('notification').set({ state: 'suppressed', reason }).where('id', 'in', [...ids]).execute();

async function audienceOf(tx: Tx, row: Pick<NotificationRow, 'thing_id'>): Promise<{ audience: Audience; stage: string }> {
  const item = await tx
    .selectFrom('supervision_item')
    .select(['lead_unit_id', 'office_unit_id', 'officer_id', 'stage', 'state'])
    .where('id', '=', row.thing_id)
    .executeTakeFirstOrThrow();
  const people = (item.state as SupervisionItem | null)?.people ?? {};
  return { audience: { ...item, people }, stage: item.stage };
}

/** The telling that a notification came from, without its key's thing and person. */
function tellingOf(row: NotificationRow, audience: Audience): Told['telling'] {
  const key = row.key.split('/').slice(2, -1).join('/');
  const home = row.chain === 'reviewing' ? audience.office_unit_id : audience.lead_unit_id;
  const { level, chain, role } = row;
  return { level, chain, role, key, ...(row.unit_id === null || row.unit_id === home ? {} : { unit_id: row.unit_id }) };
}

async function toldOf(tx: Tx, row: NotificationRow, at: Instant): Promise<Told> {
  const { audience } = await audienceOf(tx, row);
  return {
    thing: { kind: row.thing_kind, id: row.thing_id },
    event_version: row.event_version,
    audience,
    telling: tellingOf(row, audience),
    warning_id: row.warning_id,
    due: row.due_at,
    at,
  };
}

async function handOversOf(tx: Tx, rows: readonly NotificationRow[]): Promise<readonly HandOver[]> {
  const found: HandOver[] = [];
  for (const { thing_kind, thing_id, event_version } of rows) {
    found.push(...(await pendingOf(tx, { kind: thing_kind, id: thing_id }, [event_version])));
  }
  return found;
}

async function unreachable(tx: Tx, rows: readonly NotificationRow[], at: Instant, reason: string): Promise<readonly HandOver[]> {
  await tx
    .updateTable('notification')
    .set({ state: reason === 'no_number' ? 'suppressed' : 'failed', reason })
    .where('id', 'in', rows.map(({ id }) => id))
    .execute();
  for (const row of rows) await tellNext(tx, await toldOf(tx, row, at), row.id, reason);
  return handOversOf(tx, rows);
}

/** While the circuit is open one probe passes in every five minutes; it alone finds out whether sending works again. */
async function circuitHolds(tx: Tx, at: Instant): Promise<boolean> {
  const circuit = await tx.selectFrom('sms_circuit').select('next_probe_at').forUpdate().executeTakeFirst();
  if (circuit === undefined) return false;
  if (circuit.next_probe_at > at) return true;
  await tx.updateTable('sms_circuit').set({ next_probe_at: stamp(later(at, PROBE_EVERY)) }).execute();
  return false;
}

/** The cap counts a number, not a person: two people may share an office's phone. */
async function numberBusyUntil(tx: Tx, phoneHash: string, { template, at }: Opening, { budget: rules }: RecipientRules): Promise<Instant | null> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${phoneHash}, 0))`.execute(tx);
  const sent = await tx
    .selectFrom('message')
    .select('claimed_at')
    .where('phone_hash', '=', phoneHash)
    .where('template', '=', template)
    .where('claimed_at', '>=', when(later(at, -rules.window_ms)))
    .execute();
  const allowed = budget(sent.map(({ claimed_at }) => claimed_at), at, rules);
  return allowed.may === 'wait' ? allowed.until : null;
}

export async function note(tx: Tx | Db, message_id: string, at: Instant, what: string, detail: Record<string, unknown> = {}): Promise<void> {
  await tx
    .insertInto('message_event')
    .values({ message_id, at: stamp(at), what, detail: JSON.stringify(detail) })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

async function move(tx: Tx, message_id: string, news: MessageState, at: Instant, reason: string | null = null): Promise<MessageState> {
  const row = await tx.selectFrom('message').select('state').where('id', '=', message_id).forUpdate().executeTakeFirstOrThrow();
  const state = advance(row.state, news);
  if (state !== row.state) {
    const final = state !== 'claimed' && state !== 'unknown' && state !== 'accepted';
    await tx
      .updateTable('message')
      .set({ state, ...(reason === null ? {} : { reason }), ...(final ? { final_at: stamp(at) } : {}) })
      .where('id', '=', message_id)
      .execute();
  }
  return state;
}

const carriedBy = (tx: Tx, message_id: string) =>
  tx.selectFrom('notification').selectAll().where('message_id', '=', message_id).where('state', '=', 'pending').orderBy('key').execute();

/** One message for several things: each of them ended in that message, whose own fate is written on it. */
async function conclude(tx: Tx, message_id: string, fate: 'delivered' | 'accepted_unconfirmed'): Promise<void> {
  const rows = await carriedBy(tx, message_id);
  if (rows.length === 0) return;
  await tx
    .updateTable('notification')
    .set(rows.length === 1 ? { state: fate } : { state: 'merged', reason: fate })
    .where('id', 'in', rows.map(({ id }) => id))
    .execute();
}

/** What an answer of the provider does to the rows. Repeats are harmless. */
export async function treat(db: Db, message_id: string, treated: Treatment, at: Instant): Promise<readonly HandOver[]> {
  return db.transaction().execute(async (tx) => {
    await note(tx, message_id, at, treated.do, { ...treated });
    switch (treated.do) {
      case 'await_receipt':
        await move(tx, message_id, 'accepted', at);
        await tx.deleteFrom('sms_circuit').execute();
        return [];
      case 'retry':
        return [];
      case 'ask_first':
        await move(tx, message_id, 'unknown', at);
        return [];
      case 'wait_for_window':
        return releaseForLater(tx, message_id, at, 'isv.BUSINESS_LIMIT_CONTROL', { redToNext: true });
      case 'stop_all':
        await tx
          .insertInto('sms_circuit')
          .values({ code: treated.code, since: stamp(at), next_probe_at: stamp(later(at, PROBE_EVERY)) })
          .onConflict((conflict) => conflict.column('id').doNothing())
          .execute();
        await tellOperators(tx, message_id, at, 'circuit', `短信全部停发：${treated.code}，请运维处理服务商账户后自动恢复`);
        return releaseForLater(tx, message_id, at, treated.code, { redToNext: false });
      case 'hold_for_repair':
        await tellOperators(tx, message_id, at, 'configuration', `短信配置有误：${treated.code}，请修正签名、模板或参数后放行`);
        return releaseForLater(tx, message_id, at, treated.code, { redToNext: false });
      case 'next_person':
        return giveUp(tx, message_id, at, treated.reason);
      case 'failed':
        await tellOperators(tx, message_id, at, `failed/${message_id}`, `短信发送失败：${treated.reason}`);
        return giveUp(tx, message_id, at, treated.reason);
      case 'ended':
        return treated.state === 'delivered' ? delivered(tx, message_id, at) : giveUp(tx, message_id, at, treated.errCode ?? 'undelivered', 'undelivered');
    }
  });
}

async function delivered(tx: Tx, message_id: string, at: Instant): Promise<readonly HandOver[]> {
  if ((await move(tx, message_id, 'delivered', at)) === 'delivered') await conclude(tx, message_id, 'delivered');
  return [];
}

/** Refused before it was sent: what it carried waits again, for another message. */
async function releaseForLater(tx: Tx, message_id: string, at: Instant, code: string, { redToNext }: { redToNext: boolean }) {
  await move(tx, message_id, 'failed', at, code);
  const rows = await carriedBy(tx, message_id);
  if (rows.length === 0) return [];
  await tx.updateTable('notification').set({ message_id: null }).where('message_id', '=', message_id).where('state', '=', 'pending').execute();
  const red = redToNext ? rows.filter(({ level }) => level === 'red_card') : [];
  for (const row of red) await tellNext(tx, await toldOf(tx, row, at), row.id, code);
  return handOversOf(tx, red);
}

async function giveUp(tx: Tx, message_id: string, at: Instant, reason: string, state: 'failed' | 'undelivered' = 'failed') {
  if ((await move(tx, message_id, state, at, reason)) !== state) return [];
  return unreachable(tx, await carriedBy(tx, message_id), at, reason);
}

const tellOperators = (tx: Tx, message_id: string, at: Instant, key: string, what: string) =>
  openTodo(tx, { kind: 'sms', id: key.startsWith('failed/') ? message_id : SMS_AS_A_WHOLE }, at, {
    key,
    what,
    role: 'system_admin',
    unit_id: null,
    due: null,
  });

export const SMS_AS_A_WHOLE = '00000000-0000-0000-0000-000000000000';

/** No receipt came and none could be had: as certain as it will ever be. */
export async function leaveUnconfirmed(db: Db, message_id: string, at: Instant): Promise<void> {
  await db.transaction().execute(async (tx) => {
    await note(tx, message_id, at, 'accepted_unconfirmed');
    if ((await move(tx, message_id, 'accepted_unconfirmed', at)) === 'accepted_unconfirmed') {
      await conclude(tx, message_id, 'accepted_unconfirmed');
    }
  });
}

export type ReceiptNews = {
  readonly outId: string;
  readonly bizId: string;
  readonly delivered: boolean;
  readonly errCode: string | null;
};

/**
 * A receipt may only ever confirm a message that we sent: both ids must be ours.
 * @returns null when it is not, else whose message it was and who has to be told now.
 */
export async function confirm(db: Db, receipt: ReceiptNews, at: Instant): Promise<{ person_id: string; caused: readonly HandOver[] } | null> {
  const message = await db
    .selectFrom('message')
    .select(['id', 'person_id'])
    .where('id', '=', receipt.outId)
    .where('biz_id', '=', receipt.bizId)
    .executeTakeFirst();
  if (message === undefined) return null;
  const { delivered: arrived, errCode } = receipt;
  const caused = await treat(db, message.id, { do: 'ended', state: arrived ? 'delivered' : 'undelivered', errCode }, at);
  return { person_id: message.person_id, caused };
}

/** What the gateway needs; read right before sending and kept nowhere. */
export const toSend = (db: Db, message_id: string) =>
  db
    .selectFrom('message')
    .innerJoin('person', 'person.id', 'message.person_id')
    .select(['message.state', 'message.params', 'message.template', 'message.submitted_at', 'person.phone_cipher'])
    .where('message.id', '=', message_id)
    .executeTakeFirstOrThrow();

export async function submitting(db: Db, message_id: string, wall: Instant): Promise<void> {
  await db.updateTable('message').set({ submitted_at: stamp(wall) }).where('id', '=', message_id).execute();
}

export async function accepted(db: Db, message_id: string, bizId: string): Promise<void> {
  await db.updateTable('message').set({ biz_id: bizId }).where('id', '=', message_id).where('biz_id', 'is', null).execute();
}

/** An administrator says that sending works again: the circuit closes, the operators' to-dos are done. */
export async function mended(tx: Tx, at: Instant): Promise<void> {
  await tx.deleteFrom('sms_circuit').execute();
  await tx
    .updateTable('todo')
    .set({ closed_at: stamp(at) })
    .where('thing_kind', '=', 'sms')
    .where('thing_id', '=', SMS_AS_A_WHOLE)
    .where('closed_at', 'is', null)
    .execute();
}

export async function heldRecipients(db: Db): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('notification')
    .select('person_id')
    .distinct()
    .where('state', '=', 'pending')
    .where('message_id', 'is', null)
    .execute();
  return rows.flatMap(({ person_id }) => person_id ?? []);
}
