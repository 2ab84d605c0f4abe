import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Db } from '../../db/client.ts';
import { resealPhones } from '../../db/phone-keys.ts';
import { sealing } from '../../server-assembly.ts';
import { createPhoneCipher, PhoneUnreadable, type PhoneKey } from '../../sms/phone-cipher.ts';
import { freshDatabase, type FreshDatabase } from '../support/database.ts';
import { createPerson } from '../support/people.ts';

let db: Db;
let database: FreshDatabase;
beforeAll(async () => {
  database = await freshDatabase();
  ({ db } = database);
});
afterAll(() => database.drop());

const key = (id: string): PhoneKey => ({ id, secret: randomBytes(32), algorithm: 'aes-256-gcm' });

test('numbers under the former key are written anew with the current one, and what was sent to them is still counted', async () => {
  const [former, current, lost] = [key('2025'), key('2026'), key('lost')];
  const before = sealing(createPhoneCipher([former]));
  const both = createPhoneCipher([current, former]);
  const now = sealing(both);
  const numbers = ['13800001111', '13800001112'];
  const people = await Promise.all(
    numbers.map((number) => createPerson(db, { phone: before.seal(number) ?? never() })),
  );
  await createPerson(db, { phone: now.seal('13800001113') ?? never() });
  await createPerson(db, { phone: sealing(createPhoneCipher([lost])).seal('13800001114') ?? never() });
  await createPerson(db);
  const message = {
    person_id: people[0]?.id ?? '',
    template: 'SMS_1',
    params: '{}',
    level: 'notice',
    digest: false,
    claimed_at: new Date(0),
  } as const;
  const { phone_cipher: _, ...arrived } = before.seal('13800001111') ?? never();
  // On its way to a number that the person has given up meanwhile.
  const underWay = before.seal('13800001115') ?? never();
  await db
    .insertInto('message')
    .values([
      { ...message, id: randomUUID(), state: 'delivered', phone_cipher: null, ...arrived },
      { ...message, id: randomUUID(), state: 'unknown', ...underWay },
    ])
    .execute();
  const reseal = (text: string) => {
    try {
      return now.seal(now.open(text));
    } catch (error) {
      if (error instanceof PhoneUnreadable) return null;
      throw error;
    }
  };

  expect(await resealPhones(db, { keyId: both.keyId, reseal })).toEqual({ resealed: 3, unreadable: 1 });
  const rows = await db
    .selectFrom('person')
    .select(['phone_cipher', 'phone_hash'])
    .where(
      'id',
      'in',
      people.map(({ id }) => id),
    )
    .orderBy('phone_masked')
    .execute();
  const only = sealing(createPhoneCipher([current]));
  expect(rows.map(({ phone_cipher }) => only.open(phone_cipher ?? '')).toSorted()).toEqual(numbers);
  const sent = await db.selectFrom('message').selectAll().orderBy('phone_masked').execute();
  expect(sent.map(({ phone_hash }) => phone_hash)).toEqual(
    ['13800001111', '13800001115'].map((number) => only.seal(number)?.phone_hash),
  );
  expect(sent.map(({ phone_cipher }) => phone_cipher && only.open(phone_cipher))).toEqual([
    null,
    '13800001115',
  ]);
  expect(await resealPhones(db, { keyId: both.keyId, reseal })).toEqual({ resealed: 0, unreadable: 1 });
});

const never = (): never => {
  throw new Error('a number that is none');
};
