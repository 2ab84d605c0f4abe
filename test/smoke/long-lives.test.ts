import { expect, test } from 'vitest';
import { fastForward } from '../../workflows/time-travel.ts';
import { underWay, usualPeople } from '../support/matter.ts';
import { beginStory, type World } from '../support/world.ts';

test('R-033 a whole year: an item to be cleared by December reports every month, is never warned and closes on time', async () => {
  const city = await beginStory({ at: '2026-01-05 10:00' });
  const { officer, unit, reporter } = await usualPeople(city);
  const item = await underWay(city, officer, reporter, {
    item_class: 'year_end_clear',
    lead_unit_id: unit.id,
    report_cycle: { kind: 'monthly' },
  });
  for (let month = 1; month <= 11; month += 1) {
    await city.travelTo(`2026-${String(month).padStart(2, '0')}-20 10:00`);
    if (month === 1) await reporter.phone.expects('最近一项将于2026-12-31到期');
    const reported = await item.gives(reporter, 'report-progress', {
      percent: month * 9,
      text: `${month}月进度`,
    });
    expect(reported.last_report.percent).toBe(month * 9);
  }
  // December's report would be due with the item itself: none is asked for.
  expect(await item.openedBy(reporter)).toMatchObject({
    next_deadline: { at: '2026-12-01T09:00:00+08:00', kind: 'item' },
  });
  await item.gives(reporter, 'request-close', { result: '全年任务完成' });
  const closed = await item.gives(officer, 'approve', { rating: 'excellent' });
  expect(closed).toMatchObject({
    stage: 'closed',
    outcome: { on_time: true },
    counts: { bell: 0, yellow_card: 0, red_card: 0 },
  });
  const { body } = await officer.client.get(`${item.path}/events`);
  expect(body.items.filter(({ type }: { type: string }) => type === 'progress_reported')).toHaveLength(11);
  await city.ends();
});

test('an item with very many reports goes on in a new run, and a key of the old run is still known there', async () => {
  const city = await beginStory({ at: '2026-09-14 10:00' });
  const { officer, unit, reporter } = await usualPeople(city);
  const item = await underWay(city, officer, reporter, { due_on: '2026-10-15', lead_unit_id: unit.id });
  await city.travelTo('2026-09-14 10:10');
  await reporter.phone.expects('2026-10-15');
  const first = await item.runId();

  const body = { percent: 1, text: '第一次汇报' };
  const key = 'the-first-report';
  const reported = await item.send(reporter, 'report-progress', body, { key });
  expect(reported.status).toBe(200);
  let reports = 1;
  while ((await item.runId()) === first) {
    expect(reports).toBeLessThan(500);
    await Promise.all(
      Array.from({ length: 8 }, () =>
        item.gives(reporter, 'report-progress', { percent: 2, text: `第${(reports += 1)}次汇报` }),
      ),
    );
    // Steps in time lengthen a history as reports do, and take less of ours.
    for (let step = 1; step <= 40; step += 1) await fastForward(city.server.client, item.workflowId, 2_500);
  }
  expect(reports).toBeGreaterThan(50);

  await forgetAnswers(city);
  const repeated = await item.send(reporter, 'report-progress', body, { key });
  expect(repeated).toMatchObject({ status: 200, body: { id: item.id } });
  const events = await item.events();
  expect(events.filter((type) => type === 'progress_reported')).toHaveLength(reports);
  // Its deadlines crossed over as well.
  await city.travelTo('2026-10-12 09:05');
  await reporter.phone.expects('2026-10-15');
  expect(await item.warnings()).toEqual(['item/1 bell']);
  await city.ends();
});

test('an approval whose answer was lost is answered again, although the process has ended with it', async () => {
  const city = await beginStory({ at: '2026-09-14 10:00' });
  const { officer, unit, reporter } = await usualPeople(city);
  const item = await underWay(city, officer, reporter, { due_on: '2026-10-15', lead_unit_id: unit.id });
  const asked = await item.gives(reporter, 'request-close', { result: '已完成' });
  const approval = [{ rating: 'good' }, { key: 'the-approval', version: asked.version as number }] as const;
  const approved = await item.send(officer, 'approve', ...approval);
  expect(approved).toMatchObject({ status: 200, body: { stage: 'closed' } });

  await forgetAnswers(city);
  const repeated = await item.send(officer, 'approve', ...approval);
  expect(repeated).toMatchObject({ status: 200, body: approved.body });
  expect((await item.events()).filter((type) => type === 'closed')).toHaveLength(1);
  await city.travelTo('2026-09-14 10:10');
  await city.ends();
});

/** The API's memory of its answers, lost: as after a crash before the answer was stored. */
const forgetAnswers = (city: World) => city.db.deleteFrom('idempotency').execute();
