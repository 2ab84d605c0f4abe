import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { rfc3339, type Instant } from '../../domain/time.ts';
import { endsOf, messagesTo, tellingsOf } from '../support/messages.ts';
import { listed, todosOf } from '../support/matter.ts';
import { createUnit } from '../support/people.ts';
import { at, beginStory, eventually, RECEIPT_SECRET, type Someone, type World } from '../support/world.ts';

async function officerOf(city: World) {
  return city.someone(await createUnit(city.db, { name: '市督查办' }), { role: 'supervision_officer' });
}

/** A unit with its people, and an item that its reporter is told of. */
async function unitTold(city: World, officer: Someone, name: string) {
  const people = await city.unitWithPeople(name);
  const item = await listed(city, officer, { due_on: '2026-10-30', lead_unit_id: people.unit.id });
  await item.gives(officer, 'assign');
  return { ...people, item };
}

/** As the carrier pushes it: times are its own local strings. */
function receiptFor(city: World, who: Someone, changes: Readonly<Record<string, unknown>> = {}) {
  const sent = city.standIn.messages().findLast(({ phone }) => phone === who.phone.number);
  if (sent === undefined) throw new Error('nothing was sent there');
  const local = rfc3339(sent.sentAt as Instant)
    .slice(0, 19)
    .replace('T', ' ');
  return {
    phone_number: sent.phone,
    send_time: local,
    report_time: local,
    success: true,
    err_code: 'DELIVERED',
    err_msg: '用户接收成功',
    sms_size: '1',
    biz_id: sent.bizId,
    out_id: sent.outId,
    ...changes,
  };
}

const push = (city: World, receipts: readonly object[], secret = RECEIPT_SECRET) =>
  fetch(`${city.address}/api/v1/sms/receipts/${secret}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(receipts),
  });

const stateOf = async (city: World, who: Someone) => (await messagesTo(city, who)).at(-1)?.state;

test('fault 10: receipts that come twice, swapped and late confirm each message once, by themselves', async () => {
  const city = await beginStory({ at: '2026-09-14 10:00' });
  const officer = await officerOf(city);
  const [twice, swapped, other, late] = [
    await unitTold(city, officer, '交通局'),
    await unitTold(city, officer, '水务局'),
    await unitTold(city, officer, '林草局'),
    await unitTold(city, officer, '民政局'),
  ];
  city.standIn.misbehave(
    { do: 'repeat_receipt', times: 3, phone: twice.reporter.phone.number },
    { do: 'swap_receipts', phone: swapped.reporter.phone.number, next: 1 },
    { do: 'delay_receipt', ms: 1_500, phone: late.reporter.phone.number },
  );
  await city.travelTo('2026-09-14 10:02');
  // No time goes by in the story: nobody asks, the receipts come.
  expect(await endsOf(city)).toEqual(Array(4).fill('notice reporter delivered'));
  expect(city.standIn.calls().QuerySendDetails).toBe(0);
  for (const { reporter } of [twice, swapped, other, late]) await reporter.phone.expects('1项待办');
  await city.travelTo('2026-09-14 12:00');
  expect(city.standIn.calls().QuerySendDetails).toBe(0);
  await city.ends();
});

test('fault 10: a forged receipt changes nothing, whatever it gets right', async () => {
  const city = await beginStory({ at: '2026-09-14 10:00' });
  const officer = await officerOf(city);
  const { reporter, deputy } = await unitTold(city, officer, '交通局');
  city.standIn.misbehave({ do: 'never_deliver', phone: reporter.phone.number });
  await city.travelTo('2026-09-14 10:02');
  await eventually(async () => (await stateOf(city, reporter)) === 'accepted' || undefined, 'accepted');

  const failed = { success: false, err_code: 'MK:0001' };
  expect((await push(city, [receiptFor(city, reporter, failed)], 'not-the-secret')).status).toBe(404);
  expect((await push(city, [receiptFor(city, reporter, failed)], `${RECEIPT_SECRET}x`)).status).toBe(404);
  for (const forged of [
    { ...failed, biz_id: '100000000000000000^0' },
    { ...failed, out_id: '00000000-0000-4000-8000-000000000000' },
    { ...failed, out_id: "'; drop table message; --" },
    { biz_id: '100000000000000000^0' },
  ]) {
    // Answered like any other: whoever forges learns nothing.
    expect((await push(city, [receiptFor(city, reporter, forged)])).status).toBe(200);
  }
  expect((await push(city, [{ nonsense: true }])).status).toBe(400);
  // All of them have been worked on when the server has looked for the last time.
  await eventually(async () => {
    const open = await city.db
      .selectFrom('sms_receipt')
      .select('id')
      .where('worked_at', 'is', null)
      .execute();
    return open.length === 0 || undefined;
  }, 'the receipts were worked on');
  expect(await stateOf(city, reporter)).toBe('accepted');
  expect(await tellingsOf(city)).toEqual(['notice reporter pending']);

  expect((await push(city, [receiptFor(city, reporter)])).status).toBe(200);
  expect(await endsOf(city)).toEqual(['notice reporter delivered']);
  deputy.phone.isSilent();
  await city.ends();
});

test('fault 10: what a receipt has said stands: the opposite, said later, changes nothing', async () => {
  const city = await beginStory({ at: '2026-09-14 10:00' });
  const officer = await officerOf(city);
  const [arrived, missed] = [
    await unitTold(city, officer, '交通局'),
    await unitTold(city, officer, '水务局'),
  ];
  city.standIn.misbehave({ do: 'not_delivered', errCode: 'MK:0001', phone: missed.reporter.phone.number });
  await city.travelTo('2026-09-14 10:02');
  await arrived.reporter.phone.expects('1项待办');
  await eventually(
    async () => (await stateOf(city, missed.reporter)) === 'undelivered' || undefined,
    'undelivered',
  );
  await eventually(
    async () => (await stateOf(city, arrived.reporter)) === 'delivered' || undefined,
    'delivered',
  );

  await push(city, [receiptFor(city, arrived.reporter, { success: false, err_code: 'MK:0001' })]);
  await push(city, [receiptFor(city, missed.reporter)]);
  await city.travelTo('2026-09-14 10:10');
  await missed.deputy.phone.expects('1项待办');
  arrived.deputy.phone.isSilent();
  expect(await endsOf(city, arrived.item)).toEqual(['notice reporter delivered']);
  expect(await endsOf(city, missed.item)).toEqual([
    'notice reporter failed(MK:0001)',
    'notice deputy_leader delivered',
  ]);
  await city.ends();
});

test('fault 10: a receipt that was stored before a crash is worked on after it', async () => {
  const city = await beginStory({ at: '2026-09-14 10:00' });
  const officer = await officerOf(city);
  const { reporter, deputy } = await unitTold(city, officer, '交通局');
  city.standIn.misbehave({ do: 'never_deliver', phone: reporter.phone.number });
  await city.travelTo('2026-09-14 10:02');
  await eventually(async () => (await stateOf(city, reporter)) === 'accepted' || undefined, 'accepted');
  const { biz_id: bizId, out_id: outId } = receiptFor(city, reporter);
  const kept = { outId, bizId, delivered: false, errCode: 'MK:0001' };
  await city.db
    .insertInto('sms_receipt')
    .values({ id: randomUUID(), received_at: new Date(Date.now() - 600_000), body: JSON.stringify([kept]) })
    .execute();
  expect(await city.server.startLost()).toBe(1);
  expect(await city.server.startLost()).toBe(0);
  await city.travelTo('2026-09-14 10:10');
  await deputy.phone.expects('1项待办');
  expect(await endsOf(city)).toEqual(['notice reporter failed(MK:0001)', 'notice deputy_leader delivered']);
  await city.ends();
});

test('fault 10: a lost receipt is asked for under the number that the message went to, whatever number the person has by then', async () => {
  const city = await beginStory({ at: '2026-09-14 10:00' });
  const officer = await officerOf(city);
  const { reporter, unit } = await unitTold(city, officer, '交通局');
  const admin = await city.someone(unit, { role: 'assessment_admin' });
  city.standIn.misbehave({ do: 'lose_receipt', phone: reporter.phone.number });
  await city.travelTo('2026-09-14 10:02');
  await eventually(async () => (await stateOf(city, reporter)) === 'accepted' || undefined, 'accepted');
  const phone = '13900000001';
  await admin.client.patch(`/people/${reporter.person.id}`, { phone }, { version: 1 });
  await city.travelTo('2026-09-14 10:04');
  await reporter.phone.expects('1项待办');
  expect(await endsOf(city)).toEqual(['notice reporter delivered']);
  await city.ends();
});

test('fault 10: a lost receipt is asked for after 2, 10 and 60 minutes; then it is as certain as it will ever be, until the carrier speaks after all', async () => {
  const city = await beginStory({ at: '2026-09-14 10:00' });
  const officer = await officerOf(city);
  const lost = await unitTold(city, officer, '交通局');
  await city.travelTo('2026-09-14 10:00');
  city.standIn.misbehave({ do: 'lose_receipt', phone: lost.reporter.phone.number });
  await city.travelTo('2026-09-14 10:02');
  await lost.reporter.phone.expects('1项待办');
  expect(await tellingsOf(city)).toEqual(['notice reporter pending']);
  await city.travelTo('2026-09-14 10:04');
  expect(await endsOf(city)).toEqual(['notice reporter delivered']);
  expect(city.standIn.calls().QuerySendDetails).toBe(1);

  const [silent, gone] = [await unitTold(city, officer, '水务局'), await unitTold(city, officer, '林草局')];
  for (const { reporter } of [silent, gone])
    city.standIn.misbehave({ do: 'never_deliver', phone: reporter.phone.number });
  const asked = async (time: string) => {
    const before = city.standIn.calls().QuerySendDetails;
    await city.travelTo(`2026-09-14 ${time}`);
    return city.standIn.calls().QuerySendDetails - before;
  };
  expect(await asked('10:06')).toBe(0);
  expect([await asked('10:08'), await asked('10:14'), await asked('10:17')]).toEqual([2, 0, 2]);
  expect([await asked('11:04'), await asked('11:07')]).toEqual([0, 2]);
  expect(await endsOf(city, silent.item)).toEqual(['notice reporter accepted_unconfirmed']);
  expect(await asked('16:00')).toBe(0);

  // The carrier may still speak within three days: then that stands.
  await push(city, [receiptFor(city, silent.reporter)]);
  await push(city, [receiptFor(city, gone.reporter, { success: false, err_code: 'MK:0001' })]);
  await eventually(
    async () => (await stateOf(city, silent.reporter)) === 'delivered' || undefined,
    'delivered late',
  );
  await eventually(
    async () => (await stateOf(city, gone.reporter)) === 'undelivered' || undefined,
    'undelivered late',
  );
  await city.travelTo('2026-09-14 16:10');
  await gone.deputy.phone.expects('1项待办');
  expect(await endsOf(city, silent.item)).toContain('notice reporter delivered');
  expect(await endsOf(city, gone.item)).toEqual([
    'notice reporter failed(MK:0001)',
    'notice deputy_leader delivered',
  ]);
  expect(await todosOf(gone.deputy)).toContain('联系号码无效，请补正填报责任人');
  expect((await city.server.clock.now()) - at('2026-09-14 16:10')).toBeLessThan(60_000);
  await city.ends();
});
