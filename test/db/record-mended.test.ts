/** What asks to mend the record of a thing is closed when the record is mended, or when nobody waits for it any more. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { openMessage } from '../../db/message-opening.ts';
import { accepted, leaveUnconfirmed, treat } from '../../db/messages.ts';
import { tell } from '../../db/notifications.ts';
import { closeMended } from '../../db/record-mended.ts';
import { seed } from '../../db/seed.ts';
import { followStates } from '../../db/todos.ts';
import { mergeUnit } from '../../db/unit-merge.ts';
import { system } from '../../domain/process.ts';
import { defaultRecipientRules as rules } from '../../domain/recipient.ts';
import { addDays, DAY, instantOn, later, localDate, localDateOf, type LocalDate } from '../../domain/time.ts';
import type { PostRole } from '../../domain/vocabulary.ts';
import { freshDatabase, type FreshDatabase } from '../support/database.ts';
import { putItem } from '../support/items.ts';
import { anyPhone, createPerson, createUnit, givePost, type Person, type Unit } from '../support/people.ts';

const now = instantOn(localDate('2026-09-14'), '10:00');
const today = localDateOf(now);
let database: FreshDatabase;
beforeAll(async () => {
  database = await freshDatabase();
  await seed(database.db, now);
});
afterAll(() => database.drop());

let unit: Unit;
let item: { id: string };
beforeEach(async () => {
  unit = await createUnit(database.db);
  item = await putItem(database.db, {
    facts: { due_on: localDate('2026-10-30'), lead_unit_id: unit.id },
    at: now,
    by: system,
    commands: [{ command: 'assign' }],
  });
});

async function someone(
  role: PostRole | null,
  has: 'number' | 'none',
  post: { readonly rank?: number; readonly from?: LocalDate } = {},
): Promise<Person> {
  const person = await createPerson(database.db, {
    unit_id: unit.id,
    ...(has === 'number' ? { phone: anyPhone() } : {}),
  });
  if (role !== null) await givePost(database.db, { person, unit, role, ...post });
  return person;
}

const give = (person: Person, number = anyPhone()) =>
  database.db.updateTable('person').set(number).where('id', '=', person.id).execute();

const written = (person: Person | null, at = now) =>
  database.db.transaction().execute((tx) => closeMended(tx, at, person?.id ?? null));

async function tellReporter(key = 'item/1/bell/0'): Promise<readonly string[]> {
  const audience = {
    lead_unit_id: unit.id,
    office_unit_id: null,
    officer_id: null,
    reviewed: null,
    people: {},
  };
  await database.db.transaction().execute((tx) =>
    tell(tx, {
      thing: { kind: 'supervision_item', id: item.id },
      event_version: 2,
      audience,
      telling: { level: 'bell', chain: 'undertaking', role: 'reporter', key },
      warning_id: null,
      due: now,
      at: now,
    }),
  );
  const rows = await database.db
    .selectFrom('notification')
    .select('id')
    .where('thing_id', '=', item.id)
    .where('key', 'like', `%/${key}/%`)
    .where('state', '=', 'pending')
    .execute();
  return rows.map(({ id }) => id);
}

async function sent(person: Person, notification_ids: readonly string[]): Promise<string> {
  const message_id = randomUUID();
  const opening = { message_id, person_id: person.id, notification_ids, digest: false, at: now };
  await openMessage(database.db, { ...opening, template: 'SMS_1' }, rules);
  return message_id;
}

const bad = { do: 'next_person', reason: 'isv.MOBILE_NUMBER_ILLEGAL' } as const;

const toMend = async () => {
  const rows = await database.db
    .selectFrom('todo')
    .select('what')
    .where('thing_id', '=', item.id)
    .where('closed_at', 'is', null)
    .where('key', 'like', 'mend/%')
    .orderBy('what')
    .execute();
  return rows.map(({ what }) => what);
};

const vacant = '岗位空缺，请补正填报责任人';
const wrong = '联系号码无效，请补正填报责任人';

test('a vacant post is mended when somebody holds it who has a number', async () => {
  await someone('deputy_leader', 'number');
  await tellReporter();
  expect(await toMend()).toEqual([vacant]);
  const fresh = await someone('reporter', 'none');
  await written(fresh);
  expect(await toMend()).toEqual([vacant]);
  await give(fresh);
  await written(fresh);
  expect(await toMend()).toEqual([]);
});

test('what is written about another unit mends nothing; a unit that takes this one over does', async () => {
  const other = await createUnit(database.db);
  await someone('deputy_leader', 'number');
  await tellReporter();
  const stranger = await createPerson(database.db, { unit_id: other.id, phone: anyPhone() });
  await givePost(database.db, { person: stranger, unit: other, role: 'reporter' });
  await written(stranger);
  expect(await toMend()).toEqual([vacant]);
  await database.db.transaction().execute(async (tx) => {
    await mergeUnit(tx, unit.id, { into: other.id, from_date: today });
    await closeMended(tx, now);
  });
  expect(await toMend()).toEqual([]);
});

test('a number that messages came back from is mended by another number, not by other posts', async () => {
  const [reporter] = [await someone('reporter', 'number'), await someone('deputy_leader', 'number')];
  await treat(database.db, await sent(reporter, await tellReporter()), bad, now);
  expect(await toMend()).toEqual([wrong]);
  await written(reporter);
  await written(await someone('reporter', 'number', { rank: 2 }));
  await written(null);
  expect(await toMend()).toEqual([wrong]);
  await give(reporter);
  await written(reporter);
  expect(await toMend()).toEqual([]);
});

test('a post that begins by itself is found when all is looked at that day', async () => {
  await someone('deputy_leader', 'number');
  await tellReporter();
  const fresh = await someone('reporter', 'number', { from: addDays(today, 1) });
  await written(fresh);
  expect(await toMend()).toEqual([vacant]);
  await written(null, later(now, DAY));
  expect(await toMend()).toEqual([]);
});

test('a message that was accepted closes it, whether or not the carrier said more', async () => {
  await someone('deputy_leader', 'number');
  await tellReporter();
  const reporter = await someone('reporter', 'number');
  const message = await sent(reporter, await tellReporter('item/1/yellow_card/0'));
  await treat(database.db, message, { do: 'await_receipt' }, now);
  await accepted(database.db, message, randomUUID());
  expect(await toMend()).toEqual([vacant]);
  await leaveUnconfirmed(database.db, message, now);
  expect(await toMend()).toEqual([]);
});

test('it ends with the thing, and is not asked for afterwards', async () => {
  const { db } = database;
  const [reporter] = [await someone('reporter', 'number'), await someone('deputy_leader', 'none')];
  const message = await sent(reporter, await tellReporter());
  await someone('principal_leader', 'number');
  await tellReporter();
  await treat(db, await sent(reporter, await tellReporter('report/1/bell/0')), bad, now);
  expect(await toMend()).toEqual([wrong, '联系号码无效，请补正分管领导'].toSorted());

  const states = () =>
    db
      .transaction()
      .execute((tx) => followStates(tx, 'supervision_item', [{ thing_id: item.id, at: now, wanted: [] }]));
  await states();
  expect(await toMend()).toHaveLength(2);
  await db.updateTable('supervision_item').set({ stage: 'closed' }).where('id', '=', item.id).execute();
  await states();
  expect(await toMend()).toEqual([]);
  await treat(db, message, bad, now);
  expect(await toMend()).toEqual([]);
});
