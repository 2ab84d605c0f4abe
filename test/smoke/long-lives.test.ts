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

test(
  'a year-long item with many reports continues as new and still knows an old idempotency key',
  { timeout: 180_000 },
  async () => {
    const city = await beginStory({ at: '2026-01-05 10:00' });
    const { officer, unit, reporter } = await usualPeople(city);
    const item = await underWay(city, officer, reporter, {
      item_class: 'year_end_clear',
      lead_unit_id: unit.id,
      report_cycle: { kind: 'monthly' },
    });
    await city.travelTo('2026-01-05 10:10');
    await reporter.phone.expects('最近一项将于2026-12-31到期');
    const firstRun = await item.runId();
    const body = { percent: 1, text: '第一次汇报' };
    const key = 'the-first-report';
    const reported = await item.send(reporter, 'report-progress', body, { key });
    expect(reported).toMatchObject({ status: 200, body: { version: 4 } });

    let reports = 1;
    for (let month = 1; month <= 11; month += 1) {
      await city.travelTo(`2026-${String(month).padStart(2, '0')}-20 10:00`);
      for (let more = 1; more <= 15; more += 1) {
        reports += 1;
        await item.gives(reporter, 'report-progress', { percent: month * 8, text: `第${reports}次汇报` });
      }
      // Steps in time lengthen a history as reports do, and take less of ours.
      for (let step = 1; step <= 30 && (await item.runId()) === firstRun; step += 1)
        await fastForward(city.server.client, item.workflowId, 2_500);
    }
    expect(await item.runId()).not.toBe(firstRun);
    expect(reports).toBe(166);

    await forgetAnswers(city);
    const before = await item.openedBy(reporter);
    const repeated = await item.send(reporter, 'report-progress', body, { key });
    expect(repeated).toMatchObject({ status: 200, body: before });
    // Not only because its row says so: the process itself remembers.
    const thing = { kind: 'supervision_item', id: item.id } as const;
    const by = {
      kind: 'person',
      person_id: reporter.person.id,
      unit_id: unit.id,
      role: 'undertaking_unit',
    } as const;
    const { command_id } = await city.db
      .selectFrom('process_event')
      .select('command_id')
      .where('thing_id', '=', item.id)
      .where('version', '=', 4)
      .executeTakeFirstOrThrow();
    const command = { command: 'report_progress', ...body } as const;
    expect(await city.server.processes.command(thing, { command, by }, command_id ?? '')).toEqual({
      version: 4,
    });
    expect(await item.openedBy(reporter)).toEqual(before);
    expect((await item.events()).filter((type) => type === 'progress_reported')).toHaveLength(reports);

    await forgetAnswers(city);
    // Nobody knows the key any more: with something else it is another act, and is not passed over in silence.
    const other = await item.send(reporter, 'comment', { text: '另一件事' }, { key });
    expect(other).toMatchObject({ status: 200 });
    expect((await item.events()).filter((type) => type === 'commented')).toHaveLength(1);

    // Its deadlines crossed over as well.
    await city.travelTo('2026-12-01 09:05');
    await reporter.phone.expects('2026-12-31');
    expect(await item.warnings()).toEqual(['item/1 bell']);
    await city.ends();
  },
);

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
