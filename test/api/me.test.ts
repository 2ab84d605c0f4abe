import { afterAll, beforeAll, expect, test } from 'vitest';
import { addDays, DAY, localDateOf } from '../../domain/time.ts';
import { wallNow } from '../../db/clock.ts';
import { testApi, testSettings, type TestApi } from '../support/api.ts';
import { createAccount, createUnit, givePost } from '../support/people.ts';

let api: TestApi;
beforeAll(async () => {
  api = await testApi({ settings: { ...testSettings, timeTravel: true } });
});
afterAll(() => api.close());

test('everybody can read who they are, where they belong and what they may do', async () => {
  const unit = await createUnit(api.db);
  const account = await createAccount(api.db, { roles: ['security_admin'], unit });
  const { body } = await (await api.signedIn(account)).get('/me');
  expect(body).toMatchObject({
    account: account.account,
    name: account.person.name,
    unit: { id: unit.id, name: unit.name },
    roles: ['security_admin'],
    portfolio: [],
  });
  expect(body.rights).toContain('grant_roles');
  expect(body.rights).not.toContain('create_account');
});

test('a city leader’s portfolio is the units of the posts held on the story’s day', async () => {
  const [before, now, soon] = [await createUnit(api.db), await createUnit(api.db), await createUnit(api.db)];
  const leader = await createAccount(api.db, { roles: ['city_leader'] });
  const today = localDateOf(wallNow());
  const post = { person: leader.person, role: 'city_leader' } as const;
  await givePost(api.db, { ...post, unit: before, to: addDays(today, -1) });
  await givePost(api.db, { ...post, unit: now, to: addDays(today, 5) });
  await givePost(api.db, { ...post, unit: soon, from: addDays(today, 6) });
  // Leading one's own unit is another post and gives no portfolio.
  await givePost(api.db, { person: leader.person, role: 'principal_leader', unit: before });

  const client = await api.signedIn(leader);
  expect((await client.get('/me')).body.portfolio).toEqual([now.id]);
  await api.db
    .insertInto('story_clock')
    .values({ offset_ms: String(10 * DAY) })
    .execute();
  expect((await client.get('/me')).body.portfolio).toEqual([soon.id]);
});
