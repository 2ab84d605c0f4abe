import { expect, test } from 'vitest';
import { upload } from '../support/forms.ts';
import { todosOf } from '../support/matter.ts';
import { assessmentPeople, byMonth, released, type Task } from '../support/task.ts';
import { beginStory, type Someone, type World } from '../support/world.ts';

type Proof = { readonly evidence_ids: readonly string[] };

/** Reported three days into the next month and accepted the day after. */
const reporting =
  (city: World, task: Task, { reporter, reviewer }: { reporter: Someone; reviewer: Someone }, proof: Proof) =>
  async (month: string, next: string, value: string) => {
    await city.travelTo(`${next}-03 10:00`);
    await task.reports(reporter, `2026-${month}`, value, proof);
    await city.travelTo(`${next}-04 10:00`);
    await task.accepts(reviewer, `2026-${month}`);
  };

test('R-031 R-033 R-034 R-035 a whole year of one task: twelve periods, one missed and made up, one returned, one given another day, and completed', async () => {
  const city = await beginStory({ at: '2026-01-05 09:00' });
  const { admin, reviewer, leader, ...chain } = await assessmentPeople(city);
  const { reporter, deputy, principal } = chain;
  const task = await released(city, admin, chain, { ...byMonth, 印证资料要求: '里程统计表' });
  expect(await task.openedBy(reporter)).toMatchObject({
    stage: 'assigned',
    allowed_commands: expect.arrayContaining([{ name: 'acknowledge', schema: 'IndicatorTaskAcknowledge' }]),
  });
  await city.travelTo('2026-01-06 10:00');
  await reporter.phone.expects('1项待办');
  await task.gives(reporter, 'acknowledge');

  // without the evidence that the list asks for nothing is taken.
  await city.travelTo('2026-02-03 10:00');
  expect(
    await task.refuses(reporter, 'report-progress', { period: '2026-01', value: '10', text: '在建' }),
  ).toBe('evidence_missing');
  const pdf = Buffer.from('%PDF-1.7\n1 0 obj <<>> endobj\ntrailer <<>>\n%%EOF\n');
  const { body: file } = await upload(reporter.client, '/evidence', { name: '一月.pdf', content: pdf });
  const proof: Proof = { evidence_ids: [file.id as string] };
  const inTime = reporting(city, task, { reporter, reviewer }, proof);
  await task.reports(reporter, '2026-01', '10', proof);
  expect((await reviewer.client.get(`${task.path}/evidence`)).body.items).toMatchObject([
    { file_name: '一月.pdf', thing_kind: 'indicator_task', thing_id: task.id },
  ]);
  expect(await todosOf(reviewer)).toEqual(['待审核2026年1月进度']);
  await city.travelTo('2026-02-04 10:00');
  await task.accepts(reviewer, '2026-01');

  // February is missed: bell, yellow and red by time, and a bell because the plan is not met.
  await city.travelTo('2026-03-05 09:05');
  await reporter.phone.expects('2026-03-06');
  await city.travelTo('2026-03-09 08:35');
  for (const { phone } of [reporter, deputy]) await phone.expects('2026-03-06');
  await city.travelTo('2026-03-10 08:35');
  for (const { phone } of [reporter, deputy, principal]) await phone.expects('2026-03-06');
  expect(await task.openedBy(principal)).toMatchObject({ card: 'red_card' });
  await city.travelTo('2026-03-16 08:35');
  await reporter.phone.expects('2026-03-13');
  await city.travelTo('2026-03-20 10:00');
  expect(await task.openedBy(reviewer)).toMatchObject({ progress: { period: '2026-02', behind: '8.33' } });
  await task.reports(reporter, '2026-02', '20', proof);
  await city.travelTo('2026-03-23 10:00');
  await task.accepts(reviewer, '2026-02');
  expect(await task.openedBy(reporter)).toMatchObject({ card: 'none' });

  await inTime('03', '2026-04', '30');
  await inTime('04', '2026-05', '38');
  expect(await task.openedBy(deputy)).toMatchObject({ card: 'bell', progress: { behind: '1.67' } });
  await city.travelTo('2026-05-06 08:35');
  await reporter.phone.expects('2026-05-04');

  await city.travelTo('2026-06-03 10:00');
  await task.reports(reporter, '2026-05', '55', proof);
  await city.travelTo('2026-06-05 10:00');
  await task.gives(reviewer, 'return-report', { period: '2026-05', reasons: '数据与台账不符' });
  expect(await todosOf(reporter)).toEqual(['待填报2026年5月进度', '待填报2026年6月进度']);
  await city.travelTo('2026-06-08 10:00');
  await reporter.phone.expects('1项待办');
  await task.reports(reporter, '2026-05', '50', proof);
  await city.travelTo('2026-06-09 10:00');
  await task.accepts(reviewer, '2026-05');

  await inTime('06', '2026-07', '60');
  await inTime('07', '2026-08', '70');
  await city.travelTo('2026-09-02 10:00');
  const adjustment = { kind: 'report_date', period: '2026-08', due_on: '2026-09-18' };
  await task.gives(reporter, 'request-adjustment', { adjustment, reason: '洪水冲毁路基' });
  expect(await todosOf(leader)).toEqual(['待审批填报期限调整']);
  await city.travelTo('2026-09-03 10:00');
  await task.gives(leader, 'decide-adjustment', { granted: true, reason: '属实' });
  await city.travelTo('2026-09-17 10:00');
  await reporter.phone.expects('1项待办', '2026-09-18');
  await task.reports(reporter, '2026-08', '72', proof);
  await city.travelTo('2026-09-18 10:05');
  await task.accepts(reviewer, '2026-08');
  await inTime('09', '2026-10', '88');
  await city.travelTo('2026-10-08 08:35');
  await reporter.phone.expects('2026-09-18', '2026-10-04');
  await inTime('10', '2026-11', '100');
  await city.travelTo('2026-12-01 09:05');
  await reporter.phone.expects('2026-12-31');
  await inTime('11', '2026-12', '110');
  await city.travelTo('2026-12-28 10:00');
  for (const { phone } of [reporter, deputy]) await phone.expects('2026-12-31');
  await task.reports(reporter, '2026-12', '120', proof);
  await city.travelTo('2026-12-29 10:00');
  await task.accepts(reviewer, '2026-12');
  await task.gives(reporter, 'request-close', { result: '全年120公里全部完工' });
  expect(await task.refuses(reporter, 'approve', { completion: '100', reasons: '自评' })).toBe('forbidden');
  await city.travelTo('2027-01-06 10:00');
  const completed = await task.gives(reviewer, 'approve', { completion: '100.00', reasons: '现场核实' });
  expect(completed).toMatchObject({
    stage: 'completed',
    card: 'none',
    outcome: { completion: '100', on_time: true },
    counts: { bell: 7, yellow_card: 2, red_card: 1, adjustments: 1, returns: 0, reports_returned: 1 },
    allowed_commands: [],
  });
  await city.travelTo('2027-01-06 11:00');
  await reporter.phone.expects('1项待办');

  expect(await task.warnings()).toEqual([
    'report/2026-02/1 bell',
    'report/2026-02/1 yellow_card',
    'report/2026-02/1 red_card',
    'progress/2026-02/2 bell',
    'progress/2026-04/2 bell',
    'report/2026-08/2 bell',
    'progress/2026-08/3 bell',
    'progress/2026-09/2 bell',
    'year_end/1 bell',
    'year_end/1 yellow_card',
  ]);
  expect(await task.colours(reporter)).toEqual({
    '2026-01': 'green 2026-02-03',
    '2026-02': 'bell 2026-03-05, yellow_card 2026-03-07, red_card 2026-03-10, yellow_card 2026-03-20',
    '2026-03': 'green 2026-04-03',
    '2026-04': 'green 2026-05-03, bell 2026-05-04',
    '2026-05': 'green 2026-06-03',
    '2026-06': 'green 2026-07-03',
    '2026-07': 'green 2026-08-03',
    '2026-08': 'bell 2026-09-17, green 2026-09-17, bell 2026-09-18',
    '2026-09': 'green 2026-10-03, bell 2026-10-04',
    '2026-10': 'green 2026-11-03',
    '2026-11': 'green 2026-12-03',
    '2026-12': 'green 2026-12-28',
  });
  const { body: cards } = await admin.client.get('/warnings?deadline_kind=report');
  expect((cards.items as { deadline: { kind: string } }[]).map(({ deadline }) => deadline.kind)).toEqual([
    'report/2026-08',
    'report/2026-02',
    'report/2026-02',
    'report/2026-02',
  ]);
  const { body: life } = await admin.client.get(`${task.path}/events`);
  expect(
    (life.items as { title: string; why: string }[]).find(({ title }) => title.includes('红牌')),
  ).toMatchObject({
    title: '2026年2月进度汇报红牌',
    why: expect.stringContaining('按预警策略report第1版给予红牌') as string,
  });
  await city.ends();
});
