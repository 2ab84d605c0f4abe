import { expect, test } from 'vitest';
import type { Misbehaviour } from '../../sms/stand-in.ts';
import { endsOf, messagesTo } from '../support/messages.ts';
import { listed, usualPeople } from '../support/matter.ts';
import { createUnit } from '../support/people.ts';
import { beginStory, eventually } from '../support/world.ts';

const asksAndFinds = ['claimed', 'ask_first', 'ended'];
const asksAndSendsAgain = ['claimed', 'ask_first', 'retry', 'await_receipt', 'ended'];

/** What the provider does to one number, once, and the trail that the message leaves. */
const faults: Readonly<Record<string, { wrong: Misbehaviour[]; trail: string[] }>> = {
  'hangs, and has taken nothing in': {
    wrong: [{ do: 'hang_before_accepting', next: 1 }],
    trail: asksAndSendsAgain,
  },
  'hangs, and has taken it in': { wrong: [{ do: 'hang_after_accepting', next: 1 }], trail: asksAndFinds },
  'says 503, and has taken nothing in': {
    wrong: [{ do: 'server_error', next: 1 }],
    trail: asksAndSendsAgain,
  },
  'says 503, and has taken it in': {
    wrong: [{ do: 'server_error', accepted: true, next: 1 }],
    trail: asksAndFinds,
  },
  'cuts the connection, and has taken nothing in': {
    wrong: [{ do: 'cut', next: 1 }],
    trail: asksAndSendsAgain,
  },
  'cuts the connection, and has taken it in': {
    wrong: [{ do: 'cut', accepted: true, next: 1 }],
    trail: asksAndFinds,
  },
  'says something unreadable, and has taken it in': {
    wrong: [{ do: 'garble', accepted: true, next: 1 }],
    trail: asksAndFinds,
  },
  'hangs, and then does not even say what became of it': {
    wrong: [
      { do: 'hang_after_accepting', next: 1 },
      { do: 'server_error', action: 'QuerySendDetails', next: 2 },
    ],
    trail: ['claimed', 'ask_first', 'ask_first', 'ask_first', 'ended'],
  },
};

test('fault 7: whatever answer is missing, the provider is asked before anything is sent again, and each message goes out once', async () => {
  const city = await beginStory({ at: '2026-09-14 10:00' });
  const office = await createUnit(city.db, { name: '市督查办' });
  const officer = await city.someone(office, { role: 'supervision_officer' });
  const met = await Promise.all(
    Object.entries(faults).map(async ([name, { wrong, trail }], nth) => {
      const unit = await createUnit(city.db, { name: `承办单位${nth}` });
      const reporter = await city.someone(unit, { role: 'undertaking_unit', post: 'reporter' });
      city.standIn.misbehave(...wrong.map((one) => ({ ...one, phone: reporter.phone.number })));
      const item = await listed(city, officer, { due_on: '2026-10-30', lead_unit_id: unit.id });
      await item.gives(officer, 'assign');
      return { name, trail, reporter };
    }),
  );
  await city.travelTo('2026-09-14 11:30');
  expect(await endsOf(city)).toEqual(met.map(() => 'notice reporter delivered'));
  for (const { name, trail, reporter } of met) {
    await reporter.phone.expects('1项待办');
    const [message, ...others] = await messagesTo(city, reporter);
    expect(others, name).toEqual([]);
    // A receipt that comes besides the answer to a question is one more entry.
    expect(message?.trail.slice(0, trail.length), name).toEqual(trail);
  }
  await city.ends();
});

test('fault 7: a number that is changed before the provider is asked: it is asked under the one that was sent to, and nothing is sent again', async () => {
  const city = await beginStory({ at: '2026-09-14 10:00' });
  const { officer, unit, reporter, deputy } = await usualPeople(city);
  const admin = await city.someone(unit, { role: 'assessment_admin' });
  city.standIn.misbehave({ do: 'hang_after_accepting', phone: reporter.phone.number, next: 1 });
  const item = await listed(city, officer, { due_on: '2026-10-30', lead_unit_id: unit.id });
  await item.gives(officer, 'assign');
  const travelled = city.travelTo('2026-09-14 10:01');
  await eventually(async () => city.standIn.messages().length > 0 || undefined, 'the provider has it');
  const underWay = (await messagesTo(city, reporter)).at(0);
  expect(underWay?.phone_cipher).not.toBeNull();
  const phone = '13900000001';
  const changed = await admin.client.patch(`/people/${reporter.person.id}`, { phone }, { version: 1 });
  expect(changed).toMatchObject({ status: 200 });
  await travelled;
  await city.travelTo('2026-09-14 11:30');
  await reporter.phone.expects('1项待办');
  city.phoneOf(phone).isSilent();
  deputy.phone.isSilent();
  expect(await endsOf(city)).toEqual(['notice reporter delivered']);
  const [message, ...others] = await messagesTo(city, reporter);
  expect(others).toEqual([]);
  expect(message?.trail.slice(0, asksAndFinds.length)).toEqual(asksAndFinds);
  // Kept no longer than it is needed.
  expect(message?.phone_cipher).toBeNull();

  // What comes next goes to the new one.
  await item.gives(officer, 'urge');
  await city.travelTo('2026-09-14 11:40');
  await city.phoneOf(phone).expects('1项待办');
  await endsOf(city);
  await city.ends();
});

test('a provider that can be reached neither for sending nor for asking: after a day of trying the next person is told, once', async () => {
  const city = await beginStory({ at: '2026-09-14 10:00' });
  const { officer, unit, reporter, deputy } = await usualPeople(city);
  const admin = await city.someone(unit, { role: 'system_admin' });
  city.standIn.misbehave({ do: 'server_error', action: 'any', phone: reporter.phone.number });
  const item = await listed(city, officer, { due_on: '2026-10-30', lead_unit_id: unit.id });
  await item.gives(officer, 'assign');
  await item.gives(reporter, 'acknowledge');
  await city.travelTo('2026-09-15 10:30');
  await deputy.phone.expects('1项待办');
  expect(await endsOf(city)).toEqual(['notice reporter failed(http_503)', 'notice deputy_leader delivered']);
  const { body } = await admin.client.get('/todos');
  expect(body.items).toMatchObject([{ what: '短信发送失败：http_503' }]);
  await city.ends();
});
