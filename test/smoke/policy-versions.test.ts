import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { openServer } from '../../server-assembly.ts';
import { signedIn, testSettings } from '../support/api.ts';
import { underWay, usualPeople, type Matter } from '../support/matter.ts';
import { assessmentPeople, byMonth, released } from '../support/task.ts';
import { beginStory, eventually, RECEIPT_SECRET, type Someone, type World } from '../support/world.ts';

/** Publishes the next version of `standard`, whose bell rings so many working days before. */
async function publishesBell(who: Someone, amount: number): Promise<void> {
  const { body } = await who.client.get('/warning-policies/standard');
  const { version: _, created_at: __, ...standard } = body;
  const [bell, ...others] = standard.levels;
  const levels = [{ ...bell, moment: { ...bell.moment, amount } }, ...others];
  expect((await who.client.post('/warning-policies', { ...standard, levels })).status).toBe(201);
}

async function seesInAdvance(who: Someone, sort: 'warning' | 'progress', name: string) {
  const proposed = await who.client.post('/policy-applications', { sort, name });
  expect(proposed, JSON.stringify(proposed.body)).toMatchObject({ status: 201 });
  return proposed.body;
}

const applies = (who: Someone, id: string) =>
  who.client.post(`/policy-applications/${id}/commands/apply`, {});

const bellOf = async (item: Matter, who: Someone) =>
  (await item.openedBy(who)).next_deadline.at.slice(0, 10) as string;

test('R-035 R-037 a policy’s new version is applied to what is open as it was seen in advance: tomorrow’s bell moves, exactly the right phones ring, other policies and closed things stay', async () => {
  const city = await beginStory({ at: '2026-09-14 10:00' });
  const { officer, colleague, unit, reporter, deputy, principal } = await usualPeople(city);
  const tax = await city.unitWithPeople('税务局');
  const facts = { due_on: '2026-09-24', lead_unit_id: unit.id };
  const item = await underWay(city, officer, reporter, facts);
  const closed = await underWay(city, officer, reporter, facts);
  const byRule710 = await underWay(city, officer, tax.reporter, {
    item_class: 'complex_item',
    lead_unit_id: tax.unit.id,
  });
  await closed.gives(reporter, 'request-close', { result: '已完成' });
  await closed.gives(officer, 'approve', { rating: 'good' });
  const ended = await closed.openedBy(officer);
  await city.travelTo('2026-09-20 10:00');
  for (const { phone } of [reporter, tax.reporter]) await phone.expects('1项待办');
  // A Sunday that is worked: the bell is due tomorrow.
  expect(await bellOf(item, officer)).toBe('2026-09-21');

  await publishesBell(officer, -2);
  expect(await bellOf(item, officer)).toBe('2026-09-21');
  const seen = await seesInAdvance(officer, 'warning', 'standard');
  expect(seen).toMatchObject({ policy_version: 2, concerned: 1, moved: 1, cannot_move: [] });
  expect(seen.moves[0]).toMatchObject({
    id: item.id,
    warnings: [{ what: 'bell', old_at: '2026-09-21T09:00:00+08:00', new_at: '2026-09-22T09:00:00+08:00' }],
  });
  // [D] The one who saw it in advance may apply it.
  const applied = await applies(officer, seen.id as string);
  expect(applied).toMatchObject({ status: 200, body: { stage: 'applied', total: 1, done: 1, moved: 1 } });
  expect(await bellOf(item, officer)).toBe('2026-09-22');
  const { body: told } = await officer.client.get(`${item.path}/events`);
  expect(told.items.at(-1)).toMatchObject({
    type: 'replanned',
    actor: { id: officer.person.id },
    title: '按新的预警策略重新计算',
    body: { policies: { item: { name: 'standard', version: 2 } } },
  });

  await city.travelTo('2026-09-21 12:00');
  for (const { phone } of [reporter, deputy, principal]) phone.isSilent();
  await city.travelTo('2026-09-22 09:05');
  await reporter.phone.expects('2026-09-24');
  for (const { phone } of [deputy, principal]) phone.isSilent();
  expect(await item.warnings()).toEqual(['item/2 bell']);

  // Nothing has frozen an older one any more: applied again it concerns nobody, and nobody hears of it.
  const again = await seesInAdvance(colleague, 'warning', 'standard');
  expect(again).toMatchObject({ concerned: 0, moved: 0 });
  expect((await applies(colleague, again.id as string)).body).toMatchObject({ stage: 'applied', done: 0 });
  expect((await item.events()).filter((type) => type === 'replanned')).toHaveLength(1);
  expect(await byRule710.events()).not.toContain('replanned');
  expect(await closed.openedBy(officer)).toEqual(ended);

  // Stricter than time allows: what was still to come is not lost, it comes at once.
  const late = await underWay(city, officer, reporter, { ...facts, due_on: '2026-09-29' });
  expect(await bellOf(late, officer)).toBe('2026-09-24');
  await publishesBell(officer, -9);
  const strict = await seesInAdvance(officer, 'warning', 'standard');
  expect(strict).toMatchObject({ concerned: 2, moved: 1, moves: [{ id: late.id }] });
  await applies(officer, strict.id as string);
  await city.travelTo('2026-09-22 10:00');
  expect(await late.warnings()).toEqual(['item/2 bell']);
  await reporter.phone.expects('1项待办，最近一项将于2026-09-29到期');
  await city.ends();
});

test('R-035 a policy by progress is applied to tasks: the next checkpoint is judged by it, and what was judged stays', async () => {
  const city = await beginStory({ at: '2026-01-05 09:00' });
  const { admin, ...chain } = await assessmentPeople(city);
  const { reporter, deputy, principal } = chain;
  const task = await released(city, admin, chain, byMonth);
  await task.gives(reporter, 'acknowledge');
  // January is missed: 8.33 points behind are a bell.
  await city.travelTo('2026-02-14 10:00');
  const byProgress = async () => (await task.warnings()).filter((one) => one.startsWith('progress'));
  expect(await byProgress()).toEqual(['progress/2026-01/2 bell']);

  const { body } = await admin.client.get('/progress-policies/progress');
  const { version: _, created_at: __, ...shipped } = body;
  const bands = [{ level: 'red_card', behind: { points: '5', included: true } }];
  expect((await admin.client.post('/progress-policies', { ...shipped, bands })).status).toBe(201);
  const seen = await seesInAdvance(admin, 'progress', 'progress');
  expect(seen).toMatchObject({ sort: 'progress', concerned: 1, moved: 1 });
  const given = (seen.moves[0].warnings as { what: string; new_at: string | null }[]).map(
    ({ what, new_at }) => `${new_at === null ? 'no ' : ''}${what}`,
  );
  expect(given.toSorted()).toEqual(['no yellow_card', 'red_card']);
  expect(await applies(admin, seen.id as string)).toMatchObject({ body: { stage: 'applied', done: 1 } });
  expect(await task.openedBy(reporter)).toMatchObject({ progress: { period: '2026-01', behind: '8.33' } });
  expect(await byProgress()).toEqual(['progress/2026-01/2 bell']);

  await city.travelTo('2026-03-20 10:00');
  expect((await byProgress()).slice(1)).toEqual([expect.stringMatching(/^progress\/2026-02\/\d red_card$/)]);
  expect(await task.openedBy(principal)).toMatchObject({ card: 'red_card' });
  await task.openedBy(deputy);
  city.phonesAreRead();
  await city.ends();
});

/** Another server of the same city. */
const anotherServer = (city: World) =>
  openServer({
    databaseUrl: city.url,
    temporal: { ...city.workerSurroundings.temporal, uiUrl: null },
    taskQueues: city.taskQueues,
    settings: { ...testSettings, timeTravel: true },
    phones: city.phones,
    receiptSecret: RECEIPT_SECRET,
    evidence: {
      folder: `/tmp/dukao-${randomUUID()}`,
      uploadMaxBytes: 1024,
      unitQuotaBytes: 1024 ** 3,
      leastFreeBytes: 0,
    },
    log: city.workerSurroundings.log,
  });

test(
  'the server goes down while processes are told: the next one goes on where it was, and each moves once',
  { timeout: 120_000 },
  async () => {
    const city = await beginStory({ at: '2026-09-14 10:00' });
    const { officer, unit, reporter } = await usualPeople(city);
    const items: Matter[] = [];
    for (let n = 0; n < 10; n += 1)
      items.push(await underWay(city, officer, reporter, { due_on: '2026-09-24', lead_unit_id: unit.id }));
    await publishesBell(officer, -2);
    const { id } = await seesInAdvance(officer, 'warning', 'standard');

    // The last of them cannot be written, so it does not answer, and the work stands still before its end.
    const last =
      items
        .map((item) => item.id)
        .toSorted()
        .at(-1) ?? '';
    const first = await anotherServer(city);
    const client = await signedIn(first.app, city.db, officer.account);
    const stands = Promise.withResolvers<void>();
    const held = city.db.transaction().execute(async (tx) => {
      await sql`select from supervision_item where id = ${last} for update`.execute(tx);
      await stands.promise;
    });
    const asked = client.post(`/policy-applications/${id}/commands/apply`, {}).catch(() => null);
    const progress = async () => (await officer.client.get(`/policy-applications/${id}`)).body;
    await eventually(async () => ((await progress()).done === 8 ? true : null), 'eight have been told');
    expect(await progress()).toMatchObject({ stage: 'applying', total: 10, done: 8, moved: 10 });
    const down = first.close();
    await asked;
    await down;
    expect(await progress()).toMatchObject({ stage: 'applying', done: 8 });
    stands.resolve();
    await held;

    const second = await anotherServer(city);
    await second.app.listen({ host: '127.0.0.1', port: 0 });
    await eventually(
      async () => ((await progress()).stage === 'applied' ? true : null),
      'the next server has gone on',
      30_000,
    );
    expect(await progress()).toMatchObject({ total: 10, done: 10, moved: 10, cannot_move: [] });
    await second.close();
    for (const item of items) {
      expect((await item.events()).filter((type) => type === 'replanned')).toHaveLength(1);
      expect(await bellOf(item, officer)).toBe('2026-09-22');
    }
    await city.travelTo('2026-09-14 11:00');
    await reporter.phone.expects('10项待办');
    await city.travelTo('2026-09-22 09:05');
    await reporter.phone.expects('10项待办');
    await city.ends();
  },
);
