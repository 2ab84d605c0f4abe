import { expect, test } from 'vitest';
import { reprojectSignal } from '../../workflows/messages.ts';
import { endsOf, tellingsOf } from '../support/messages.ts';
import { listed, type Matter } from '../support/matter.ts';
import { createUnit } from '../support/people.ts';
import { beginStory, RECEIPT_SECRET } from '../support/world.ts';

test('every telling ends in exactly one record: delivered, unconfirmed, failed, suppressed or merged, and stays there whatever is repeated', async () => {
  const city = await beginStory({ at: '2026-09-14 10:00' });
  const office = await createUnit(city.db, { name: '市督查办' });
  const officer = await city.someone(office, { role: 'supervision_officer', post: 'reporter' });
  const colleague = await city.someone(office, { role: 'supervision_officer' });
  const operator = await city.someone(office, { role: 'system_admin' });
  const people = {
    delivered: await city.unitWithPeople('交通局'),
    unconfirmed: await city.unitWithPeople('水务局'),
    failed: await city.unitWithPeople('林草局'),
    suppressed: await city.unitWithPeople('民政局'),
    merged: await city.unitWithPeople('教育局'),
  };
  city.standIn.misbehave(
    { do: 'never_deliver', phone: people.unconfirmed.reporter.phone.number },
    { do: 'reject', code: 'isv.BLACK_KEY_CONTROL_LIMIT', phone: people.failed.reporter.phone.number },
  );
  const assigned = async (unit_id: string): Promise<Matter> => {
    const item = await listed(city, officer, { due_on: '2026-10-30', lead_unit_id: unit_id });
    await item.gives(officer, 'assign');
    return item;
  };
  const items = {
    delivered: await assigned(people.delivered.unit.id),
    unconfirmed: await assigned(people.unconfirmed.unit.id),
    failed: await assigned(people.failed.unit.id),
    suppressed: await assigned(people.suppressed.unit.id),
    merged: await assigned(people.merged.unit.id),
    mergedToo: await assigned(people.merged.unit.id),
  };
  await items.suppressed.gives(officer, 'withdraw', { reason: '重复' });
  await items.suppressed.gives(colleague, 'confirm-withdrawal');
  await city.travelTo('2026-09-14 11:30');

  const expected = {
    delivered: ['notice reporter delivered'],
    unconfirmed: ['notice reporter accepted_unconfirmed'],
    failed: ['notice reporter failed(isv.BLACK_KEY_CONTROL_LIMIT)', 'notice deputy_leader delivered'],
    suppressed: ['notice reporter suppressed(thing_ended)'],
    merged: ['notice reporter merged'],
    mergedToo: ['notice reporter merged'],
  } as const;
  for (const [which, item] of Object.entries(items)) {
    expect(await endsOf(city, item), which).toEqual(expected[which as keyof typeof expected]);
  }
  await people.delivered.reporter.phone.expects('1项待办');
  await people.failed.deputy.phone.expects('1项待办');
  await people.merged.reporter.phone.expects('2项待办');

  // The release of what is held, rows written again, hand-overs and receipts repeated: nothing moves.
  const before = await tellingsOf(city);
  const sent = city.standIn.calls().SendSms;
  expect((await operator.client.post('/messages/commands/release', {})).body).toEqual({ recipients: 0 });
  for (const { workflowId } of [items.delivered, items.failed, items.merged])
    await city.server.client.workflow.getHandle(workflowId).signal(reprojectSignal);
  const told = await city.db
    .selectFrom('notification')
    .selectAll()
    .where('person_id', 'is not', null)
    .execute();
  for (const { id, person_id, level, caused_at } of told)
    await city.server.processes.tellRecipient(person_id ?? '', [
      { id, person_id: person_id ?? '', level, at: caused_at },
    ]);
  const receipts = (await city.db.selectFrom('sms_receipt').select('body').execute()).flatMap(
    ({ body }) => body as { bizId: string; outId: string; delivered: boolean }[],
  );
  for (const { bizId, outId } of receipts) {
    const body = {
      phone_number: '13810000001',
      report_time: '2026-09-14 11:31:00',
      biz_id: bizId,
      out_id: outId,
    };
    await fetch(`${city.address}/api/v1/sms/receipts/${RECEIPT_SECRET}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify([{ ...body, success: false, err_code: 'MK:0001' }]),
    });
  }
  await city.travelTo('2026-09-14 18:00');
  expect(await tellingsOf(city)).toEqual(before);
  expect(city.standIn.calls().SendSms).toBe(sent);
  await city.ends();
});
