/** Whom a thing names is told while they have to do with its unit; who has left is passed over for whoever is on duty. */
import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { openMessage } from '../../db/message-opening.ts';
import { tell } from '../../db/notifications.ts';
import { audienceOf } from '../../db/retelling.ts';
import { seed } from '../../db/seed.ts';
import { remindOfSelfCheck } from '../../db/self-check.ts';
import { mergeUnit } from '../../db/unit-merge.ts';
import type { Chain } from '../../domain/deadline.ts';
import { weekOf } from '../../domain/cadence.ts';
import { defaultRecipientRules as rules } from '../../domain/recipient.ts';
import { addDays, instantOn, localDate, localDateOf } from '../../domain/time.ts';
import { person as acting } from '../domain/story.ts';
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

let [unit, office, elsewhere]: Unit[] = [];
let item: { id: string };
/** Named for the item, whoever is on duty instead, and the officer of the office with theirs. */
let [named, onDuty, officer, officeOnDuty]: Person[] = [];

beforeEach(async () => {
  const { db } = database;
  [unit, office, elsewhere] = [await createUnit(db), await createUnit(db), await createUnit(db)];
  [named, officer] = [await someone(unit), await someone(office)];
  [onDuty, officeOnDuty] = [await someone(unit, unit), await someone(office, office)];
  const reporter = named.id;
  const undertaking = acting((await someone(unit)).id, unit.id, 'undertaking_unit');
  item = await putItem(db, {
    facts: { due_on: localDate('2026-10-30'), lead_unit_id: unit.id },
    at: now,
    by: acting(officer.id, office.id, 'supervision_officer'),
    commands: [{ command: 'assign' }],
    life: (story) => story.by(undertaking, { command: 'acknowledge', reporter }),
  });
  await db
    .updateTable('supervision_item')
    .set({ officer_id: officer.id, office_unit_id: office.id })
    .where('id', '=', item.id)
    .execute();
});

async function someone(of: Unit, reporterOf?: Unit, to: typeof today | null = null): Promise<Person> {
  const person = await createPerson(database.db, { unit_id: of.id, phone: anyPhone() });
  if (reporterOf !== undefined)
    await givePost(database.db, { person, unit: reporterOf, role: 'reporter', rank: 1, to });
  return person;
}

const moves = (person: Person | undefined, to: Unit | undefined) =>
  database.db
    .updateTable('person')
    .set({ unit_id: to?.id ?? null })
    .where('id', '=', person?.id ?? '')
    .execute();

/** Whom the reporter's telling, or the officer's, goes to; and its id. */
async function told(chain: Chain, key: string) {
  return database.db.transaction().execute(async (tx) => {
    const { audience } = await audienceOf(tx, { thing_kind: 'supervision_item', thing_id: item.id });
    await tell(tx, {
      thing: { kind: 'supervision_item', id: item.id },
      event_version: 3,
      audience,
      telling: { level: 'bell', chain, role: 'reporter', key },
      warning_id: null,
      due: now,
      at: now,
    });
    return tx
      .selectFrom('notification')
      .select(['id', 'person_id'])
      .where('thing_id', '=', item.id)
      .where('key', 'like', `%/${key}/%`)
      .where('state', '=', 'pending')
      .executeTakeFirstOrThrow();
  });
}

const goesTo = async (chain: Chain = 'undertaking', key = `item/${randomUUID()}`) =>
  (await told(chain, key)).person_id;

test('who is named is told while they belong to the unit; when they have gone to another one, whoever is on duty is', async () => {
  expect(await goesTo()).toBe(named?.id);
  await moves(named, elsewhere);
  expect(await goesTo()).toBe(onDuty?.id);
  await moves(named, undefined);
  expect(await goesTo()).toBe(onDuty?.id);
  await moves(named, unit);
  expect(await goesTo()).toBe(named?.id);
});

test('who was named in capitals is told as well', async () => {
  const shouted = { lead_unit_id: unit?.id.toUpperCase(), people: { reporter: named?.id.toUpperCase() } };
  await database.db
    .updateTable('supervision_item')
    .set({
      state: sql`jsonb_set(state || ${JSON.stringify({ people: shouted.people })}::jsonb,
                           '{facts,lead_unit_id}', to_jsonb(${shouted.lead_unit_id}::text))`,
    })
    .where('id', '=', item.id)
    .execute();
  expect(await goesTo()).toBe(named?.id);
  await moves(named, elsewhere);
  expect(await goesTo()).toBe(onDuty?.id);
});

test('who never belonged to the unit is told as long as they hold a post of it', async () => {
  await moves(named, elsewhere);
  if (named === undefined || unit === undefined) throw new Error('nobody');
  const post = await givePost(database.db, { person: named, unit, role: 'direct_lead', to: today });
  expect(await goesTo()).toBe(named.id);
  const ends = { to_date: addDays(today, -1) };
  await database.db.updateTable('post').set(ends).where('id', '=', post).execute();
  expect(await goesTo()).toBe(onDuty?.id);
});

test('who has gone to the unit that this one was merged into has not left', async () => {
  const into = elsewhere?.id ?? '';
  await moves(named, elsewhere);
  await database.db
    .transaction()
    .execute((tx) => mergeUnit(tx, unit?.id ?? '', { into, from_date: addDays(today, 1) }));
  expect(await goesTo()).toBe(named?.id);
});

test('an officer who has left the office is passed over for whoever is on duty there', async () => {
  expect(await goesTo('reviewing')).toBe(officer?.id);
  await moves(officer, elsewhere);
  expect(await goesTo('reviewing')).toBe(officeOnDuty?.id);
});

test('what waits for somebody who leaves meanwhile goes to whoever is on duty', async () => {
  const { id } = await told('undertaking', 'item/1/bell/0');
  await moves(named, elsewhere);
  const { opened, elsewhere: handed } = await openMessage(
    database.db,
    {
      message_id: randomUUID(),
      person_id: named?.id ?? '',
      notification_ids: [id],
      digest: false,
      at: now,
      template: 'SMS_1',
    },
    rules,
  );
  expect(opened).toMatchObject({ nothing: true, gone: [id] });
  expect(handed).toMatchObject([{ person_id: onDuty?.id }]);
});

test('the weekly self-check reminds whoever is on duty in the place of somebody who has left, once', async () => {
  await moves(named, elsewhere);
  await remindOfSelfCheck(database.db, weekOf(today), now);
  const rows = await database.db
    .selectFrom('notification')
    .select('person_id')
    .where('key', 'like', '%weekly_self_check%')
    .where('thing_id', '=', item.id)
    .execute();
  expect(rows).toEqual([{ person_id: onDuty?.id }]);
  const reminded = await database.db
    .selectFrom('self_check_reminder')
    .select('person_id')
    .where('person_id', 'in', [named?.id ?? '', onDuty?.id ?? ''])
    .execute();
  expect(reminded).toEqual([{ person_id: onDuty?.id }]);
});
