/** The auditor finds what a process missed and nudges it; and when it, or the reconciler, is dead itself, that shows (fault 29). */
import { expect, test } from 'vitest';
import { HOUR, instant, later, MINUTE, type Instant } from '../../domain/time.ts';
import { administrator, faultsOf, runs } from '../support/cadences.ts';
import type { handled } from '../support/handled.ts';
import { underWay, usualPeople } from '../support/matter.ts';
import { assessmentPeople, byMonth, released } from '../support/task.ts';
import { beginStory, eventually, type World } from '../support/world.ts';

type Handled = Pick<ReturnType<typeof handled>, 'id' | 'workflowId'>;
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

/** @returns when its next card is due: half an hour ago. */
async function lostWhenItsCardIsDue(city: World, { id, workflowId }: Handled): Promise<Instant> {
  city.phonesAreRead();
  await city.server.client.workflow.getHandle(workflowId).terminate('lost');
  const kind = workflowId.startsWith('supervision_item/') ? 'supervision_item' : 'indicator_task';
  const { next_at } = await city.db
    .selectFrom(kind)
    .select('next_at')
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
  const due = instant(Number(next_at));
  await city.server.story.beginAt(later(due, 30 * MINUTE));
  return due;
}

/** The audit finds it and begins it again; it gives the card with its own moment, and a second audit finds nothing. */
async function isFoundAndBegunAgain(city: World, number: string, { id }: Handled, due: Instant) {
  const admin = await administrator(city);
  const run = await runs(admin, 'audit');
  const faults = await faultsOf(admin, run);
  expect(faults.filter((fault) => fault.startsWith('[left]'))).toEqual([]);
  expect(faults.join('\n')).toContain(`[mended] ${number}：应于`);
  expect(run.numbers).toMatchObject({ overdue: 1, nudged: 1, left: 0 });
  const given = await city.db
    .selectFrom('warning')
    .select('moment')
    .where('thing_id', '=', id)
    .orderBy('moment')
    .executeTakeFirstOrThrow();
  expect(given.moment).toBe(due);
  expect(await faultsOf(admin, await runs(admin, 'audit'))).toEqual([]);
  await city.server.story.travelTo(later(due, 50 * MINUTE));
}

test('an item that is lost when its card is due is found by the auditor, begun again, and gives the card with its own moment', async () => {
  const city = await beginStory({ at: '2026-09-14 10:00' });
  const { officer, reporter, deputy, unit } = await usualPeople(city);
  const item = await underWay(city, officer, reporter, { due_on: '2026-09-16', lead_unit_id: unit.id });
  const { number } = await item.openedBy(officer);
  await city.travelTo('2026-09-14 11:00');
  await isFoundAndBegunAgain(city, number, item, await lostWhenItsCardIsDue(city, item));
  await reporter.phone.expects('1项待办');
  await deputy.phone.expects('1项待办');
  await city.ends();
});

test('and so is an indicator task', async () => {
  const city = await beginStory({ at: '2026-01-05 10:00' });
  const { admin, ...people } = await assessmentPeople(city);
  const task = await released(city, admin, people, byMonth);
  const { number } = await task.gives(people.reporter, 'acknowledge');
  await city.travelTo('2026-01-05 11:00');
  await isFoundAndBegunAgain(city, number, task, await lostWhenItsCardIsDue(city, task));
  await people.reporter.phone.expects('1项待办');
  expect(await task.warnings()).toEqual(['report/2026-01/1 bell']);
  await city.ends();
});
