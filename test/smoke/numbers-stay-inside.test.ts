import proto from '@temporalio/proto';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { workflowIdOf } from '../../workflows/client.ts';
import { endsOf } from '../support/messages.ts';
import { listed, usualPeople } from '../support/matter.ts';
import { beginStory, RECEIPT_SECRET, type World } from '../support/world.ts';

/** Every process that the story began, as the Temporal server remembers it: all payloads, errors and summaries. */
async function histories(city: World): Promise<Map<string, Buffer>> {
  const items = await city.db.selectFrom('supervision_item').select('id').execute();
  const people = await city.db
    .selectFrom('notification')
    .select('person_id')
    .distinct()
    .where('state', '<>', 'suppressed')
    .execute();
  const ids = [
    ...items.map(({ id }) => workflowIdOf('supervision_item', id)),
    ...people.map(({ person_id }) => workflowIdOf('recipient', person_id ?? '')),
  ];
  const told = new Map<string, Buffer>();
  for (const id of ids) {
    const history = await city.server.client.workflow.getHandle(id).fetchHistory();
    told.set(id, Buffer.from(proto.temporal.api.history.v1.History.encode(history).finish()));
  }
  return told;
}

/** Every row of every table, as text. */
async function tables(city: World): Promise<Map<string, string>> {
  const names = await sql<{ table_name: string }>`
    select table_name from information_schema.tables where table_schema = 'public'`.execute(city.db);
  const told = new Map<string, string>();
  for (const { table_name } of names.rows) {
    const rows = await sql<{ row: string }>`select t::text as row from ${sql.table(table_name)} t`.execute(
      city.db,
    );
    told.set(table_name, rows.rows.map(({ row }) => row).join('\n'));
  }
  return told;
}

test('no phone number is anywhere but on its way to the provider: not in histories, logs, addresses, errors, rows or answers', async () => {
  const city = await beginStory({ at: '2026-09-14 10:00' });
  const { officer, unit, reporter, deputy, principal } = await usualPeople(city);
  const admin = await city.someone(unit, { role: 'system_admin', phone: null });
  const watcher = await city.someone(unit, { role: 'e_monitor', phone: null });
  // As much as can go wrong: answers that quote the number, none, unreadable ones, receipts of all kinds.
  const [bad, hung, cut] = [reporter, deputy, principal].map(({ phone }) => phone.number) as [
    string,
    string,
    string,
  ];
  city.standIn.misbehave(
    { do: 'reject', code: 'isv.MOBILE_NUMBER_ILLEGAL', message: `${bad}invalid mobile number`, phone: bad },
    { do: 'hang_before_accepting', phone: hung, next: 1 },
    { do: 'server_error', action: 'QuerySendDetails', phone: hung, next: 1 },
    { do: 'cut', accepted: true, phone: cut, next: 1 },
    { do: 'repeat_receipt', times: 2, phone: cut },
  );
  const item = await listed(city, officer, { due_on: '2026-09-16', lead_unit_id: unit.id });
  await item.gives(officer, 'assign');
  await item.gives(reporter, 'acknowledge');
  await city.travelTo('2026-09-17 09:00');
  await deputy.phone.expects('1项待办', '1项待办', '1项待办');
  await principal.phone.expects('1项待办');
  await endsOf(city);
  // The carrier's own words may quote it, and so may whoever calls our address with it.
  const quoting = {
    phone_number: hung,
    report_time: '2026-09-17 09:00:00',
    success: false,
    err_msg: `${hung} 用户关机`,
    biz_id: '1^0',
    out_id: hung,
  };
  for (const [path, body] of [
    [`receipts/${RECEIPT_SECRET}`, [quoting]],
    [`receipts/${RECEIPT_SECRET}`, [{ ...quoting, report_time: hung }]],
    [`receipts/${hung}`, [quoting]],
  ] as const) {
    await fetch(`${city.address}/api/v1/sms/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  }

  // What administrators and officers can read of it.
  const answers: string[] = [];
  for (const [who, path] of [
    [officer, '/messages'],
    [officer, `${item.path}/messages`],
    [officer, `${item.path}/events`],
    [admin, '/people'],
    [admin, '/todos'],
    [watcher, `/workflows/${workflowIdOf('recipient', deputy.person.id)}/history`],
    [watcher, `/workflows/${workflowIdOf('recipient', reporter.person.id)}/history`],
  ] as const) {
    const answer = await who.client.get(path);
    expect(answer.status, path).toBe(200);
    answers.push(JSON.stringify(answer.body));
  }
  expect(answers.join('\n')).toContain(`${bad.slice(0, 3)}****${bad.slice(-4)}`);

  const told = await histories(city);
  expect(told.size).toBe(4);
  const rows = await tables(city);
  expect(rows.get('sms_receipt')).toContain('outId');
  expect(city.log.join('')).toContain('/sms/receipts/');
  expect(city.log.join('')).not.toContain(RECEIPT_SECRET);
  for (const { number } of [reporter, deputy, principal, officer].map(({ phone }) => phone)) {
    for (const [id, history] of told) expect(history.includes(number), `${id} tells ${number}`).toBe(false);
    for (const [name, text] of rows) expect(text.includes(number), `${name} holds ${number}`).toBe(false);
    for (const line of city.log) expect(line).not.toContain(number);
    for (const answer of answers) expect(answer).not.toContain(number);
  }
  // Nor is the way to a number there: what it is enciphered as stays in the table of people.
  const { phone_cipher, phone_hash } = await city.db
    .selectFrom('person')
    .select(['phone_cipher', 'phone_hash'])
    .where('id', '=', deputy.person.id)
    .executeTakeFirstOrThrow();
  for (const secret of [phone_cipher ?? '', phone_hash ?? '']) {
    for (const [id, history] of told) expect(history.includes(secret), id).toBe(false);
    for (const text of [...city.log, ...answers]) expect(text).not.toContain(secret);
  }
  await city.ends();
});
