/** While sending does not work: one probe at a time, the operators know, nothing is lost. */
import type { Treatment } from '../domain/message-life.ts';
import type { RecipientRules } from '../domain/recipient.ts';
import { later, type Instant } from '../domain/time.ts';
import { stamp, when, type Db, type Tx } from './client.ts';
import { closeTodos, openTodo } from './todos.ts';

/**
 * While all sending is stopped one probe passes in every few minutes; it alone finds out whether
 * sending works again. @returns when to ask again, or null: nothing is stopped, or this is the probe.
 */
export async function circuitUntil(db: Tx | Db, at: Instant, rules: RecipientRules): Promise<Instant | null> {
  const circuit = await db.selectFrom('sms_circuit').select('next_probe_at').executeTakeFirst();
  if (circuit === undefined) return null;
  if (circuit.next_probe_at > at) return circuit.next_probe_at;
  const next = later(at, rules.sending.probe_every_ms);
  const taken = await db
    .updateTable('sms_circuit')
    .set({ next_probe_at: stamp(next) })
    .where('next_probe_at', '<=', when(at))
    .returning('code')
    .executeTakeFirst();
  // Not taken: somebody else probes now, or has just found that sending works.
  return taken === undefined ? circuitUntil(db, at, rules) : null;
}

/** What stops one message stops all: the account, the keys, the network address. */
export async function openCircuit(
  tx: Tx,
  { code, until }: Extract<Treatment, { do: 'stop_all' }>,
  at: Instant,
): Promise<void> {
  await tx
    .insertInto('sms_circuit')
    .values({ code, since: stamp(at), next_probe_at: stamp(until) })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .execute();
  await tellOperators(
    tx,
    SMS_AS_A_WHOLE,
    at,
    'circuit',
    `短信全部停发：${code}，请处理服务商账户，恢复后自动续发`,
  );
}

/** The provider took one: sending works, and the operators need not do anything any more. */
export async function closeCircuit(tx: Tx, at: Instant): Promise<void> {
  const closed = await tx.deleteFrom('sms_circuit').returning('code').execute();
  if (closed.length > 0) await closeTodos(tx, { kind: 'sms', id: SMS_AS_A_WHOLE }, at, 'circuit');
}

/** A to-do for those who look after the system; `id` is the message that it is about. */
export const tellOperators = (tx: Tx, id: string, at: Instant, key: string, what: string) =>
  openTodo(tx, { kind: 'sms', id }, at, { key, what, role: 'system_admin', unit_id: null, due: null });

export const SMS_AS_A_WHOLE = '00000000-0000-0000-0000-000000000000';

/** An administrator says that sending works again: the circuit closes, the operators' to-dos are done. */
export async function mended(tx: Tx, at: Instant): Promise<void> {
  await tx.deleteFrom('sms_circuit').execute();
  await tx
    .updateTable('todo')
    .set({ closed_at: stamp(at) })
    .where('thing_kind', '=', 'sms')
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
