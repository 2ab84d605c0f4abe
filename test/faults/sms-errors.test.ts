import { expect, test } from 'vitest';
import { gatewayErrorTable, smsErrorTable, type ErrorClass } from '../../domain/sms-errors.ts';
import { workflowIdOf } from '../../workflows/client.ts';
import { runs } from '../support/cadences.ts';
import { endsOf, messagesTo, nothingWaitsFor, tellingsOf, waitsFor } from '../support/messages.ts';
import { cityLeaderOver, listed, todosOf, underWay, usualPeople } from '../support/matter.ts';
import { createUnit } from '../support/people.ts';
import { beginStory, eventually, type Someone, type World } from '../support/world.ts';

const codesOf = (kind: ErrorClass): readonly string[] =>
  [...smsErrorTable, ...gatewayErrorTable].filter((row) => row.class === kind).flatMap(({ codes }) => codes);

/** The supervision office, and somebody who looks after the system. */
async function officeOf(city: World) {
  const office = await createUnit(city.db, { name: '市督查办' });
  const officer = await city.someone(office, { role: 'supervision_officer', post: 'reporter' });
  const operator = await city.someone(office, { role: 'system_admin' });
  /** A unit whose reporter's number meets these codes, one after the other, and the notice of a new item for them. */
  const unitMeeting = async (name: string, ...codes: readonly string[]) => {
    const people = await city.unitWithPeople(name);
    const { number } = people.reporter.phone;
    city.standIn.misbehave(...codes.map((code) => ({ do: 'reject', code, phone: number, next: 1 }) as const));
    const item = await listed(city, officer, { due_on: '2026-10-30', lead_unit_id: people.unit.id });
    await item.gives(officer, 'assign');
    return { ...people, item };
  };
  return { officer, operator, unitMeeting };
}

test('fault 9, again with growing pauses: every code of the class is tried again until it is accepted', async () => {
  const city = await beginStory({ at: '2026-09-14 10:00' });
  const { operator, unitMeeting } = await officeOf(city);
  const units = await Promise.all(
    codesOf('retry').map((code) => unitMeeting(`单位 ${code}`, code, code, code)),
  );
  await city.travelTo('2026-09-14 10:30');
  expect(await endsOf(city)).toEqual(units.map(() => 'notice reporter delivered'));
  for (const { reporter } of units) {
    await reporter.phone.expects('1项待办');
    const [message] = await messagesTo(city, reporter);
    // After one, two and four minutes.
    expect(message?.trail.slice(0, 5)).toEqual(['claimed', 'retry', 'retry', 'retry', 'await_receipt']);
  }
  await nothingWaitsFor(operator);
  await city.ends();
});

test('fault 9, again with growing pauses: after a day it has failed, the operators see it and the next person is told', async () => {
  const city = await beginStory({ at: '2026-09-14 10:00' });
  const { operator, unitMeeting } = await officeOf(city);
  const { reporter, deputy, item } = await unitMeeting('交通局');
  city.standIn.misbehave({ do: 'reject', code: 'isp.SYSTEM_ERROR', phone: reporter.phone.number });
  await item.gives(reporter, 'acknowledge');
  // A day of daytime: no retry in the quiet hours.
  await city.travelTo('2026-09-16 11:00');
  await deputy.phone.expects('1项待办');
  expect(await endsOf(city)).toEqual([
    'notice reporter failed(isp.SYSTEM_ERROR)',
    'notice deputy_leader delivered',
  ]);
  await waitsFor(operator, '短信发送失败：isp.SYSTEM_ERROR');
  const [message] = await messagesTo(city, reporter);
  expect(message?.trail.filter((step) => step === 'retry').length).toBeGreaterThan(20);
  await city.ends();
});

test('fault 9, the carrier’s cap: what was refused goes out in a digest at the next window, and a red card to the next person as well', async () => {
  const city = await beginStory({ at: '2026-09-22 09:00' });
  const { officer, unit, reporter, deputy, principal, leader } = await usualPeople(city);
  const item = await underWay(city, officer, reporter, { due_on: '2026-09-22', lead_unit_id: unit.id });
  await city.travelTo('2026-09-22 12:00');
  await reporter.phone.expects('1项待办');
  for (const code of codesOf('wait_for_window')) {
    for (const { phone } of [reporter, principal])
      city.standIn.misbehave({ do: 'reject', code, phone: phone.number, next: 1 });
  }
  await city.travelTo('2026-09-23 08:35');
  for (const { phone } of [deputy, leader]) await phone.expects('1项待办');
  for (const { phone } of [reporter, principal]) phone.isSilent();
  await city.travelTo('2026-09-23 10:35');
  for (const who of [reporter, principal]) {
    await who.phone.expects('1项待办');
    expect((await messagesTo(city, who)).at(-1)).toMatchObject({ digest: true, state: 'delivered' });
  }
  expect((await endsOf(city, item)).filter((told) => told.startsWith('red_card'))).toEqual([
    'red_card deputy_leader delivered',
    'red_card principal_leader delivered',
    'red_card reporter delivered',
    'red_card city_leader delivered',
  ]);
  await city.ends();
});

test('fault 9, all sending stops: each code of the class opens the circuit, the next probe finds the next one, at last it goes out', async () => {
  const city = await beginStory({ at: '2026-09-14 10:00' });
  const { operator, unitMeeting } = await officeOf(city);
  const codes = codesOf('stop_all');
  const { reporter, deputy } = await unitMeeting('交通局', ...codes);
  await city.travelTo('2026-09-14 10:03');
  await waitsFor(operator, `短信全部停发：${codes[0]}`);
  await city.travelTo('2026-09-14 11:40');
  await reporter.phone.expects('1项待办');
  deputy.phone.isSilent();
  expect(await endsOf(city)).toEqual(['notice reporter delivered']);
  expect((await messagesTo(city, reporter)).map(({ state, reason }) => reason ?? state)).toEqual([
    ...codes,
    'delivered',
  ]);
  await nothingWaitsFor(operator);
  await city.ends();
});

test('fault 9, all sending stops: one probe at a time for everybody together, nothing is lost, then everything goes out', async () => {
  const city = await beginStory({ at: '2026-09-14 10:00' });
  const { operator, unitMeeting } = await officeOf(city);
  city.standIn.misbehave({ do: 'reject', code: 'isv.AMOUNT_NOT_ENOUGH' });
  const first = await unitMeeting('交通局');
  await city.travelTo('2026-09-14 10:02');
  const units = [
    first,
    await unitMeeting('水务局'),
    await unitMeeting('林草局'),
    await unitMeeting('民政局'),
  ];
  await city.travelTo('2026-09-14 10:05');
  expect(city.standIn.calls().SendSms).toBe(1);
  await city.travelTo('2026-09-14 11:00');
  expect(city.standIn.calls().SendSms).toBeGreaterThan(5);
  expect(city.standIn.calls().SendSms).toBeLessThanOrEqual(1 + 12);
  expect(await tellingsOf(city)).toEqual(units.map(() => 'notice reporter pending'));
  await waitsFor(operator, '短信全部停发：isv.AMOUNT_NOT_ENOUGH');

  city.standIn.behave();
  await city.travelTo('2026-09-14 11:15');
  for (const { reporter } of units) await reporter.phone.expects('1项待办');
  expect(await endsOf(city)).toEqual(units.map(() => 'notice reporter delivered'));
  await nothingWaitsFor(operator);
  await city.ends();
});

test('fault 9, a fault of configuration: held without another try until an administrator says that it is repaired', async () => {
  const city = await beginStory({ at: '2026-09-14 10:00' });
  const { operator, unitMeeting } = await officeOf(city);
  const codes = codesOf('configuration');
  const { reporter, deputy } = await unitMeeting('交通局', ...codes);
  await city.travelTo('2026-09-14 10:02');
  expect(city.standIn.calls().SendSms).toBe(1);
  await city.travelTo('2026-09-14 18:00');
  expect(city.standIn.calls().SendSms).toBe(1);

  for (const [nth, code] of codes.entries()) {
    await waitsFor(operator, code);
    expect(await tellingsOf(city)).toEqual(['notice reporter pending']);
    const released = await operator.client.post('/messages/commands/release', {});
    expect(released).toMatchObject({ status: 200, body: { recipients: 1 } });
    await eventually(
      () => city.standIn.calls().SendSms === nth + 2 || undefined,
      `another try after ${code}`,
    );
  }
  await reporter.phone.expects('1项待办');
  expect(await endsOf(city)).toEqual(['notice reporter delivered']);
  expect((await messagesTo(city, reporter)).map(({ state, reason }) => reason ?? state)).toEqual([
    ...codes,
    'delivered',
  ]);
  await nothingWaitsFor(operator);
  deputy.phone.isSilent();
  await city.ends();
});

test('fault 9, released while the process of one of them is lost: the others get theirs, and the lost one when it is found', async () => {
  const city = await beginStory({ at: '2026-09-14 10:00' });
  const { operator, unitMeeting } = await officeOf(city);
  const [code = ''] = codesOf('configuration');
  city.standIn.misbehave({ do: 'reject', code });
  const units = [await unitMeeting('交通局'), await unitMeeting('水务局')] as const;
  await city.travelTo('2026-09-14 10:02');
  await waitsFor(operator, code);
  const [first, lost] = units
    .map(({ reporter }) => reporter)
    .toSorted((a, b) => (b.person.id < a.person.id ? -1 : 1)) as [Someone, Someone];
  await city.server.client.workflow.getHandle(workflowIdOf('recipient', lost.person.id)).terminate('lost');
  city.standIn.behave();

  const released = await operator.client.post('/messages/commands/release', {});
  expect(released).toMatchObject({ status: 200, body: { recipients: 2 } });
  await first.phone.expects('1项待办');
  await runs(operator.client, 'reconcile');
  await city.travelTo('2026-09-14 10:10');
  await lost.phone.expects('1项待办');
  expect(await endsOf(city)).toEqual(units.map(() => 'notice reporter delivered'));
  await city.ends();
});

test('fault 9, a bad recipient, and a code that nobody knows: the next person is told, and who has to mend it knows', async () => {
  const city = await beginStory({ at: '2026-09-14 10:00' });
  const { operator, unitMeeting } = await officeOf(city);
  const unknown = 'isv.NEVER_HEARD_OF';
  const units = await Promise.all(
    [...codesOf('bad_recipient'), unknown].map(async (code) => ({
      code,
      ...(await unitMeeting(`单位 ${code}`, code)),
    })),
  );
  await cityLeaderOver(city, ...units.map(({ unit }) => unit));
  await city.travelTo('2026-09-14 10:10');
  for (const { code, reporter, deputy, item } of units) {
    reporter.phone.isSilent();
    await deputy.phone.expects('1项待办');
    expect(await endsOf(city, item)).toEqual([
      `notice reporter failed(${code})`,
      'notice deputy_leader delivered',
    ]);
    // The unit's record is at fault with a bad number only.
    expect(await todosOf(deputy)).toEqual(
      code === unknown ? ['待签收'] : ['待签收', '联系号码无效，请补正填报责任人'],
    );
  }
  expect(await todosOf(operator)).toEqual([`短信发送失败：${unknown}`]);
  await city.ends();
});
