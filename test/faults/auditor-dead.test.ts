/** The auditor finds what a process missed and nudges it; and when it, or the reconciler, is dead itself, that shows (fault 29). */
import { expect, test } from 'vitest';
import { HOUR, instant, later, MINUTE } from '../../domain/time.ts';
import { administrator, faultsOf, runs } from '../support/cadences.ts';
import { underWay, usualPeople } from '../support/matter.ts';
import { beginStory, eventually, type World } from '../support/world.ts';

type Detail = Readonly<Record<'audit' | 'reconcile', Readonly<Record<string, unknown>>>>;

const ready = async (city: World) => {
  const response = await city.server.app.inject('/readyz');
  return { status: response.statusCode, ...(response.json() as Detail) };
};

test('fault 29: while the auditor or the reconciler is dead its last success grows old: in readiness, in the metrics, and as a banner', async () => {
  const city = await beginStory({ at: '2026-09-14 10:00' });
  const admin = await administrator(city);
  const measured = async (name: string) =>
    Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(await city.server.metrics.metrics())?.[1]);
  const never = { last_success: null, is_old: true, banner: expect.stringContaining('尚未完成过') };
  const fresh = { is_old: false, banner: null };
  expect(await ready(city)).toMatchObject({ status: 200, audit: never, reconcile: never });
  await runs(admin, 'audit');
  expect(await ready(city)).toMatchObject({ status: 200, audit: fresh, reconcile: never });
  expect(await measured('dukao_reconcile_last_success_seconds')).toBe(0);
  await runs(admin, 'reconcile');
  expect(await ready(city)).toMatchObject({ status: 200, audit: fresh, reconcile: fresh });
  for (const watcher of ['audit', 'reconcile']) {
    expect(Date.now() / 1_000 - (await measured(`dukao_${watcher}_last_success_seconds`))).toBeLessThan(60);
    expect(await measured(`dukao_${watcher}_faults`)).toBe(0);
  }

  await city.stopWorkers();
  // 27 hours later: neither has run since, and the reconciler had left something.
  await city.db
    .updateTable('cadence_run')
    .set({ ended_at: new Date(Date.now() - 27 * HOUR) })
    .execute();
  await city.db.updateTable('audit_report').set({ found: 2 }).where('kind', '=', 'reconcile').execute();
  const old = (name: string) => ({ is_old: true, banner: expect.stringMatching(`^${name}最近一次成功在`) });
  expect(await ready(city)).toMatchObject({
    status: 200,
    audit: old('每日审计'),
    reconcile: old('每日核对'),
  });
  for (const watcher of ['audit', 'reconcile'])
    expect(Date.now() / 1_000 - (await measured(`dukao_${watcher}_last_success_seconds`))).toBeGreaterThan(
      26 * 3_600,
    );
  expect(await measured('dukao_audit_faults')).toBe(0);
  expect(await measured('dukao_reconcile_faults')).toBe(2);
  const { status } = await admin.post('/audit-reports/commands/run', {});
  expect(status).toBe(503);
  await city.startWorkers();
  await eventually(
    async () => ((await ready(city)).audit['is_old'] === false ? true : null),
    'it audits again',
  );
  await city.ends();
});

test('a process that is lost when its card is due is found by the auditor, begun again, and gives the card with its own moment', async () => {
  const city = await beginStory({ at: '2026-09-14 10:00' });
  const { officer, reporter, deputy, unit } = await usualPeople(city);
  const item = await underWay(city, officer, reporter, { due_on: '2026-09-16', lead_unit_id: unit.id });
  const admin = await administrator(city);
  await city.travelTo('2026-09-14 11:00');
  city.phonesAreRead();
  await city.server.client.workflow.getHandle(item.workflowId).terminate('lost');
  const due = await city.db
    .selectFrom('supervision_item')
    .select(['next_at', 'number'])
    .where('id', '=', item.id)
    .executeTakeFirstOrThrow();
  await city.server.story.beginAt(later(instant(Number(due.next_at)), 30 * MINUTE));

  const run = await runs(admin, 'audit');
  const faults = await faultsOf(admin, run);
  expect(faults.filter((fault) => fault.startsWith('[left]'))).toEqual([]);
  expect(faults.join('\n')).toContain(`[mended] ${due.number}：应于`);
  expect(run.numbers).toMatchObject({ overdue: 1, nudged: 1, left: 0 });
  const given = await city.db
    .selectFrom('warning')
    .select('moment')
    .where('thing_id', '=', item.id)
    .orderBy('moment')
    .executeTakeFirstOrThrow();
  expect(given.moment).toBe(due.next_at);
  expect(await faultsOf(admin, await runs(admin, 'audit'))).toEqual([]);
  await city.server.story.travelTo(later(instant(Number(due.next_at)), 50 * MINUTE));
  await reporter.phone.expects('1项待办');
  await deputy.phone.expects('1项待办');
  await city.ends();
});
