import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { stamp } from '../../db/client.ts';
import { openMessage, type Opening } from '../../db/message-opening.ts';
import { accepted, confirm, leaveUnconfirmed, treat } from '../../db/messages.ts';
import { tell, type Told } from '../../db/notifications.ts';
import { seed } from '../../db/seed.ts';
import { circuitUntil } from '../../db/sms-stopped.ts';
import { findFaults } from '../../db/auditor.ts';
import { system } from '../../domain/process.ts';
import { defaultRecipientRules as rules, type MessageLevel } from '../../domain/recipient.ts';
import { instantOn, later, localDate, MINUTE } from '../../domain/time.ts';
import type { PostRole } from '../../domain/vocabulary.ts';
import { freshDatabase, type FreshDatabase } from '../support/database.ts';
import { putItem } from '../support/items.ts';
import { anyPhone, createPerson, createUnit, givePost, type Person, type Unit } from '../support/people.ts';

const now = instantOn(localDate('2026-09-14'), '10:00');
let database: FreshDatabase;
beforeAll(async () => {
  database = await freshDatabase();
  await seed(database.db, now);
});
afterAll(() => database.drop());

let unit: Unit;
let item: { id: string };
let [reporter, deputy, principal]: Person[] = [];

beforeEach(async () => {
  const { db } = database;
  unit = await createUnit(db);
  [reporter, deputy, principal] = await Promise.all(
    (['reporter', 'deputy_leader', 'principal_leader'] as const).map((role) => holder(role)),
  );
  item = await putItem(db, {
    facts: { due_on: localDate('2026-10-30'), lead_unit_id: unit.id },
    at: now,
    by: system,
    commands: [{ command: 'assign' }],
  });
});

async function holder(role: PostRole, rank = 1): Promise<Person> {
  const person = await createPerson(database.db, { unit_id: unit.id, phone: anyPhone() });
  await givePost(database.db, { person, unit, role, rank });
  return person;
}

function telling(role: PostRole, level: MessageLevel, key: string): Told {
  const audience = {
    lead_unit_id: unit.id,
    office_unit_id: null,
    officer_id: null,
    reviewed: null,
    people: {},
  };
  return {
    thing: { kind: 'supervision_item', id: item.id },
    event_version: 2,
    audience,
    telling: { level, chain: 'undertaking', role, key },
    warning_id: null,
    due: now,
    at: now,
  };
}

/** A notification for whoever holds this post. @returns its id. */
async function told(role: PostRole, level: MessageLevel, key: string): Promise<string> {
  await database.db.transaction().execute((tx) => tell(tx, telling(role, level, key)));
  const row = await database.db
    .selectFrom('notification')
    .select('id')
    .where('thing_id', '=', item.id)
    .where('key', 'like', `%/${key}/%`)
    .where('role', '=', role)
    .executeTakeFirstOrThrow();
  return row.id;
}

const opening = (person: Person | undefined, notification_ids: readonly string[]): Opening => ({
  message_id: randomUUID(),
  person_id: person?.id ?? '',
  notification_ids,
  digest: false,
  at: now,
  template: `t-${randomUUID()}`,
});

const states = async () => {
  const rows = await database.db
    .selectFrom('notification')
    .select(['role', 'state', 'reason'])
    .where('thing_id', '=', item.id)
    .orderBy('role')
    .orderBy('state')
    .execute();
  return rows.map(({ role, state, reason }) => `${role} ${state}${reason === null ? '' : `(${reason})`}`);
};

describe('a step that is made again because its first answer was lost in a crash', () => {
  test('a message carries what it was opened for, and what came since waits for the next', async () => {
    const first = await told('reporter', 'bell', 'item/1/bell/0');
    const open = opening(reporter, [first]);
    expect((await openMessage(database.db, open, rules)).opened).toEqual({ carries: [first], gone: [] });
    const since = await told('reporter', 'yellow_card', 'item/1/yellow_card/0');
    const again = await openMessage(database.db, { ...open, notification_ids: [first, since] }, rules);
    expect(again.opened).toEqual({ carries: [first], gone: [] });
    const next = await openMessage(database.db, opening(reporter, [since]), rules);
    expect(next.opened).toEqual({ carries: [since], gone: [] });
  });

  test('who is told in the place of somebody whose post changed hands is named again', async () => {
    const id = await told('reporter', 'bell', 'item/1/bell/0');
    const successor = await holder('reporter', 0);
    const open = opening(reporter, [id]);
    const first = await openMessage(database.db, open, rules);
    expect(first).toMatchObject({
      opened: { nothing: true, gone: [id] },
      elsewhere: [{ person_id: successor.id }],
    });
    expect(await openMessage(database.db, open, rules)).toEqual(first);
  });

  test.each(['next_person', 'failed', 'ended', 'wait_for_window'] as const)(
    '%s: who is told instead is named again, and nothing is told twice',
    async (kind) => {
      // A red card of the reporter alone: the next above is told only because of what happens to it.
      const id = await told('reporter', 'red_card', 'item/1/red_card/0');
      const open = opening(reporter, [id]);
      await openMessage(database.db, open, rules);
      const treated = {
        next_person: { do: kind, reason: 'isv.MOBILE_NUMBER_ILLEGAL' },
        failed: { do: kind, reason: 'isv.UNHEARD_OF' },
        ended: { do: kind, state: 'undelivered', errCode: 'MK:0001' },
        wait_for_window: { do: kind, until: later(now, MINUTE) },
      }[kind] as Parameters<typeof treat>[2];
      const first = await treat(database.db, open.message_id, treated, now);
      expect(first.instead).toMatchObject([{ person_id: deputy?.id, level: 'red_card' }]);
      const after = await states();
      expect(await treat(database.db, open.message_id, treated, later(now, MINUTE))).toEqual(first);
      expect(await states()).toEqual(after);
    },
  );

  test('a chain of people who cannot be reached is followed to its end', async () => {
    await database.db
      .updateTable('person')
      .set({ phone_cipher: null, phone_hash: null })
      .where('id', '=', deputy?.id ?? '')
      .execute();
    const id = await told('reporter', 'bell', 'item/1/bell/0');
    const open = opening(reporter, [id]);
    await openMessage(database.db, open, rules);
    const bad = { do: 'next_person', reason: 'isv.MOBILE_NUMBER_ILLEGAL' } as const;
    const first = await treat(database.db, open.message_id, bad, now);
    expect(first.instead).toMatchObject([{ person_id: principal?.id }]);
    expect(await treat(database.db, open.message_id, bad, now)).toEqual(first);
    expect(await states()).toEqual([
      'deputy_leader suppressed(no_number)',
      'principal_leader pending',
      'reporter failed(isv.MOBILE_NUMBER_ILLEGAL)',
    ]);
  });
});

describe('the reporter is the deputy leader as well', () => {
  beforeEach(async () => {
    await database.db
      .updateTable('post')
      .set({ person_id: reporter?.id ?? '' })
      .where('person_id', '=', deputy?.id ?? '')
      .execute();
  });
  const pending = async () => (await states()).filter((state) => state.endsWith('pending'));

  test('without a number: the principal leader is told', async () => {
    await database.db
      .updateTable('person')
      .set({ phone_cipher: null, phone_hash: null })
      .where('id', '=', reporter?.id ?? '')
      .execute();
    await told('reporter', 'bell', 'item/1/bell/0');
    expect(await states()).toEqual([
      'deputy_leader suppressed(no_number)',
      'principal_leader pending',
      'reporter suppressed(no_number)',
    ]);
    // Once, also where the deputy leader has to be told by the same card.
    await told('deputy_leader', 'bell', 'item/1/bell/0');
    expect(await pending()).toEqual(['principal_leader pending']);
  });

  test('with a bad number: the principal leader is told, and the bad number is not tried again', async () => {
    const id = await told('reporter', 'bell', 'item/1/bell/0');
    const open = opening(reporter, [id]);
    await openMessage(database.db, open, rules);
    const bad = { do: 'next_person', reason: 'isv.MOBILE_NUMBER_ILLEGAL' } as const;
    expect((await treat(database.db, open.message_id, bad, now)).instead).toMatchObject([
      { person_id: principal?.id },
    ]);
    expect(await states()).toEqual([
      'deputy_leader failed(isv.MOBILE_NUMBER_ILLEGAL)',
      'principal_leader pending',
      'reporter failed(isv.MOBILE_NUMBER_ILLEGAL)',
    ]);
  });

  test('as an officer who is the deputy leader of the office: its principal leader is told', async () => {
    const nobody = { phone_cipher: null, phone_hash: null };
    const officer_id = reporter?.id ?? '';
    await database.db.updateTable('person').set(nobody).where('id', '=', officer_id).execute();
    const { audience, telling: of, ...rest } = telling('reporter', 'bell', 'review/1/bell/0');
    const office = { ...audience, lead_unit_id: null, office_unit_id: unit.id, officer_id };
    const reviewing = { ...rest, audience: office, telling: { ...of, chain: 'reviewing' as const } };
    await database.db.transaction().execute((tx) => tell(tx, reviewing));
    expect(await pending()).toEqual(['principal_leader pending']);
  });

  test('with a number: told once, and nobody above is', async () => {
    await told('reporter', 'yellow_card', 'item/1/yellow_card/0');
    await database.db
      .transaction()
      .execute((tx) => tell(tx, telling('deputy_leader', 'yellow_card', 'item/1/yellow_card/0')));
    expect(await states()).toEqual(['reporter pending']);
  });
});

describe('a refused message', () => {
  test('frees what it carried for another one, and does not count against its number', async () => {
    const ids = [
      await told('reporter', 'bell', 'item/1/bell/0'),
      await told('reporter', 'notice', 'urged/7'),
    ];
    const template = `t-${randomUUID()}`;
    const strict = { ...rules, budget: { ...rules.budget, plan: 1, individual_up_to: 1 } };
    for (let probe = 0; probe < 3; probe += 1) {
      const open = { ...opening(reporter, ids), template, at: later(now, probe * 10 * MINUTE) };
      const { opened } = await openMessage(database.db, open, strict);
      expect(opened).toMatchObject({ gone: [] });
      expect('carries' in opened && opened.carries.toSorted()).toEqual(ids.toSorted());
      await treat(
        database.db,
        open.message_id,
        { do: 'stop_all', code: 'isv.OUT_OF_SERVICE', until: later(open.at, MINUTE) },
        open.at,
      );
    }
    const last = { ...opening(reporter, ids), template, at: later(now, 60 * MINUTE) };
    await openMessage(database.db, last, strict);
    await treat(database.db, last.message_id, { do: 'await_receipt' }, last.at);
    await treat(database.db, last.message_id, { do: 'ended', state: 'delivered', errCode: null }, last.at);
    expect(await states()).toEqual(['reporter merged(delivered)', 'reporter merged(delivered)']);
    // What was accepted counts.
    const more = await told('reporter', 'notice', 'urged/8');
    const later1 = { ...opening(reporter, [more]), template, at: later(now, 61 * MINUTE) };
    expect((await openMessage(database.db, later1, strict)).opened).toMatchObject({ gone: [] });
    expect((await openMessage(database.db, later1, strict)).opened).toHaveProperty('wait_until');
  });
});

test('while sending is stopped exactly one of many who ask at once may try', async () => {
  const { db } = database;
  const id = await told('reporter', 'bell', 'item/1/bell/0');
  const open = opening(reporter, [id]);
  await openMessage(db, open, rules);
  const until = later(now, 5 * MINUTE);
  await treat(db, open.message_id, { do: 'stop_all', code: 'isv.AMOUNT_NOT_ENOUGH', until }, now);
  expect(await circuitUntil(db, later(now, MINUTE), rules)).toBe(until);
  const asked = await Promise.all(Array.from({ length: 8 }, () => circuitUntil(db, until, rules)));
  expect(asked.filter((answer) => answer === null)).toHaveLength(1);
  expect(new Set(asked.filter((answer) => answer !== null))).toEqual(new Set([later(until, 5 * MINUTE)]));
  await treat(db, open.message_id, { do: 'await_receipt' }, until);
  expect(await circuitUntil(db, until, rules)).toBeNull();
});

describe('what the carrier says after all', () => {
  const unconfirmed = async (...keys: readonly string[]) => {
    const ids = await Promise.all(keys.map((key) => told('reporter', 'bell', key)));
    const open = opening(reporter, ids);
    await openMessage(database.db, open, rules);
    await treat(database.db, open.message_id, { do: 'await_receipt' }, now);
    const bizId = randomUUID();
    await accepted(database.db, open.message_id, bizId);
    await leaveUnconfirmed(database.db, open.message_id, later(now, 60 * MINUTE));
    return { outId: open.message_id, bizId };
  };

  test('takes the place of “unconfirmed”, once', async () => {
    const ours = await unconfirmed('item/1/bell/0');
    expect(await states()).toEqual(['reporter accepted_unconfirmed']);
    await confirm(database.db, { ...ours, delivered: true, errCode: null }, later(now, 90 * MINUTE));
    await confirm(database.db, { ...ours, delivered: false, errCode: 'MK:0001' }, later(now, 91 * MINUTE));
    expect(await states()).toEqual(['reporter delivered']);
  });

  test('of a message for several things, too; not delivered, each is told to the next person', async () => {
    const ours = await unconfirmed('item/1/bell/0', 'report/1/bell/0');
    expect(await states()).toEqual(Array(2).fill('reporter merged(accepted_unconfirmed)'));
    const news = { ...ours, delivered: false, errCode: 'MK:0001' };
    const said = await confirm(database.db, news, later(now, 90 * MINUTE));
    expect(said?.caused).toHaveLength(2);
    expect(await states()).toEqual([
      ...Array(2).fill('deputy_leader pending'),
      ...Array(2).fill('reporter failed(MK:0001)'),
    ]);
  });
});

test('a second acceptance of the provider is marked, and changes nothing else', async () => {
  const open = opening(reporter, [await told('reporter', 'bell', 'item/1/bell/0')]);
  await openMessage(database.db, open, rules);
  await treat(database.db, open.message_id, { do: 'await_receipt' }, now);
  const second = { outId: open.message_id, bizId: 'second', delivered: false, errCode: 'MK:0001' };
  expect(await confirm(database.db, second, now)).toBeNull();
  await accepted(database.db, open.message_id, 'first');
  for (const minutes of [1, 2]) {
    expect(await confirm(database.db, second, later(now, minutes * MINUTE))).toBeNull();
  }
  const trail = await database.db
    .selectFrom('message_event')
    .select(['what', 'detail'])
    .where('message_id', '=', open.message_id)
    .where('what', '=', 'accepted_twice')
    .execute();
  expect(trail).toEqual([{ what: 'accepted_twice', detail: { biz_id: 'second' } }]);
  expect(await states()).toEqual(['reporter pending']);
});

test('the auditor finds a warning that went out in two messages', async () => {
  const id = await told('reporter', 'bell', 'item/1/bell/0');
  for (let times = 0; times < 2; times += 1) {
    const open = opening(reporter, [id]);
    await openMessage(database.db, open, rules);
    await treat(database.db, open.message_id, { do: 'await_receipt' }, now);
    await database.db.updateTable('notification').set({ message_id: null }).where('id', '=', id).execute();
  }
  const faults = await findFaults(database.db, now);
  expect(faults.filter((fault) => fault.includes(item.id))).toEqual([
    expect.stringMatching(/^notification .* went out in 2 messages$/),
  ]);
});

test('the auditor names a message without a final record, and none that a long holiday holds back', async () => {
  const id = await told('reporter', 'bell', 'item/1/bell/0');
  const stuckOn = async (date: string, clock = '03:00') =>
    (await findFaults(database.db, instantOn(localDate(date), clock)))
      .filter((fault) => fault.includes(item.id) && fault.includes('no final record'))
      .map((fault) => /bell\/0/.test(fault));
  // Caused on a Monday.
  expect(await stuckOn('2026-09-18', '11:00')).toEqual([]);
  expect(await stuckOn('2026-09-18', '11:01')).toEqual([true]);
  const inTheHoliday = instantOn(localDate('2026-10-02'), '09:00');
  await database.db
    .updateTable('notification')
    .set({ caused_at: stamp(inTheHoliday) })
    .where('id', '=', id)
    .execute();
  // It leaves on the 8th, a Thursday; the 10th is a working Saturday.
  for (const date of ['2026-10-07', '2026-10-08', '2026-10-13'])
    expect(await stuckOn(date), date).toEqual([]);
  expect(await stuckOn('2026-10-14')).toEqual([true]);
});
