import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { markHandedOver } from '../../db/hand-overs.ts';
import { openMessage, type Opening } from '../../db/message-opening.ts';
import { leaveUnconfirmed, treat } from '../../db/messages.ts';
import { tell } from '../../db/notifications.ts';
import { concludeWithoutRecord, tellAgain } from '../../db/reconciling.ts';
import { seed } from '../../db/seed.ts';
import { system } from '../../domain/process.ts';
import { defaultRecipientRules as rules } from '../../domain/recipient.ts';
import { instantOn, later, localDate } from '../../domain/time.ts';
import { freshDatabase, type FreshDatabase } from '../support/database.ts';
import { putItem } from '../support/items.ts';
import { createPerson, createUnit, givePost, type Person } from '../support/people.ts';

const now = instantOn(localDate('2026-09-14'), '10:00');
let database: FreshDatabase;
beforeAll(async () => {
  database = await freshDatabase();
  await seed(database.db, now);
});
afterAll(() => database.drop());

type Several = { readonly person: Person; readonly ids: readonly string[] };

/** Told of several things; of their ids the greatest first. */
async function several(): Promise<Several> {
  const { db } = database;
  const unit = await createUnit(db);
  const phone = {
    phone_cipher: `test:${randomUUID()}`,
    phone_hash: randomUUID(),
    phone_masked: '138****0000',
  };
  const person = await createPerson(db, { unit_id: unit.id, phone });
  await givePost(db, { person, unit, role: 'reporter' });
  const item = await putItem(db, {
    facts: { due_on: localDate('2026-10-30'), lead_unit_id: unit.id },
    at: now,
    by: system,
    commands: [{ command: 'assign' }],
  });
  const audience = {
    lead_unit_id: unit.id,
    office_unit_id: null,
    officer_id: null,
    reviewed: null,
    people: {},
  };
  for (const key of ['a', 'b', 'c', 'd'])
    await db.transaction().execute((tx) =>
      tell(tx, {
        thing: { kind: 'supervision_item', id: item.id },
        event_version: 2,
        audience,
        telling: { level: 'bell', chain: 'undertaking', role: 'reporter', key },
        warning_id: null,
        due: null,
        at: now,
      }),
    );
  const rows = await db
    .selectFrom('notification')
    .select('id')
    .where('thing_id', '=', item.id)
    .where('person_id', '=', person.id)
    .where('state', '=', 'pending')
    .orderBy('id', 'desc')
    .execute();
  return { person, ids: rows.map(({ id }) => id) };
}

const opening = ({ person, ids }: Several): Opening => ({
  message_id: randomUUID(),
  person_id: person.id,
  notification_ids: ids,
  digest: false,
  at: now,
  template: 'SMS_1',
});

async function inMessage(told: Several): Promise<string> {
  const open = opening(told);
  expect((await openMessage(database.db, open, rules)).opened).toMatchObject({
    carries: expect.any(Array) as unknown,
  });
  return open.message_id;
}

type Change = (told: Several, message_id: string) => Promise<unknown>;

const changes: Readonly<Record<string, readonly ['waiting' | 'in a message', Change]>> = {
  'marked as handed over': ['in a message', ({ ids }) => markHandedOver(database.db, ids)],
  'told again': ['waiting', ({ ids }) => tellAgain(database.db, ids)],
  'concluded without a record': ['waiting', ({ ids }) => concludeWithoutRecord(database.db, ids)],
  'put into a message': ['waiting', (told) => openMessage(database.db, opening(told), rules)],
  delivered: [
    'in a message',
    (_, id) => treat(database.db, id, { do: 'ended', state: 'delivered', errCode: null }, now),
  ],
  'given up': [
    'in a message',
    (_, id) => treat(database.db, id, { do: 'ended', state: 'undelivered', errCode: 'MK:0001' }, now),
  ],
  'left unconfirmed': ['in a message', (_, id) => leaveUnconfirmed(database.db, id, now)],
  'released for later': [
    'in a message',
    (_, id) => treat(database.db, id, { do: 'hold_for_repair', code: 'isv.SMS_SIGNATURE_ILLEGAL' }, now),
  ],
};

test.for(Object.entries(changes))(
  'notifications are %s in the order of their ids: who waits for the first holds none of the others',
  async ([, [from, change]]) => {
    const { db } = database;
    const told = await several();
    const message_id = from === 'waiting' ? randomUUID() : await inMessage(told);
    const [first, ...others] = told.ids.toReversed();
    let changing: Promise<unknown> | undefined;
    await db.transaction().execute(async (tx) => {
      await tx
        .updateTable('notification')
        .set({ handed_over: false })
        .where('id', '=', first ?? '')
        .execute();
      changing = change(told, message_id);
      await somebodyWaits();
      const free = await tx
        .selectFrom('notification')
        .select('id')
        .where('id', 'in', others)
        .forNoKeyUpdate()
        .skipLocked()
        .execute();
      expect(free).toHaveLength(others.length);
    });
    await changing;
  },
);

async function somebodyWaits(): Promise<void> {
  for (const until = Date.now() + 5_000; Date.now() < until; await pause(10)) {
    const { rows } = await sql`
      select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`.execute(
      database.db,
    );
    if (rows.length > 0) return;
  }
  throw new Error('nobody waits');
}

test('answers for one message that come at the same time are taken one after the other', async () => {
  const { db } = database;
  for (let times = 0; times < 10; times += 1) {
    const message_id = await inMessage(await several());
    const answers = [1, 2, 3].map((after) =>
      treat(db, message_id, { do: 'ended', state: 'delivered', errCode: null }, later(now, after)),
    );
    for (const { ended } of await Promise.all(answers)) expect(ended).toBe(true);
  }
});
