/** Somebody who may do everything in PostgreSQL changes what was written: an audit names the place (domain.md 10.4). */
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { chainBegins, eventsOf, following } from '../../db/process-event.ts';
import type { EventFrame } from '../../domain/process.ts';
import { administrator, faultsOf, runs } from '../support/cadences.ts';
import { underWay, usualPeople } from '../support/matter.ts';
import { beginStory, type World } from '../support/world.ts';

async function city() {
  const story = await beginStory({ at: '2026-09-14 10:00' });
  const { officer, reporter, unit } = await usualPeople(story);
  const facts = { due_on: '2026-12-30', lead_unit_id: unit.id };
  const item = await underWay(story, officer, reporter, facts);
  await underWay(story, officer, reporter, facts);
  const admin = await administrator(story);
  return {
    story,
    admin,
    officer,
    item,
    number: (await item.openedBy(officer)).number as string,
    audited: async () => faultsOf(admin, await runs(admin, 'audit')),
  };
}

/** The trigger is no hindrance for the tables' owner. */
async function meddle({ db }: World, table: string, change: () => Promise<unknown>): Promise<void> {
  await sql`alter table ${sql.table(table)} disable trigger append_only`.execute(db);
  await change();
  await sql`alter table ${sql.table(table)} enable trigger append_only`.execute(db);
}

test('an event that was edited is named with its thing and version, on every day anew, also when it is old', async () => {
  const { story, item, number, audited } = await city();
  expect(await audited()).toEqual([]);
  await meddle(story, 'process_event', () =>
    sql`update process_event set body = jsonb_set(body, '{by,person_id}', '"nobody"')
         where thing_id = ${item.id} and version = 2`.execute(story.db),
  );
  const found = [`[left] ${number}：第2号事件与其哈希链不符`];
  expect(await audited()).toEqual(found);
  expect(await audited()).toEqual(found);
  await story.stop();
});

test('an event that was taken out of the middle is missed by the one after it', async () => {
  const { story, item, number, audited } = await city();
  await meddle(story, 'process_event', () =>
    sql`delete from process_event where thing_id = ${item.id} and version = 2`.execute(story.db),
  );
  expect(await audited()).toContain(`[left] ${number}：第3号事件与其哈希链不符`);
  await story.stop();
});

test('a chain that was written anew as a whole agrees with itself, and not with the report of the day before', async () => {
  const { story, admin, item, audited } = await city();
  const run = await runs(admin, 'audit');
  const { body: report } = await admin.get(`/audit-reports/${run.id}`);
  expect(report.anchor).toMatchObject({ events: { things: 2, digest: expect.any(String) } });
  const thing = { kind: 'supervision_item', id: item.id } as const;
  const rows = await eventsOf(story.db, thing);
  const forged = rows.map(({ version, body, command_id }) => ({
    version,
    command_id,
    event: { ...body, note: 'as if it had been so' } as unknown as EventFrame & { type: string },
  }));
  await meddle(story, 'process_event', async () => {
    for (const { version, body, prev_hash, hash } of following(
      { version: 0, hash: chainBegins },
      thing,
      forged,
    ))
      await sql`update process_event set body = ${JSON.stringify(body)}, prev_hash = ${prev_hash}, hash = ${hash}
                 where thing_id = ${item.id} and version = ${version}`.execute(story.db);
  });
  const [fault, ...more] = await audited();
  expect(more).toEqual([]);
  expect(fault).toContain(`的报告记下了前${report.anchor.events.seq}号事件的摘要，现在的与之不符`);
  // As operations.md says it: whoever has kept the report needs nothing of ours to tell.
  const { rows: now } = await sql<{ digest: string }>`
    select encode(sha256(convert_to(string_agg(ends, E'\n' order by ends collate "C"), 'UTF8')), 'hex') as digest
      from (select distinct on (thing_kind, thing_id)
                   thing_kind || '/' || thing_id || '/' || version || ' ' || hash as ends
              from process_event where seq <= ${report.anchor.events.seq}
             order by thing_kind, thing_id, version desc) chains`.execute(story.db);
  expect(now[0]?.digest).not.toBe(report.anchor.events.digest);
  await story.stop();
});

test('a line of the audit log that was edited, or its end that was cut off, is named', async () => {
  const { story, admin, audited } = await city();
  // Each run is a line of its own.
  await runs(admin, 'audit');
  const run = await runs(admin, 'audit');
  const { id } = (await admin.get(`/audit-reports/${run.id}`)).body.anchor.audit_log as { id: string };
  await meddle(story, 'audit_log', () =>
    sql`update audit_log set result = 'denied:forbidden' where id = (select min(id) from audit_log)`.execute(
      story.db,
    ),
  );
  expect(await audited()).toEqual([expect.stringMatching(/^\[left\] 审计日志第\d+行与其哈希链不符$/)]);
  const last = await sql<{ id: string }>`select max(id) as id from audit_log`.execute(story.db);
  expect(BigInt(last.rows[0]?.id ?? 0)).toBeGreaterThan(BigInt(id));
  await meddle(story, 'audit_log', () => sql`delete from audit_log where id >= ${id}`.execute(story.db));
  expect((await audited()).join('\n')).toMatch(/的报告记下了审计日志第\d+行，现在的与之不符/);
  await story.stop();
});

test('a run looks at what came since the one before, and at the rest in slices', async () => {
  const { story, admin, officer, item } = await city();
  expect(await runs(admin, 'audit')).toMatchObject({ numbers: { events_checked: 6 } });
  await item.gives(officer, 'comment', { text: '请抓紧' });
  const second = await runs(admin, 'audit');
  expect(second).toMatchObject({ numbers: { events_checked: 7 } });
  expect(await faultsOf(admin, second)).toEqual([]);
  const kept = await story.db.selectFrom('audit_report').select('anchor').execute();
  expect(kept.map(({ anchor }) => anchor?.events.seq)).toEqual([6, 7]);
  // As after years: what the last report covers is more than one run looks at.
  await sql`update audit_report set anchor = jsonb_set(anchor, '{events,seq}', '1000000')`.execute(story.db);
  const days = await runs(admin, 'audit');
  expect(days.numbers.events_checked).toBeLessThanOrEqual(20_000);
  await story.stop();
});
