import { expect, test } from 'vitest';
import { todosOf } from '../support/matter.ts';
import { assessmentPeople, byMonth, released } from '../support/task.ts';
import { beginStory } from '../support/world.ts';

test('R-022 a weight changes by two people, from its day on; what it was on 15 May has an answer', async () => {
  const city = await beginStory({ at: '2026-05-06 10:00' });
  const { admin, second, reporter, ...others } = await assessmentPeople(city);
  const task = await released(city, admin, { reporter, ...others }, byMonth);
  await task.gives(reporter, 'acknowledge');
  const change = { points: '80.50', effective_from: '2026-05-15', reason: '年中调整' };
  expect(await task.refuses(reporter, 'change-weight', change)).toBe('forbidden');
  const proposed = await task.gives(admin, 'change-weight', change);
  expect(proposed).toMatchObject({
    weight: { on: '2026-05-06', points: '100' },
    weight_proposal: { points: '80.5', effective_from: '2026-05-15', proposed_by: admin.person.id },
  });
  expect(await task.refuses(admin, 'confirm-weight')).toBe('same_person');
  expect(await todosOf(second)).toContain('待确认权重调整');
  await task.gives(second, 'confirm-weight');
  await city.travelTo('2026-05-06 10:30');
  await reporter.phone.expects('1项待办');

  const weightOn = async (day: string) =>
    (await reporter.client.get(`${task.path}?on=${day}`)).body.weight.points as string;
  expect([await weightOn('2026-05-14'), await weightOn('2026-05-15')]).toEqual(['100', '80.5']);
  const { body: list } = await admin.client.get('/indicator-tasks?year=2026&on=2026-05-15');
  expect(list.items).toMatchObject([{ id: task.id, weight: { on: '2026-05-15', points: '80.5' } }]);
  expect(await task.openedBy(reporter)).toMatchObject({
    weight: { on: '2026-05-06', points: '100' },
    weights: [{ points: '80.5', proposed_by: admin.person.id, approved_by: second.person.id }],
  });
  await city.ends();
});
