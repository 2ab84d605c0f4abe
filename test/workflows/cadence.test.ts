/** What runs by the calendar: each run once for its day, visible, and as a schedule that stands as it is wanted. */
import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { expect, test, vi } from 'vitest';
import { cadences } from '../../domain/cadence.ts';
import { DAY, HOUR } from '../../domain/time.ts';
import { ensureSchedules } from '../../workflows/schedules.ts';
import { administrator, runs } from '../support/cadences.ts';
import { underWay, usualPeople } from '../support/matter.ts';
import { endsOf } from '../support/messages.ts';
import { beginStory, eventually, type World } from '../support/world.ts';

test('R-051 on a Monday whoever reports on something open is reminded once, and not again for the same week', async () => {
  const city = await beginStory({ at: '2026-09-12 10:00' });
  const { officer, colleague, reporter, deputy, unit } = await usualPeople(city);
  const other = await city.unitWithPeople('水利局');
  await underWay(city, officer, reporter, { due_on: '2026-12-30', lead_unit_id: unit.id });
  await underWay(city, officer, reporter, { due_on: '2026-11-30', lead_unit_id: unit.id });
  const ended = await underWay(city, officer, other.reporter, {
    due_on: '2026-12-30',
    lead_unit_id: other.unit.id,
  });
  await ended.gives(other.reporter, 'request-close', { result: '已完成' });
  await ended.gives(colleague, 'approve', { rating: 'good' });
  await city.travelTo('2026-09-14 09:00');
  city.phonesAreRead();
  const admin = await administrator(city);
  expect(await runs(admin, 'weekly_self_check')).toMatchObject({
    for: '2026-09-14',
    numbers: { reminded: expect.any(Number) },
  });
  await city.travelTo('2026-09-14 09:10');
  await reporter.phone.expects('您有1项待办，最近一项将于2026-11-30到期');
  expect(await runs(admin, 'weekly_self_check')).toMatchObject({ numbers: { reminded: 0 } });
  expect(await runs(admin, 'weekly_self_check', '2026-09-07')).toMatchObject({ numbers: { reminded: 0 } });
  await city.travelTo('2026-09-14 10:00');
  reporter.phone.isSilent();
  deputy.phone.isSilent();
  await endsOf(city);
  await city.ends();
});

test('R-052 a month is closed once, by what was so when it ended', async () => {
  const city = await beginStory({ at: '2026-08-03 10:00' });
  const { officer, colleague, reporter, unit } = await usualPeople(city);
  const late = await underWay(city, officer, reporter, { due_on: '2026-08-20', lead_unit_id: unit.id });
  await underWay(city, officer, reporter, { due_on: '2026-12-30', lead_unit_id: unit.id });
  // Done, and the office does not look at it: its bell, yellow and red cards are no cards of the unit.
  const waiting = await underWay(city, officer, reporter, { due_on: '2026-12-30', lead_unit_id: unit.id });
  await waiting.gives(reporter, 'request-close', { result: '已完成' });
  await city.travelTo('2026-09-01 10:00');
  // Closed since: on 31 August it was open and red.
  await late.gives(reporter, 'request-close', { result: '已完成' });
  await late.gives(colleague, 'approve', { rating: 'good' });
  const admin = await administrator(city);
  expect(await runs(admin, 'monthly_close', '2026-08-15')).toMatchObject({ numbers: { units: 4 } });
  expect(await runs(admin, 'monthly_close')).toMatchObject({ for: '2026-09-01' });
  const closed = () =>
    city.db
      .selectFrom('period_close')
      .selectAll()
      .where('unit_id', '=', unit.id)
      .where('month', '=', '2026-08')
      .executeTakeFirstOrThrow();
  const first = await closed();
  const { rows: reds } = await sql<{ chain: string; cards: number }>`
    select chain, count(*)::int as cards from warning where level = 'red_card' group by chain order by chain`.execute(
    city.db,
  );
  // One of them and its two repeats.
  expect(reds).toEqual([
    { chain: 'reviewing', cards: 1 },
    { chain: 'undertaking', cards: 3 },
  ]);
  expect(first).toMatchObject({ tasks: {}, items: { red_card: 1, green: 2 } });
  expect(first.warnings).toEqual({ bell: 1, yellow_card: 1, red_card: 1 });
  await city.travelTo('2026-09-03 10:00');
  expect(await runs(admin, 'monthly_close')).toMatchObject({ numbers: { units: 0 } });
  expect(await closed()).toEqual(first);
  const asUnit = await reporter.client.get('/period-closes?month=2026-08');
  expect(asUnit.body.items).toMatchObject([
    { unit_id: unit.id, month: '2026-08', as_of: '2026-09-01T00:00:00+08:00', warnings: { red_card: 1 } },
  ]);
  await endsOf(city);
  city.phonesAreRead();
  await city.ends();
});

test('R-052 months that nobody closed when they ended are closed with the next one', async () => {
  const city = await beginStory({ at: '2026-06-03 10:00' });
  const { unit } = await usualPeople(city);
  const admin = await administrator(city);
  const months = async () =>
    (
      await city.db
        .selectFrom('period_close')
        .select('month')
        .where('unit_id', '=', unit.id)
        .orderBy('month')
        .execute()
    ).map(({ month }) => month);
  await runs(admin, 'monthly_close');
  expect(await months()).toEqual(['2026-05']);
  // Temporal was away over three firsts.
  await city.travelTo('2026-09-02 10:00');
  await runs(admin, 'monthly_close');
  expect(await months()).toEqual(['2026-05', '2026-06', '2026-07', '2026-08']);
  await city.ends();
});

test('the same command is the same run, and all runs of a cadence can be read', async () => {
  const city = await beginStory({ at: '2026-09-14 10:00' });
  const admin = await administrator(city);
  const key = randomUUID();
  const first = await admin.post('/cadences/start_lost/commands/run', {}, { key });
  const again = await admin.post('/cadences/start_lost/commands/run', {}, { key });
  expect(again.body).toEqual(first.body);
  await runs(admin, 'start_lost', '2026-09-01');
  const { body } = await admin.get('/cadences/start_lost/runs?limit=1');
  expect(body.items).toMatchObject([{ for: '2026-09-01', outcome: 'done' }]);
  const next = await admin.get(`/cadences/start_lost/runs?limit=1&cursor=${body.next_cursor}`);
  expect(next.body).toMatchObject({ items: [{ for: '2026-09-14' }], next_cursor: null });
  expect((await admin.post('/cadences/audit/commands/run', { for: '2026-09-15' })).body.errors).toMatchObject(
    [{ pointer: '/for' }],
  );
  const listed = await admin.get('/cadences');
  expect(listed.body.items).toHaveLength(Object.keys(cadences).length);
  await city.ends();
});

test('schedules stand as they are wanted: created, changed, and deleted when nobody wants them any more', async () => {
  const city = await beginStory({ at: '2026-09-14 10:00', withoutWorkers: true });
  const { client } = city.server;
  const queue = city.taskQueues.processes;
  const count = Object.keys(cadences).length;
  const idOf = (name: string) => `cadence/${queue}/${name}`;
  try {
    expect(await ensureSchedules(client, queue)).toEqual({ created: count, updated: 0, deleted: 0 });
    const audit = client.schedule.getHandle(idOf('audit'));
    const stands = await audit.describe();
    expect(stands.spec.calendars).toMatchObject([{ hour: [{ start: 3 }], minute: [{ start: 0 }] }]);
    expect(stands.spec.timezone).toBe('Asia/Shanghai');
    const weekly = await client.schedule.getHandle(idOf('weekly_self_check')).describe();
    expect(weekly.spec.calendars).toMatchObject([{ dayOfWeek: [{ start: 'MONDAY' }], hour: [{ start: 9 }] }]);
    const daysOf = async (name: string) =>
      (await client.schedule.getHandle(idOf(name)).describe()).policies.catchupWindow / DAY;
    // However long Temporal was down, the last one is made up for.
    expect(await daysOf('monthly_close')).toBe(31);
    expect(await daysOf('weekly_self_check')).toBe(7);
    expect(await daysOf('audit')).toBe(1);
    expect(await daysOf('start_lost')).toBe(1 / 24);
    const noteOfOlder = (note = '{}') => {
      const { made, spec } = JSON.parse(note) as Record<string, unknown>;
      return JSON.stringify({ made, spec });
    };
    // An older release made up for a month within a day only, and noted its times alone.
    await client.schedule.getHandle(idOf('monthly_close')).update((before) => ({
      ...before,
      policies: { ...before.policies, catchupWindow: '1 day' },
      state: { ...before.state, note: noteOfOlder(before.state.note) },
    }));
    // It had the audit at another hour and knew one more; an operator has paused it.
    await audit.update((before) => ({
      ...before,
      spec: { calendars: [{ hour: 5 }] },
      state: { ...before.state, paused: true, note: 'older' },
    }));
    await client.schedule.create({
      scheduleId: idOf('fortnightly'),
      spec: { intervals: [{ every: '14 days' }] },
      action: { type: 'startWorkflow', workflowType: 'cadence', taskQueue: queue, args: [] },
    });
    await eventually(async () => {
      for await (const { scheduleId } of client.schedule.list())
        if (scheduleId === idOf('fortnightly')) return true;
      return null;
    }, 'the schedule is listed');
    expect(await ensureSchedules(client, queue)).toEqual({ created: 0, updated: 2, deleted: 1 });
    expect(await daysOf('monthly_close')).toBe(31);
    const now = await audit.describe();
    expect(now.spec.calendars).toMatchObject([{ hour: [{ start: 3 }] }]);
    expect(now.state.paused).toBe(true);
    await expect(client.schedule.getHandle(idOf('fortnightly')).describe()).rejects.toThrow('not found');
    expect(await ensureSchedules(client, queue)).toMatchObject({ created: 0, updated: 0 });
  } finally {
    await nothingRunsByTheCalendar(city);
  }
  await city.stop();
});

test('a server sees to the schedules when it starts and every hour until it is closed', async () => {
  const city = await beginStory({ at: '2026-09-14 10:00', withoutWorkers: true });
  const { client } = city.server;
  const audit = client.schedule.getHandle(`cadence/${city.taskQueues.processes}/audit`);
  try {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    await city.server.keepHouse();
    await audit.describe();
    await audit.delete();
    await expect(audit.describe()).rejects.toThrow('not found');
    vi.advanceTimersByTime(HOUR);
    vi.useRealTimers();
    await eventually(async () => audit.describe().catch(() => null), 'it stands again');
  } finally {
    vi.useRealTimers();
    await nothingRunsByTheCalendar(city);
  }
  await city.stop();
});

async function nothingRunsByTheCalendar({ server: { client }, taskQueues }: World): Promise<void> {
  for (const name of Object.keys(cadences))
    await client.schedule.getHandle(`cadence/${taskQueues.processes}/${name}`).delete();
  for await (const { workflowId } of client.workflow.list({ query: `TaskQueue = '${taskQueues.processes}'` }))
    await client.workflow
      .getHandle(workflowId)
      .terminate('end of the test')
      .catch(() => undefined);
}
