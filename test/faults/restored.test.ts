/** Fault 27: one of the two databases comes back from yesterday. The reconciler names and mends the difference. */
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { evolveAll, type Event } from '../../domain/supervision-item.ts';
import { workflowIdOf } from '../../workflows/client.ts';
import { administrator, faultsOf, runs } from '../support/cadences.ts';
import { underWay, usualPeople, type Matter } from '../support/matter.ts';
import { endsOf, messagesTo } from '../support/messages.ts';
import { assessors, releases } from '../support/task.ts';
import { beginStory, eventually, type Someone, type World } from '../support/world.ts';

async function twoItems() {
  const city = await beginStory({ at: '2026-09-14 10:00' });
  const people = await usualPeople(city);
  const { officer, reporter, unit } = people;
  const first = await underWay(city, officer, reporter, { due_on: '2026-09-30', lead_unit_id: unit.id });
  const second = await underWay(city, officer, reporter, { due_on: '2026-10-30', lead_unit_id: unit.id });
  await city.travelTo('2026-09-14 11:00');
  await reporter.phone.expects('2项待办');
  await endsOf(city);
  return { city, ...people, first, second, admin: await administrator(city) };
}

/** Temporal as it was before any of these came: it does not know them. */
async function forgets(city: World, items: readonly Matter[], people: readonly Someone[]): Promise<void> {
  const ids = [
    ...items.map(({ workflowId }) => workflowId),
    ...people.map(({ person }) => workflowIdOf('recipient', person.id)),
  ];
  for (const id of ids) await city.server.client.workflow.getHandle(id).terminate('restored');
}

test('fault 27: Temporal was restored: what it no longer knows is begun from the rows, and every phone gets each message once', async () => {
  const { city, officer, reporter, first, second, admin } = await twoItems();
  // Told, and still on its way to the recipient's phone when Temporal is lost: the bundle is not closed yet.
  await first.gives(officer, 'urge', { text: '请抓紧' });
  await eventually(
    async () =>
      (await city.db
        .selectFrom('notification')
        .select('id')
        .where('state', '=', 'pending')
        .where('handed_over', '=', true)
        .executeTakeFirst()) ?? null,
    'the recipient has been told',
  );
  await forgets(city, [first, second], [reporter]);
  expect(await first.send(officer, 'comment', { text: '在吗' })).toMatchObject({ status: 503 });

  const run = await runs(admin, 'reconcile');
  const faults = await faultsOf(admin, run);
  expect(faults.filter((fault) => fault.startsWith('[left]'))).toEqual([]);
  expect(faults.join('\n')).toContain('流程不在运行，已按数据表重新启动');
  expect(faults).toHaveLength(3);
  expect(run.numbers).toMatchObject({ found: 3, left: 0, rows: 2 });

  await first.gives(officer, 'comment', { text: '在' });
  await city.travelTo('2026-09-14 12:00');
  await reporter.phone.expects('1项待办');
  await endsOf(city);
  expect(await messagesTo(city, reporter)).toHaveLength(2);
  expect(await faultsOf(admin, await runs(admin, 'reconcile'))).toEqual([]);
  await city.ends();
});

test('fault 27: a message that was on its way when Temporal was lost is asked for, and not sent again', async () => {
  const { city, officer, reporter, first, admin } = await twoItems();
  city.standIn.misbehave({ do: 'lose_receipt', phone: reporter.phone.number });
  await first.gives(officer, 'urge', { text: '请抓紧' });
  await city.travelTo('2026-09-14 11:02');
  await reporter.phone.expects('1项待办');
  await forgets(city, [], [reporter]);
  const faults = await faultsOf(admin, await runs(admin, 'reconcile'));
  expect(faults).toEqual([expect.stringMatching(/^\[mended\].*1条在途短信无人跟踪，已接续/)]);
  await city.travelTo('2026-09-14 13:00');
  await endsOf(city);
  reporter.phone.isSilent();
  await city.ends();
});

test('fault 27: Postgres was restored: what processes know is written again, and nothing old is sent again', async () => {
  const { city, officer, reporter, first, second, admin } = await twoItems();
  const before = await first.openedBy(officer);
  const messages = await city.db.selectFrom('message').select('id').execute();
  await first.gives(officer, 'urge', { text: '请抓紧' });
  await first.gives(officer, 'comment', { text: '已电话催办' });
  await city.travelTo('2026-09-14 12:00');
  await reporter.phone.expects('1项待办');
  await endsOf(city);
  const after = await first.openedBy(officer);

  await asItWas(city, first, { version: before.version as number, messages: messages.map(({ id }) => id) });
  expect(await first.openedBy(officer)).toMatchObject({ version: before.version });

  const faults = await faultsOf(admin, await runs(admin, 'reconcile'));
  expect(faults[0]).toMatch(/数据表为第\d+版，流程为第\d+版，已重新写入/);
  expect(faults.filter((fault) => fault.startsWith('[left]'))).toEqual([]);
  expect(await first.openedBy(officer)).toMatchObject({ version: after.version, stage: after.stage });
  expect(await first.events()).toEqual(expect.arrayContaining(['urged', 'commented']));
  await second.gives(officer, 'comment', { text: '照旧' });
  // Who was told is known to the recipient alone: now it is on record again, and nobody is told twice.
  await eventually(async () => {
    await runs(admin, 'reconcile');
    return (await city.db.selectFrom('notification').select('id').where('state', '=', 'pending').execute())
      .length === 0
      ? true
      : null;
  }, 'every telling has its final record');
  await city.travelTo('2026-09-14 14:00');
  reporter.phone.isSilent();
  expect(await faultsOf(admin, await runs(admin, 'reconcile'))).toEqual([]);
  await city.ends();
});

test('fault 27: Postgres was restored while a receipt was awaited: the recipient goes on without the lost message', async () => {
  const { city, officer, reporter, first, admin } = await twoItems();
  const { version } = await first.openedBy(officer);
  const messages = await city.db.selectFrom('message').select('id').execute();
  city.standIn.misbehave({ do: 'lose_receipt', phone: reporter.phone.number, next: 1 });
  await first.gives(officer, 'urge', { text: '请抓紧' });
  await city.travelTo('2026-09-14 11:02');
  await reporter.phone.expects('1项待办');
  await asItWas(city, first, { version: version as number, messages: messages.map(({ id }) => id) });
  const faults = (await faultsOf(admin, await runs(admin, 'reconcile'))).join('\n');
  expect(faults).toContain('1条已发短信的记录已丢失，不再等待回执');
  expect(faults).toContain('1条提醒此前已发出，记录已丢失，不再重发');
  await city.travelTo('2026-09-14 13:00');
  reporter.phone.isSilent();
  await first.gives(officer, 'pause', { reason: '等待批复' });
  await first.gives(officer, 'resume');
  await city.travelTo('2026-09-14 14:00');
  await reporter.phone.expects('1项待办');
  await endsOf(city);
  await city.ends();
});

/** The rows as they were when the item had this version and these messages had been sent. */
async function asItWas(
  city: World,
  { id }: Matter,
  { version, messages }: { version: number; messages: readonly string[] },
): Promise<void> {
  const { rows } = await sql<{ body: unknown }>`
    select body from process_event where thing_id = ${id} and version <= ${version} order by version`.execute(
    city.db,
  );
  const state = evolveAll(
    null,
    rows.map(({ body }) => body as Event),
  );
  await city.db.transaction().execute(async (tx) => {
    await sql`alter table process_event disable trigger append_only`.execute(tx);
    await sql`alter table message_event disable trigger append_only`.execute(tx);
    await sql`delete from process_event where thing_id = ${id} and version > ${version}`.execute(tx);
    await sql`delete from notification where thing_id = ${id} and event_version > ${version}`.execute(tx);
    await sql`delete from warning where thing_id = ${id} and event_version > ${version}`.execute(tx);
    await sql`delete from message_event where message_id <> all(${[...messages]}::uuid[])`.execute(tx);
    await sql`delete from message where id <> all(${[...messages]}::uuid[])`.execute(tx);
    await sql`
      update supervision_item set version = ${version}, state = ${JSON.stringify(state)}::jsonb, stage = ${state.stage}
       where id = ${id}`.execute(tx);
    await sql`alter table process_event enable trigger append_only`.execute(tx);
    await sql`alter table message_event enable trigger append_only`.execute(tx);
  });
}

test('fault 27: what is as it was when process and row agreed is not asked again, what differs on either side is', async () => {
  const { city, officer, first, second, admin } = await twoItems();
  const { version } = await first.openedBy(officer);
  expect((await runs(admin, 'reconcile')).numbers).toMatchObject({ rows: 2, asked: 2 });
  expect((await runs(admin, 'reconcile')).numbers).toMatchObject({ rows: 2, asked: 0 });

  await first.gives(officer, 'comment', { text: '在办' });
  await endsOf(city);
  expect((await runs(admin, 'reconcile')).numbers).toMatchObject({ asked: 1, found: 0 });
  expect((await runs(admin, 'reconcile')).numbers).toMatchObject({ asked: 0, found: 0 });

  const messages = await city.db.selectFrom('message').select('id').execute();
  await asItWas(city, first, { version: version as number, messages: messages.map(({ id }) => id) });
  const run = await runs(admin, 'reconcile');
  expect(run.numbers).toMatchObject({ asked: 1, found: 1, left: 0 });
  // What was mended counts as seen when it has been found in order.
  expect((await runs(admin, 'reconcile')).numbers).toMatchObject({ asked: 1, found: 0 });

  await forgets(city, [second], []);
  expect((await runs(admin, 'reconcile')).numbers).toMatchObject({ asked: 0, found: 1, left: 0 });
  expect((await runs(admin, 'reconcile')).numbers).toMatchObject({ asked: 1, found: 0 });
  expect((await runs(admin, 'reconcile')).numbers).toMatchObject({ asked: 0, found: 0 });
  await city.ends();
});

test('fault 27: Postgres was restored together with what the reconciler had seen: a process that has gone on since is asked', async () => {
  const { city, officer, first, admin } = await twoItems();
  const { version } = await first.openedBy(officer);
  await runs(admin, 'reconcile');
  const seen = await sql<{ version: number }>`
    select * from process_seen where thing_id = ${first.id}`.execute(city.db);
  await first.gives(officer, 'comment', { text: '在办' });
  await endsOf(city);
  await runs(admin, 'reconcile');

  const messages = await city.db.selectFrom('message').select('id').execute();
  await asItWas(city, first, { version: version as number, messages: messages.map(({ id }) => id) });
  await sql`delete from process_seen where thing_id = ${first.id}`.execute(city.db);
  await sql`
    insert into process_seen
    select * from jsonb_populate_record(null::process_seen, ${JSON.stringify(seen.rows[0])}::jsonb)`.execute(
    city.db,
  );
  expect(seen.rows[0]?.version).toBe(version);
  expect((await runs(admin, 'reconcile')).numbers).toMatchObject({ asked: 1, found: 1, left: 0 });
  await city.ends();
});

test('fault 27: a process whose row is gone is named, and left alone', async () => {
  const { city, first, admin } = await twoItems();
  await city.db.transaction().execute(async (tx) => {
    await sql`alter table process_event disable trigger append_only`.execute(tx);
    await sql`delete from notification where thing_id = ${first.id}`.execute(tx);
    await sql`delete from todo where thing_id = ${first.id}`.execute(tx);
    await sql`delete from process_event where thing_id = ${first.id}`.execute(tx);
    await sql`delete from supervision_item_unit where item_id = ${first.id}`.execute(tx);
    await sql`delete from supervision_item where id = ${first.id}`.execute(tx);
    await sql`alter table process_event enable trigger append_only`.execute(tx);
  });
  const faults = await faultsOf(admin, await runs(admin, 'reconcile'));
  expect(faults).toContain(`[left] 流程 supervision_item/${first.id} 没有对应的记录`);
  await city.stop();
});

test('fault 27: of a released list the tasks that Temporal lost are begun again from their rows, and go on', async () => {
  const city = await beginStory({ at: '2026-01-12 10:00' });
  const { admin: assessor } = await assessors(city);
  const { unit, reporter, deputy, principal } = await city.unitWithPeople('水利局');
  const people = {
    单位: unit.name,
    填报责任人: reporter.person.name,
    直接负责人: deputy.person.name,
    联系人: principal.person.name,
  };
  await releases(
    city,
    assessor,
    ['甲', '乙'].map((name) => ({ ...people, 指标: `重点任务${name}`, 分值: 50 })),
  );
  const tasks = await city.db
    .selectFrom('indicator_task')
    .select(['id', 'number'])
    .orderBy('number')
    .execute();
  const handles = tasks.map(({ id }) =>
    city.server.client.workflow.getHandle(workflowIdOf('indicator_task', id)),
  );
  for (const handle of handles) await handle.terminate('restored');
  const admin = await administrator(city);
  expect((await faultsOf(admin, await runs(admin, 'reconcile'))).toSorted()).toEqual(
    tasks.map(({ number }) => `[mended] ${number}：流程不在运行，已按数据表重新启动`),
  );
  for (const handle of handles) expect((await handle.describe()).status.name).toBe('RUNNING');
  expect(await faultsOf(admin, await runs(admin, 'reconcile'))).toEqual([]);

  const [first] = tasks;
  const answer = await reporter.client.post(`/indicator-tasks/${first?.id}/commands/acknowledge`, {});
  expect(answer).toMatchObject({ status: 200, body: { stage: 'in_progress' } });
  await city.travelTo('2026-01-12 10:05');
  await reporter.phone.expects('2项待办，最近一项将于2026-01-15到期');
  // The other one: its bell rings four working hours before the end of the day.
  await city.travelTo('2026-01-15 12:00');
  await reporter.phone.expects('1项待办，最近一项将于2026-01-15到期');
  await city.ends();
});
