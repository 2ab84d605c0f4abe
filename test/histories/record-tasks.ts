/** Indicator tasks and the release that starts them, as they live in this release. */
import { expect, test } from 'vitest';
import { randomUUID } from 'node:crypto';
import { decimal } from '../../domain/decimal.ts';
import { commandNames, type Command } from '../../domain/indicator-task.ts';
import { localDate } from '../../domain/time.ts';
import { pathOf } from '../../api/process-kind.ts';
import { assessmentPeople, byMonth, released } from '../support/task.ts';
import { beginStory, type Someone } from '../support/world.ts';
import { commandsIn, keep } from './keeping.ts';

const actingPerson = { kind: 'person', role: 'assessment_admin' } as const;

test('indicator tasks: every command, every warning, both ends of a year', async () => {
  const city = await beginStory({ at: '2026-01-05 09:00' });
  const { admin, second, reviewer, leader, ...chain } = await assessmentPeople(city);
  const { reporter, deputy, principal } = chain;
  const recorded = new Set<string>();
  const task = await released(city, admin, chain, byMonth);
  const release = await city.db.selectFrom('list_release').select('id').executeTakeFirstOrThrow();
  await keep(city, 'list_release', release.id, 'one-task');

  // Bell and yellow card before it is acknowledged.
  await city.travelTo('2026-01-09 10:00');
  await task.gives(reporter, 'acknowledge', { deputy_leader: deputy.person.id });
  await task.gives(admin, 'urge', { text: '请按月填报' });
  await task.gives(reporter, 'comment', { text: '已明确责任' });
  await city.travelTo('2026-02-03 10:00');
  await task.reports(reporter, '2026-01', '12');
  await task.gives(reviewer, pathOf('return_report'), { period: '2026-01', reasons: '数据有误' });
  await task.reports(reporter, '2026-01', '10');
  await task.accepts(reviewer, '2026-01');
  // As the list's release tells them.
  const weighs = (who: Someone, command: Command) => {
    const by = { ...actingPerson, person_id: who.person.id, unit_id: who.person.unit_id };
    return city.server.processes.command({ kind: 'indicator_task', id: task.id }, { command, by }, randomUUID());
  };
  const change = {
    command: 'change_weight',
    points: decimal('60'),
    effective_from: localDate('2026-03-01'),
    reason: '年中调整',
  } as const;
  await weighs(admin, change);
  await weighs(second, { command: 'reject_weight', reason: '再议' });
  await weighs(admin, change);
  await weighs(second, { command: 'confirm_weight' });
  const proposed_by = { ...actingPerson, person_id: admin.person.id, unit_id: admin.person.unit_id };
  await weighs(second, { command: 'promote', theme: 'river_chief_system', reason: '全市推开', proposed_by });
  await task.gives(reporter, pathOf('request_adjustment'), {
    adjustment: { kind: 'report_date', period: '2026-02', due_on: '2026-03-16' },
    reason: '春节停工',
  });
  await task.gives(leader, pathOf('decide_adjustment'), { granted: true, reason: '属实' });
  await task.gives(reporter, pathOf('reassign_person'), { role: 'reporter', person_id: deputy.person.id });
  await task.gives(admin, 'withdraw', { reason: '拟并入他项' });
  await task.gives(second, pathOf('reject_withdrawal'), { reason: '单独考核' });
  // A policy's new version is followed by what is open.
  const { body: policy } = await admin.client.get('/warning-policies/report');
  const { version: _, created_at: __, ...next } = policy;
  const [bell, ...others] = next.levels;
  const levels = [{ ...bell, moment: { ...bell.moment, amount: bell.moment.amount - 1 } }, ...others];
  expect((await admin.client.post('/warning-policies', { ...next, levels })).status).toBe(201);
  const application = await admin.client.post('/policy-applications', { sort: 'warning', name: 'report' });
  expect(application.status, JSON.stringify(application.body)).toBe(201);
  const applied = await admin.client.post(`/policy-applications/${application.body.id}/commands/apply`, {});
  expect(applied.body, JSON.stringify(applied.body)).toMatchObject({ stage: 'applied', moved: 1 });
  // Nothing is filed: cards by time and by progress, one that is opened, checkpoints of several months.
  await city.travelTo('2026-04-20 10:00');
  await task.openedBy(principal);
  for (const [period, value] of [
    ['2026-02', '20'],
    ['2026-03', '24'],
  ] as const) {
    await task.reports(deputy, period, value);
    await task.accepts(reviewer, period);
  }
  await task.gives(reporter, pathOf('request_close'), { result: '提前完工' });
  await task.gives(reviewer, 'return', { reasons: '尚有九个月未报' });
  await city.travelTo('2027-01-04 10:00');
  await task.gives(reviewer, 'approve', { completion: '20', reasons: '仅完成两成' });
  for (const name of commandsIn(commandNames, await keep(city, 'indicator_task', task.id, 'whole-year')))
    recorded.add(name);
  city.phonesAreRead();

  const other = await beginStory({ at: '2026-10-12 09:00' });
  const people = await assessmentPeople(other);
  const withdrawn = await released(other, people.admin, people, byMonth);
  await withdrawn.gives(people.reporter, 'acknowledge');
  await keep(other, 'indicator_task', withdrawn.id, 'open');
  await withdrawn.gives(people.admin, 'withdraw', { reason: '上级已取消' });
  await withdrawn.gives(people.second, pathOf('confirm_withdrawal'));
  for (const name of commandsIn(commandNames, await keep(other, 'indicator_task', withdrawn.id, 'withdrawn')))
    recorded.add(name);
  other.phonesAreRead();

  // Back from a review that lasted beyond a report's day, with a lower target, and with a report near the year's end.
  const third = await beginStory({ at: '2026-01-05 09:00' });
  const those = await assessmentPeople(third);
  const returned = await released(third, those.admin, those, byMonth);
  await returned.gives(those.reporter, 'acknowledge');
  await third.travelTo('2026-02-03 10:00');
  await returned.reports(those.reporter, '2026-01', '10');
  await returned.accepts(those.reviewer, '2026-01');
  await third.travelTo('2026-03-03 10:00');
  await returned.gives(those.reporter, pathOf('request_close'), { result: '提前完工' });
  await third.travelTo('2026-03-16 10:00');
  await returned.gives(those.reviewer, 'return', { reasons: '尚有十个月未报' });
  await third.travelTo('2026-09-10 10:00');
  await returned.gives(those.reporter, pathOf('request_adjustment'), {
    adjustment: { kind: 'target', value: '96' },
    reason: '计划调减',
  });
  await returned.gives(those.leader, pathOf('decide_adjustment'), { granted: true, reason: '属实' });
  await third.travelTo('2026-11-03 10:00');
  await returned.reports(those.reporter, '2026-10', '96');
  await returned.accepts(those.reviewer, '2026-10');
  await third.travelTo('2026-12-01 10:00');
  await returned.gives(those.reporter, pathOf('request_adjustment'), {
    adjustment: { kind: 'report_date', period: '2026-11', due_on: '2026-12-28' },
    reason: '数据待核',
  });
  await returned.gives(those.leader, pathOf('decide_adjustment'), { granted: true, reason: '属实' });
  await third.travelTo('2027-01-04 10:00');
  await keep(third, 'indicator_task', returned.id, 'returned');
  third.phonesAreRead();

  expect([...recorded].toSorted()).toEqual(commandNames.toSorted());
  await city.ends();
  await other.ends();
  await third.ends();
});
