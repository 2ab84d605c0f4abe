/** The auditor proves that nobody who had to be told is missing: take away one record, and it names it. */
import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { recipientFaults } from '../../db/auditor-recipients.ts';
import { findFaults } from '../../db/auditor.ts';
import { begin } from '../../db/projecting.ts';
import { seed } from '../../db/seed.ts';
import { supervisionItems } from '../../db/supervision-item.ts';
import { isRefusal } from '../../domain/refusal.ts';
import {
  create,
  evolveAll,
  supervisionItem,
  type Command,
  type Event,
  type SupervisionItem,
} from '../../domain/supervision-item.ts';
import { localDate } from '../../domain/time.ts';
import type { PostRole } from '../../domain/vocabulary.ts';
import { cardShown, defaultRules } from '../../domain/watching.ts';
import { policiesWith, policy } from '../domain/item-story.ts';
import { calendar } from '../domain/official-calendar.ts';
import { at, person, Story } from '../domain/story.ts';
import { freshDatabase, type FreshDatabase } from '../support/database.ts';
import { createPerson, createUnit, givePost, type Person, type Unit } from '../support/people.ts';

let database: FreshDatabase;
beforeAll(async () => {
  database = await freshDatabase();
  await seed(database.db, at('2026-11-02 09:00'));
});
afterAll(() => database.drop());

async function someone(unit: Unit, ...roles: readonly PostRole[]): Promise<Person> {
  const phone_hash = randomUUID();
  const phone = { phone_cipher: `test:${phone_hash}`, phone_hash, phone_masked: '138****0000' };
  return holding(roles, await createPerson(database.db, { unit_id: unit.id, phone }), unit);
}

async function holding(roles: readonly PostRole[], person: Person, unit: Unit): Promise<Person> {
  for (const role of roles) await givePost(database.db, { person, unit, role });
  return person;
}

let items = 0;

/** A road that is due on 20 November and that nobody mends: the whole ladder, and the climb on the 23rd. */
async function neglected(
  lead: Unit,
  lost: readonly Event['type'][] = [],
): Promise<{ id: string; number: string }> {
  const { db } = database;
  const office = await createUnit(db);
  const officer = person((await someone(office, 'reporter')).id, office.id, 'supervision_officer');
  const unit = person((await someone(lead)).id, lead.id, 'undertaking_unit');
  const [id, number] = [randomUUID(), `督〔2026〕8${String((items += 1)).padStart(3, '0')}`];
  const on = at('2026-11-02 09:00');
  const facts = {
    number,
    title: '修复滨河路',
    aspect: 'key_work',
    sub_aspect: null,
    source: { level: 'municipal', document: null, instructed_by: null },
    item_class: 'dated',
    due_on: localDate('2026-11-20'),
    lead_unit_id: lead.id,
    assisting_unit_ids: [],
    report_cycle: { kind: 'none' },
    importance: 'normal',
  } as const;
  const policies = policiesWith(policy('standard'));
  const born = create({ facts, rules: defaultRules, policies }, { by: officer, at: on, calendar });
  if (isRefusal(born)) throw new Error(born.detail);
  const story = new Story<SupervisionItem, Command, Event>(supervisionItem, born, {
    on,
    calendar,
    office: officer,
  });
  story.by(officer, { command: 'assign' }).by(unit, { command: 'acknowledge' }).until(now);
  const events = story.events.filter(({ type }) => !lost.includes(type));
  const state = evolveAll(null, events);
  await begin(db, supervisionItems, [
    {
      thing: { kind: 'supervision_item', id },
      number,
      created_at: on,
      events: events.map((event, index) => ({ version: index + 1, event, command_id: null })),
      state,
      card: cardShown(state),
      next: supervisionItem.next(state),
      office: { officer_id: officer.person_id, office_unit_id: office.id },
    },
  ]);
  return { id, number };
}

const now = at('2026-11-24 09:00');

async function unitWith(...posts: readonly (readonly PostRole[])[]): Promise<Unit> {
  const unit = await createUnit(database.db);
  for (const roles of posts) await someone(unit, ...roles);
  return unit;
}

const about = async ({ number }: { number: string }) =>
  (await recipientFaults(database.db, now))
    .filter((fault) => fault.startsWith(number))
    .map((fault) => fault.slice(number.length + 2));

/** Without one of its records, which is put back afterwards. */
async function without(item: { id: string; number: string }, role: PostRole, key: string): Promise<string[]> {
  const { db } = database;
  const { rows } = await sql<{ row: string }>`
    delete from notification where thing_id = ${item.id} and role = ${role} and key like ${`%/${key}/%`}
    returning to_jsonb(notification)::text as row`.execute(db);
  expect(rows).toHaveLength(1);
  const faults = await about(item);
  await sql`
    insert into notification
    select * from jsonb_populate_record(null::notification, ${rows[0]?.row}::jsonb)`.execute(db);
  return faults;
}

test('every recipient of every warning is on record, and of a red card that climbed whoever it climbed to', async () => {
  const item = await neglected(
    await unitWith(['reporter'], ['deputy_leader'], ['principal_leader'], ['city_leader']),
  );
  expect(await about(item)).toEqual([]);
  expect((await findFaults(database.db, now)).filter((fault) => fault.includes(item.number))).toEqual([]);

  expect(await without(item, 'reporter', 'item/1/bell/0')).toEqual([
    'item/1/bell/0 was not told to reporter',
  ]);
  expect(await without(item, 'reporter', 'item/1/yellow_card/0')).toEqual([
    'item/1/yellow_card/0 was not told to reporter',
  ]);
  for (const role of ['principal_leader', 'deputy_leader', 'reporter'] as const)
    expect(await without(item, role, 'item/1/red_card/0')).toEqual([
      `item/1/red_card/0 was not told to ${role}`,
    ]);
  expect(await without(item, 'city_leader', 'item/1/climbed/0')).toEqual([
    'item/1/climbed/0 was not told to city_leader',
  ]);
  expect(await about(item)).toEqual([]);
});

test('a red card that nobody opened and that has not climbed is named', async () => {
  const unit = await unitWith(['reporter'], ['deputy_leader'], ['principal_leader'], ['city_leader']);
  expect(await about(await neglected(unit, ['red_card_climbed']))).toEqual([
    'item/1/red_card/0 to city_leader did not climb, due 2026-11-23 24:00',
  ]);
});

test('where a post is vacant whoever stands above it is on record; who holds two posts is told once, and that is no fault', async () => {
  const vacant = await neglected(await unitWith(['reporter'], ['deputy_leader'], ['city_leader']));
  expect(await about(vacant)).toEqual([]);
  expect(await without(vacant, 'city_leader', 'item/1/red_card/0')).toEqual([
    'item/1/red_card/0 was not told to city_leader',
  ]);
  const both = await neglected(await unitWith(['reporter', 'deputy_leader'], ['principal_leader']));
  expect(await about(both)).toEqual([]);
  expect(await without(both, 'principal_leader', 'item/1/red_card/0')).toEqual([
    'item/1/red_card/0 was not told to principal_leader',
  ]);
});

test('who holds two posts and could not be reached in the one was not told in the other either: whoever stands above both was', async () => {
  const unit = await unitWith(['principal_leader']);
  const mute = await createPerson(database.db, { unit_id: unit.id });
  const both = await holding(['reporter', 'deputy_leader'], mute, unit);
  const item = await neglected(unit);
  expect(await about(item)).toEqual([]);
  expect(await without(item, 'principal_leader', 'item/1/bell/0')).toEqual([
    'item/1/bell/0 was not told to principal_leader',
  ]);
  // As it was kept before: the fall-back ended with the person's other post, and nobody was told.
  await database.db
    .deleteFrom('notification')
    .where('thing_id', '=', item.id)
    .where('key', 'like', '%/item/1/bell/%')
    .where((eb) => eb.or([eb('role', '=', 'principal_leader'), eb('key', 'like', `%/${both.id}~2`)]))
    .execute();
  expect(await about(item)).toEqual(['item/1/bell/0 was not told to deputy_leader']);
});

test('a stand-in who had the red card at once is not told of it again when it climbs, and the record says why', async () => {
  const { db } = database;
  const item = await neglected(await unitWith(['reporter'], ['deputy_leader'], ['city_leader']));
  const rows = await db
    .selectFrom('notification')
    .select(['key', 'state', 'reason'])
    .where('thing_id', '=', item.id)
    .where('role', '=', 'city_leader')
    .orderBy('caused_at')
    .execute();
  expect(rows).toMatchObject([
    { key: expect.stringContaining('/item/1/red_card/0/'), state: 'pending' },
    { key: expect.stringContaining('/item/1/climbed/0/'), state: 'suppressed', reason: 'told_already' },
  ]);
  // As it was sent before that was looked at.
  await db
    .updateTable('notification')
    .set({ state: 'delivered', reason: null })
    .where('thing_id', '=', item.id)
    .where('role', '=', 'city_leader')
    .execute();
  expect((await recipientFaults(db, now)).filter((fault) => fault.includes(item.id))).toEqual([
    expect.stringMatching(/\/item\/1\/red_card\/0\/.* was told when it was given and when it climbed$/),
  ]);
});
