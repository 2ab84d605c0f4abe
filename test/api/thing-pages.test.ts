/** What lies below a thing is about that thing, whatever else its messages carried. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { stamp } from '../../db/client.ts';
import { seed } from '../../db/seed.ts';
import { system } from '../../domain/process.ts';
import { instantOn, localDate } from '../../domain/time.ts';
import { testApi, type Client, type TestApi } from '../support/api.ts';
import { putItem } from '../support/items.ts';
import { createAccount, createUnit, givePost, type Unit } from '../support/people.ts';

const at = instantOn(localDate('2026-03-02'), '09:00');

let api: TestApi;
let roads: { readonly unit: Unit; readonly client: Client; readonly item: string };
let water: typeof roads;
let leader: { readonly id: string; readonly client: Client };
/** One message to the leader of both: a yellow card of the one, a red card of the other. */
const both = randomUUID();
const [yellow, red] = [randomUUID(), randomUUID()];

beforeAll(async () => {
  api = await testApi();
  await seed(api.db, at);
  const unitWithItem = async (name: string) => {
    const unit = await createUnit(api.db, { name });
    const account = await createAccount(api.db, { roles: ['undertaking_unit'], unit });
    const { id } = await putItem(api.db, {
      facts: { lead_unit_id: unit.id, due_on: localDate('2026-06-30') },
      at,
      by: system,
    });
    return { unit, client: await api.signedIn(account), item: id };
  };
  roads = await unitWithItem('公路局');
  water = await unitWithItem('水务局');
  const account = await createAccount(api.db, { roles: ['city_leader'] });
  for (const { unit } of [roads, water])
    await givePost(api.db, { person: account.person, unit, role: 'city_leader' });
  leader = { id: account.person.id, client: await api.signedIn(account) };
  await tell(both, [
    { id: yellow, item: roads.item, level: 'yellow_card' },
    { id: red, item: water.item, level: 'red_card' },
  ]);
});
afterAll(() => api.close());

type Carried = { readonly id: string; readonly item: string; readonly level: 'yellow_card' | 'red_card' };

/** A message to the leader as the rows have it once it has been sent. */
async function tell(message_id: string, all: readonly Carried[]): Promise<void> {
  await api.db
    .insertInto('message')
    .values({
      id: message_id,
      person_id: leader.id,
      phone_hash: 'hash',
      phone_masked: '138****0001',
      template: 'SMS_100000001',
      params: JSON.stringify({ count: String(all.length), date: '2026-03-01' }),
      level: all.some(({ level }) => level === 'red_card') ? 'red_card' : 'yellow_card',
      digest: false,
      state: 'accepted',
      claimed_at: stamp(at),
    })
    .execute();
  await api.db
    .insertInto('message_event')
    .values({
      message_id,
      at: stamp(at),
      what: 'claimed',
      detail: JSON.stringify({ carries: all.map(({ id }) => id), digest: false }),
    })
    .execute();
  for (const { id, item, level } of all)
    await api.db
      .insertInto('notification')
      .values({
        id,
        key: `${item}/${level}/${message_id}`,
        thing_kind: 'supervision_item',
        thing_id: item,
        event_version: 1,
        level,
        chain: 'undertaking',
        role: 'city_leader',
        named: false,
        person_id: leader.id,
        caused_at: stamp(at),
        state: 'pending',
        message_id,
      })
      .execute();
}

test('of a message for several things a unit sees what it said of its own, and nothing of another unit’s', async () => {
  for (const [{ client, item }, mine, level, others] of [
    [roads, yellow, 'yellow_card', [water.item, red]],
    [water, red, 'red_card', [roads.item, yellow]],
  ] as const) {
    const { body } = await client.get(`/supervision-items/${item}/messages`);
    expect(body.notifications.map(({ id }: { id: string }) => id)).toEqual([mine]);
    expect(body.messages).toMatchObject([
      { id: both, level, params: {}, notifications: [{ id: mine, thing_id: item, level }] },
    ]);
    expect(body.messages[0].trail).toMatchObject([{ what: 'claimed', detail: { digest: false } }]);
    for (const foreign of others) expect(JSON.stringify(body)).not.toContain(foreign);
    // It is a page of one thing to whoever may see both as well.
    expect((await leader.client.get(`/supervision-items/${item}/messages`)).body).toEqual(body);
  }
});

test('a message about one thing alone is shown with what it said', async () => {
  const alone = randomUUID();
  const id = randomUUID();
  await tell(alone, [{ id, item: roads.item, level: 'red_card' }]);
  const { body } = await roads.client.get(`/supervision-items/${roads.item}/messages`);
  expect(body.messages.find((message: { id: string }) => message.id === alone)).toMatchObject({
    level: 'red_card',
    params: { count: '1', date: '2026-03-01' },
    notifications: [{ id }],
  });
});

test('whoever reads all messages reads each as it was', async () => {
  const office = await createAccount(api.db, { roles: ['supervision_officer'] });
  const { body } = await (await api.signedIn(office)).get('/messages');
  const message = body.items.find(({ id }: { id: string }) => id === both);
  expect(message).toMatchObject({ level: 'red_card', params: { count: '2' } });
  expect(message.notifications.map(({ id }: { id: string }) => id).toSorted()).toEqual(
    [yellow, red].toSorted(),
  );
  expect(message.trail[0].detail.carries).toEqual([yellow, red]);
});
