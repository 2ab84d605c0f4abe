import { expect, test } from 'vitest';
import { todosOf } from '../support/matter.ts';
import { assessmentPeople, oneMilestone, released } from '../support/task.ts';
import { beginStory } from '../support/world.ts';

test('R-058 the zero: what is open when the year ends gets its red card and goes to review as it stands', async () => {
  const city = await beginStory({ at: '2026-12-22 10:00' });
  const { office, admin, reviewer, ...chain } = await assessmentPeople(city);
  const { reporter, deputy, principal } = chain;
  const operator = await city.someone(office, { role: 'system_admin' });
  const task = await released(city, admin, chain, oneMilestone('2026-12-31'));
  await task.gives(reporter, 'acknowledge');
  const opened = await task.openedBy(reporter);
  expect(opened).toMatchObject({ stage: 'in_progress', due_at: '2027-01-01T00:00:00+08:00' });
  await city.travelTo('2026-12-22 10:05');
  await reporter.phone.expects('1项待办');

  await city.travelTo('2026-12-31 12:00');
  await reporter.phone.expects('2026-12-31');
  await city.travelTo('2027-01-01 00:05');
  expect(await task.openedBy(deputy)).toMatchObject({
    stage: 'under_review',
    card: 'red_card',
    close_request: null,
    counts: { red_card: 1 },
  });
  expect(await task.refuses(reporter, 'request-close', { result: '已完成' })).toBe('stage_forbids');
  expect(await todosOf(reviewer)).toEqual(['待评定完成率']);
  await city.travelTo('2027-01-04 09:05');
  for (const { phone } of [reporter, deputy, principal]) await phone.expects('2026-12-31');
  expect(await task.warnings()).toEqual([
    'report/2026-12-31/1 bell',
    'year_end/1 red_card',
    'report/2026-12-31/1 yellow_card',
  ]);
  await task.openedBy(principal);
  expect(await task.refuses(reviewer, 'return', { reasons: '请补齐' })).toBe('year_over');
  const judged = await task.gives(reviewer, 'approve', { completion: '60', reasons: '完成六成' });
  expect(judged).toMatchObject({
    stage: 'not_completed',
    card: 'red_card',
    outcome: { completion: '60', on_time: false },
  });
  const history = await operator.client.get(`/workflows/indicator_task/${task.id}/history`);
  expect((history.body.events as { title: string }[]).map(({ title }) => title)).toContain(
    '年度结束，按现状转入审核评定',
  );
  await city.travelTo('2027-01-04 10:00');
  await reporter.phone.expects('1项待办');
  await city.ends();
});
