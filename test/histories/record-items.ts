/** Supervision items and recipients, as they live in this release. */
import { expect, test } from 'vitest';
import { commandNames } from '../../domain/supervision-item.ts';
import { workflowIdOf } from '../../workflows/client.ts';
import { historyOf } from '../../workflows/history.ts';
import { notice2027 } from '../db/notices.ts';
import { pathOf } from '../../api/process-kind.ts';
import { listed, underWay, usualPeople } from '../support/matter.ts';
import { createUnit } from '../support/people.ts';
import { beginStory, type Someone, type World } from '../support/world.ts';
import { commandsIn, keep } from './keeping.ts';

test('supervision items: every command, every warning, every end', async () => {
  const city = await beginStory({ at: '2026-09-07 10:00' });
  const { officer, colleague, unit, reporter, deputy, principal, leader } = await usualPeople(city);
  const helper = await createUnit(city.db, { name: '财政局' });
  const assistant = await city.someone(helper, { role: 'undertaking_unit', post: 'reporter' });
  const recorded = new Set<string>();

  const whole = await listed(city, officer, { due_on: '2026-10-16', report_cycle: { kind: 'weekly' } });
  await whole.gives(officer, 'edit', { title: '完成城东路改造（一期）' });
  await whole.gives(officer, 'assign', { lead_unit_id: unit.id, assisting_unit_ids: [helper.id] });
  await whole.gives(reporter, 'dispute', { reason: '非本单位职责' });
  await city.travelTo('2026-09-11 09:00');
  await whole.gives(colleague, 'uphold', { reason: '职责已明' });
  await city.travelTo('2026-09-16 10:00');
  await whole.gives(reporter, 'acknowledge', { deputy_leader: deputy.person.id });
  await whole.gives(assistant, pathOf('report_progress'), { percent: 20, text: '资金已拨付' });
  await city.travelTo('2026-09-21 10:00');
  await whole.gives(reporter, pathOf('report_progress'), { percent: 30, text: '路基完成' });
  await whole.gives(officer, 'urge', { text: '请抓紧' });
  await whole.gives(reporter, pathOf('reassign_person'), { role: 'reporter', person_id: deputy.person.id });
  await whole.gives(reporter, pathOf('request_extension'), { new_due_on: '2026-10-23', reason: '连续降雨' });
  await whole.gives(officer, pathOf('decide_extension'), { granted: true, reason: '情况属实' });
  await whole.gives(officer, 'pause', { reason: '等待批复' });
  await city.travelTo('2026-09-28 10:00');
  await whole.gives(officer, 'resume', {});
  await whole.gives(officer, 'withdraw', { reason: '拟并入他项' });
  await whole.gives(colleague, pathOf('reject_withdrawal'), { reason: '单独办理' });
  // Bell, yellow card, red card, one that nobody opens, one that is opened.
  await city.travelTo('2026-11-05 10:00');
  await whole.openedBy(principal);
  await whole.gives(leader, 'comment', { text: '请说明原因' });
  await city.travelTo('2026-11-20 10:00');
  await whole.gives(reporter, pathOf('request_close'), { result: '已通车' });
  await whole.gives(colleague, 'return', { reasons: '资料不全' });
  await whole.gives(reporter, pathOf('request_close'), { result: '已通车，资料补齐' });
  await city.travelTo('2026-11-27 10:00');
  await whole.gives(colleague, 'approve', { rating: 'qualified', opinion: '逾期完成' });
  for (const name of commandsIn(commandNames, await keep(city, 'supervision_item', whole.id, 'whole-life'))) recorded.add(name);

  const withdrawn = await underWay(city, officer, reporter, { due_on: '2027-02-12', lead_unit_id: unit.id });
  const proposed = await officer.client.post('/calendar-publications', { year: 2027, source: '国办发明电〔2026〕9号', csv: notice2027 });
  const applied = await colleague.client.post(`/calendar-publications/${proposed.body.id}/commands/apply`, {});
  expect(applied.body).toMatchObject({ stage: 'applied' });
  await withdrawn.gives(officer, 'withdraw', { reason: '上级已撤销' });
  await withdrawn.gives(colleague, pathOf('confirm_withdrawal'));
  for (const name of commandsIn(commandNames, await keep(city, 'supervision_item', withdrawn.id, 'withdrawn'))) recorded.add(name);

  const open = await underWay(city, officer, reporter, { item_class: 'year_end_clear', due_on: null, lead_unit_id: unit.id });
  await keep(city, 'supervision_item', open.id, 'open');
  expect([...recorded].toSorted()).toEqual(commandNames.toSorted());
  await keep(city, 'recipient', reporter.person.id, 'of-a-busy-reporter');
  city.phonesAreRead();
  await city.ends();
});

test('a supervision item whose history has filled a volume', async () => {
  const city = await beginStory({ at: '2026-09-14 10:00' });
  const { officer, colleague, unit, reporter } = await usualPeople(city);
  const item = await underWay(city, officer, reporter, { due_on: '2026-09-30', lead_unit_id: unit.id });
  for (let runs = 1; runs < 2; ) {
    for (let n = 0; n < 20; n += 1) await item.gives(reporter, pathOf('report_progress'), { percent: 50, text: '在办' });
    runs = (await historyOf(city.server.client, workflowIdOf('supervision_item', item.id)))?.raw.length ?? 0;
  }
  await item.gives(reporter, pathOf('request_close'), { result: '已通车' });
  await item.gives(colleague, 'approve', { rating: 'good' });
  await keep(city, 'supervision_item', item.id, 'long');
  city.phonesAreRead();
  await city.ends();
});

test('recipients: sent, tried again, asked about, refused, stopped, unconfirmed, somebody else told', async () => {
  const city = await beginStory({ at: '2026-09-14 10:00' });
  const office = await createUnit(city.db, { name: '市督查办' });
  const officer = await city.someone(office, { role: 'supervision_officer', post: 'reporter' });
  const operator = await city.someone(office, { role: 'system_admin' });

  const story = async (name: string, wrong: Parameters<World['standIn']['misbehave']>, until = '2026-09-14 14:00') => {
    const people = await city.unitWithPeople(name);
    city.standIn.misbehave(...wrong.map((one) => ({ ...one, phone: people.reporter.phone.number })));
    const item = await listed(city, officer, { due_on: '2026-10-30', lead_unit_id: people.unit.id });
    await item.gives(officer, 'assign');
    await city.travelTo(until);
    city.standIn.behave();
    return people;
  };
  const keepOf = (who: Someone, name: string) => keep(city, 'recipient', who.person.id, name);

  const delivered = await story('一局', [], '2026-09-14 11:30');
  await keepOf(delivered.reporter, 'delivered');
  const again = await story('二局', [{ do: 'reject', code: 'isp.SYSTEM_ERROR', next: 2 }], '2026-09-14 13:00');
  await keepOf(again.reporter, 'tried-again');
  const asked = await story('三局', [{ do: 'hang_after_accepting', next: 1 }, { do: 'server_error', action: 'QuerySendDetails', next: 1 }], '2026-09-14 14:00');
  await keepOf(asked.reporter, 'asked-about');
  const refused = await story('四局', [{ do: 'reject', code: 'isv.MOBILE_NUMBER_ILLEGAL', next: 1 }], '2026-09-14 15:30');
  await keepOf(refused.reporter, 'bad-number');
  await keepOf(refused.deputy, 'told-instead');
  const full = await story('五局', [{ do: 'reject', code: 'isv.BUSINESS_LIMIT_CONTROL', next: 1 }], '2026-09-14 18:00');
  await keepOf(full.reporter, 'over-the-cap');
  const held = await story('六局', [{ do: 'reject', code: 'isv.SMS_TEMPLATE_ILLEGAL', next: 1 }], '2026-09-15 09:00');
  const released = await operator.client.post('/messages/commands/release', {});
  expect(released.status, JSON.stringify(released.body)).toBeLessThan(300);
  await city.travelTo('2026-09-15 10:00');
  await keepOf(held.reporter, 'held-for-repair');
  const stopped = await story('七局', [{ do: 'reject', code: 'isv.AMOUNT_NOT_ENOUGH', next: 2 }], '2026-09-15 15:00');
  await keepOf(stopped.reporter, 'circuit');
  city.standIn.control({ receiptUrl: null });
  const silent = await story('八局', [{ do: 'never_deliver' }], '2026-09-15 19:00');
  await keepOf(silent.reporter, 'unconfirmed');
  city.phonesAreRead();
  await city.ends();
});
