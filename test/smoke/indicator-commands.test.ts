import { expect, test } from 'vitest';
import { assessmentPeople, byMonth, released } from '../support/task.ts';
import { beginStory } from '../support/world.ts';

test('a command of an indicator task is given once, to the version that was read, and names what exists; units see their own tasks only', async () => {
  const city = await beginStory({ at: '2026-02-02 10:00' });
  const { admin, reviewer, leader, ...chain } = await assessmentPeople(city);
  const { reporter } = chain;
  const stranger = await city.unitWithPeople('民政局');
  const task = await released(city, admin, chain, byMonth);

  expect(await task.refuses(reporter, 'acknowledge', { reporter: stranger.reporter.person.id })).toBe(
    'unknown_person',
  );
  const read = await task.openedBy(reporter);
  await task.gives(reporter, 'acknowledge');
  const stale = await task.send(reporter, 'comment', { text: '已阅' }, { version: read.version });
  expect([stale.status, stale.body.code]).toEqual([412, 'if_match_failed']);

  const report = { period: '2026-01', value: '10.50', text: '按月推进' };
  const missing = { ...report, evidence_ids: ['00000000-0000-4000-8000-000000000000'] };
  expect(await task.refuses(reporter, 'report-progress', missing)).toBe('evidence_unusable');
  expect(await task.refuses(reporter, 'report-progress', { ...report, value: '1e3' })).toBe(
    'invalid_request',
  );
  const first = await task.send(reporter, 'report-progress', report, { key: 'the-same' });
  const again = await task.send(reporter, 'report-progress', report, { key: 'the-same' });
  expect([first.status, again.status, again.headers['idempotency-replayed']]).toEqual([200, 200, 'true']);
  expect(again.body.periods[0]).toMatchObject({ filed: { value: '10.5' }, colour: 'green' });
  expect((await task.events()).filter((type) => type === 'progress_reported')).toHaveLength(1);

  const listedBy = async (who: typeof reporter, query: string) =>
    ((await who.client.get(`/indicator-tasks?${query}`)).body.items as unknown[]).length;
  const found = [reporter, reviewer, leader].map((who) =>
    listedBy(who, 'year=2026&kind=individual&sort=next_at'),
  );
  expect(await Promise.all(found)).toEqual([1, 1, 1]);
  expect(await listedBy(stranger.reporter, 'year=2026')).toBe(0);
  expect(await listedBy(admin, 'stage=assigned')).toBe(0);
  expect(await listedBy(admin, `unit_id=${chain.unit.id}&card=none&stage=in_progress`)).toBe(1);
  expect(await stranger.reporter.client.get(task.path)).toMatchObject({ status: 404 });
  city.phonesAreRead();
  await city.ends();
});
