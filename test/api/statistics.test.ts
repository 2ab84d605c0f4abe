/** Every figure of a board against a city small enough to count by hand. */
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seed } from '../../db/seed.ts';
import { stamp } from '../../db/client.ts';
import type { Command, Event, SupervisionItem } from '../../domain/supervision-item.ts';
import type { Stage } from '../../domain/indicator-task.ts';
import { instantOn, later, localDate, rfc3339 } from '../../domain/time.ts';
import type { SourceLevel } from '../../domain/vocabulary.ts';
import type { Card } from '../../domain/warning-policy.ts';
import { person, type Person, type Story } from '../domain/story.ts';
import { testApi, type Client, type TestApi } from '../support/api.ts';
import { putItem } from '../support/items.ts';
import { createAccount, createUnit, type Unit } from '../support/people.ts';
import { putTask } from '../support/tasks.ts';

const start = instantOn(localDate('2026-11-09'), '10:00');
const listed = instantOn(localDate('2026-10-12'), '10:00');
let now = start;

let api: TestApi;
let water: Unit;
let town: Unit;
let admin: Client;
let ofWater: Client;
let somebody: string;

const officer = person('officer', 'office', 'supervision_officer');
const colleague = person('colleague', 'office', 'supervision_officer');
const leader = person('leader', 'government', 'city_leader');

beforeAll(async () => {
  api = await testApi({ clock: { now: () => Promise.resolve(now) } });
  await seed(api.db, now);
  water = await createUnit(api.db, { name: '水利局' });
  town = await createUnit(api.db, { name: '白榆镇' });
  const account = await createAccount(api.db, { roles: ['assessment_admin'], unit: water });
  somebody = account.person.id;
  admin = await api.signedIn(account);
  ofWater = await api.signedIn(await createAccount(api.db, { roles: ['undertaking_unit'], unit: water }));
  await allTasks();
  await allItems();
  await allCards();
});
afterAll(() => api.close());

type Standing = readonly [
  unit: Unit,
  theme: string | null,
  level: SourceLevel,
  stage: Stage,
  card: Card,
  times: number,
];

async function allTasks(): Promise<void> {
  const standing: readonly Standing[] = [
    [water, 'ideology', 'municipal', 'in_progress', 'none', 1],
    [water, 'ideology', 'provincial', 'in_progress', 'bell', 2],
    [water, 'ideology', 'provincial', 'assigned', 'yellow_card', 3],
    [water, null, 'unit', 'under_review', 'red_card', 4],
    // What is over shows its card for ever: it is not one of the open ones that are counted.
    [water, null, 'central', 'completed', 'yellow_card', 5],
    [water, null, 'central', 'not_completed', 'red_card', 6],
    [water, 'ideology', 'municipal', 'withdrawn', 'bell', 1],
    [town, 'river_chief_system', 'prefectural', 'in_progress', 'bell', 1],
    [town, 'ideology', 'municipal', 'in_progress', 'red_card', 2],
    [town, null, 'municipal', 'completed', 'none', 1],
  ];
  for (const [unit, theme, level, stage, card, times] of standing)
    for (let n = 0; n < times; n += 1) await task(unit, theme, level, { stage, card });
  // Of another year, and of which nobody knows that it runs.
  await task(water, null, 'central', { year: 2025 });
  await task(water, null, 'central', { started_at: null });
}

async function task(
  unit: Unit,
  theme: string | null,
  level: SourceLevel,
  row: { stage?: Stage; card?: Card; year?: number; started_at?: null } = {},
): Promise<void> {
  const kind = theme === null ? 'individual' : 'common';
  const facts = { kind, theme, source: { level, document: null } } as const;
  const by = person(somebody, unit.id, 'assessment_admin');
  const { id } = await putTask(api.db, { unit_id: unit.id, person_id: somebody, at: listed, by, facts });
  if (Object.keys(row).length > 0)
    await api.db.updateTable('indicator_task').set(row).where('id', '=', id).execute();
}

type Item = Story<SupervisionItem, Command, Event>;

/** Assigned and acknowledged on the day on which it was listed; then what else happened. */
async function item(unit: Unit, due: string, life: (item: Item, unit: Person) => void): Promise<void> {
  const facts = { due_on: localDate(due), lead_unit_id: unit.id };
  const ours = person('reporter', unit.id, 'undertaking_unit');
  const closed: Event[] = [];
  const { id, state } = await putItem(api.db, {
    facts,
    at: listed,
    by: officer,
    life: (story) => {
      story.by(officer, { command: 'assign' }).by(ours, { command: 'acknowledge' });
      life(story, ours);
      story.until(start);
      closed.push(...story.events.filter(({ type }) => type === 'closed'));
    },
  });
  for (const event of closed)
    await api.db
      .insertInto('process_event')
      .values({
        thing_kind: 'supervision_item',
        thing_id: id,
        version: state.version,
        at: stamp(event.at),
        actor_id: null,
        type: event.type,
        body: JSON.stringify(event),
        command_id: null,
        prev_hash: '',
        hash: '',
      })
      .execute();
}

const asked = (story: Item, unit: Person, at: string): Item =>
  story.until(at).by(unit, { command: 'request_close', result: '已完成' });

const closes = (asks: string, approved: string) => (story: Item, unit: Person) => {
  asked(story, unit, asks).until(approved).by(colleague, { command: 'approve', rating: 'good' });
};

const nothing = () => undefined;

async function allItems(): Promise<void> {
  await item(water, '2026-10-20', closes('2026-10-14 10:00', '2026-10-15 10:00'));
  // A slow review makes nothing late.
  await item(water, '2026-10-20', closes('2026-10-20 23:59', '2026-11-02 10:00'));
  await item(water, '2026-10-20', closes('2026-10-21 00:00', '2026-10-23 10:00'));
  for (let n = 0; n < 3; n += 1) await item(water, '2026-10-30', nothing);
  // Under review on 9 November: asked for in time, and too late.
  await item(water, '2026-10-30', (story, unit) => void asked(story, unit, '2026-10-30 23:59'));
  await item(water, '2026-10-30', (story, unit) => void asked(story, unit, '2026-10-31 00:00'));
  // Asked for in time and returned: now it is late.
  await item(water, '2026-10-30', (story, unit) => {
    asked(story, unit, '2026-10-29 10:00').until('2026-11-02 10:00');
    story.by(colleague, { command: 'return', reasons: '材料不全' });
  });
  // The clock was stopped on the last day, and the day after it.
  for (const stopped of ['2026-10-30 10:00', '2026-10-31 10:00'])
    await item(water, '2026-10-30', (story) => {
      story.until(stopped).by(officer, { command: 'pause', reason: '等待批复' });
    });
  await item(water, '2026-12-18', (story, unit) => {
    for (const [who, new_due_on] of [
      [officer, '2026-12-21'],
      [leader, '2026-12-22'],
    ] as const) {
      story.by(unit, { command: 'request_extension', new_due_on: localDate(new_due_on), reason: '管材延期' });
      story.by(who, { command: 'decide_extension', granted: true, reason: '情况属实' });
    }
  });
  await item(water, '2026-12-18', (story, unit) => {
    const new_due_on = localDate('2026-12-21');
    story.by(unit, { command: 'request_extension', new_due_on, reason: '管材延期' });
    story.by(officer, { command: 'decide_extension', granted: true, reason: '情况属实' });
  });
  // Not yet given to anybody, and given up: nobody's work.
  const facts = { due_on: localDate('2026-10-30'), lead_unit_id: water.id };
  await putItem(api.db, { facts, at: listed, by: officer });
  await item(water, '2026-10-30', (story) => {
    story.by(officer, { command: 'withdraw', reason: '重复立项' });
    story.by(colleague, { command: 'confirm_withdrawal' });
  });
  await item(town, '2026-10-20', closes('2026-10-14 10:00', '2026-10-15 11:00'));
  await item(town, '2026-10-20', closes('2026-10-22 10:00', '2026-10-23 11:00'));
  await item(town, '2026-10-20', closes('2026-10-22 10:00', '2026-11-03 10:00'));
  await item(town, '2026-10-30', nothing);
}

/** Cards of an item of the water bureau and of a task of the town; each of a deadline of its own. */
async function allCards(): Promise<void> {
  await sql`
    insert into warning
      (id, thing_kind, thing_id, event_version, deadline_kind, deadline_version, level, repeat, chain, due_at,
       moment, at, policy_name, policy_version)
    select gen_random_uuid(), kind, id, 1, 'report', row_number() over (), level, repeat, chain, moment, moment,
           -- Over the turn of November nobody could give any.
           case when moment between '2026-10-31T23:00:00+08:00' and '2026-11-01T12:00:00+08:00'
                then '2026-11-01T12:00:00+08:00' else moment end, 'test', 1
      -- At 24:00 of a year's or a month's last day: it belongs to what ends there.
      from (values ('town', 'bell', 0, 'undertaking', '2026-01-01T00:00:00+08:00'::timestamptz),
                   ('town', 'bell', 0, 'undertaking', '2026-01-01T00:00:01+08:00'),
                   ('water', 'bell', 0, 'undertaking', '2026-11-01T00:00:00+08:00'),
                   ('town', 'bell', 0, 'undertaking', '2026-11-01T00:00:01+08:00'),
                   ('town', 'bell', 0, 'undertaking', '2026-11-02T09:00:00+08:00'),
                   ('town', 'bell', 0, 'undertaking', '2026-11-03T09:00:00+08:00'),
                   ('town', 'yellow_card', 0, 'undertaking', '2026-11-04T09:00:00+08:00'),
                   ('town', 'yellow_card', 0, 'undertaking', '2026-11-05T09:00:00+08:00'),
                   ('water', 'yellow_card', 0, 'undertaking', '2026-11-05T09:00:00+08:00'),
                   ('town', 'red_card', 0, 'undertaking', '2026-11-06T00:00:00+08:00'),
                   ('town', 'red_card', 1, 'undertaking', '2026-11-07T09:00:00+08:00'),
                   ('town', 'red_card', 0, 'reviewing', '2026-11-08T09:00:00+08:00'),
                   ('town', 'red_card', 0, 'undertaking', '2027-01-01T00:00:00+08:00'),
                   ('town', 'red_card', 0, 'undertaking', '2027-01-01T00:00:01+08:00'))
             as given(whose, level, repeat, chain, moment)
      join ((select 'water' as whose, 'supervision_item' as kind, id from supervision_item
              where lead_unit_id = ${water.id} limit 1)
             union all
            (select 'town', 'indicator_task', id from indicator_task where unit_id = ${town.id} limit 1)) thing
           using (whose)`.execute(api.db);
}

const of = async (what: string, client = admin) =>
  (await client.get(`/statistics/${what}?year=2026`)).body.items as Record<string, unknown>[];

describe('the statistics of a year', () => {
  it('tell of each unit its tasks, cards and items', async () => {
    expect(await of('units')).toEqual([
      {
        unit_id: water.id,
        unit_name: '水利局',
        tasks: 21,
        open: 10,
        bell: 2,
        yellow_card: 3,
        red_card: 4,
        completed: 5,
        not_completed: 6,
        items_assigned: 13,
        items_closed_on_time: 2,
        items_closed_late: 1,
        items_open_late: 6,
        extensions: 3,
      },
      {
        unit_id: town.id,
        unit_name: '白榆镇',
        tasks: 4,
        open: 3,
        bell: 1,
        yellow_card: 0,
        red_card: 2,
        completed: 1,
        not_completed: 0,
        items_assigned: 4,
        items_closed_on_time: 1,
        items_closed_late: 2,
        items_open_late: 1,
        extensions: 0,
      },
    ]);
  });

  const counts = (tasks: number, open: number, cards: readonly number[], ended: readonly number[]) => ({
    tasks,
    open,
    bell: cards[0],
    yellow_card: cards[1],
    red_card: cards[2],
    completed: ended[0],
    not_completed: ended[1],
  });

  it('R-012 tell of each theme in its order, and of what belongs to none', async () => {
    expect(await of('themes')).toEqual([
      { theme: 'ideology', theme_name: '意识形态', ...counts(8, 8, [2, 3, 2], [0, 0]) },
      { theme: 'river_chief_system', theme_name: '河长制', ...counts(1, 1, [1, 0, 0], [0, 0]) },
      { theme: null, theme_name: '个性指标', ...counts(16, 4, [0, 0, 4], [6, 6]) },
    ]);
  });

  it('R-005 tell of each level of origin, from the highest', async () => {
    expect(await of('levels')).toEqual([
      { source_level: 'central', ...counts(11, 0, [0, 0, 0], [5, 6]) },
      { source_level: 'provincial', ...counts(5, 5, [2, 3, 0], [0, 0]) },
      { source_level: 'prefectural', ...counts(1, 1, [1, 0, 0], [0, 0]) },
      { source_level: 'municipal', ...counts(4, 3, [0, 0, 2], [1, 0]) },
      { source_level: 'unit', ...counts(4, 4, [0, 0, 4], [0, 0]) },
    ]);
  });

  const month = (name: string, cards: readonly number[], closed: readonly number[]) => ({
    month: `2026-${name}`,
    bell: cards[0],
    yellow_card: cards[1],
    red_card: cards[2],
    items_closed: closed[0],
    items_closed_on_time: closed[1],
  });
  const quiet = (from: number, to: number) =>
    Array.from({ length: to - from + 1 }, (_, n) =>
      month(String(from + n).padStart(2, '0'), [0, 0, 0], [0, 0]),
    );

  it('tell of every month of our time its cards and what was struck off; a repeat, and a late review, is no card', async () => {
    expect(await of('months')).toEqual([
      month('01', [1, 0, 0], [0, 0]),
      ...quiet(2, 9),
      month('10', [1, 0, 0], [4, 2]),
      month('11', [3, 3, 1], [2, 1]),
      month('12', [0, 0, 1], [0, 0]),
    ]);
  });

  it('show a unit its own part only', async () => {
    expect((await of('units', ofWater)).map(({ unit_name }) => unit_name)).toEqual(['水利局']);
    expect((await of('themes', ofWater)).map(({ theme, tasks }) => [theme, tasks])).toEqual([
      ['ideology', 6],
      [null, 15],
    ]);
    expect((await of('levels', ofWater)).map(({ source_level, tasks }) => [source_level, tasks])).toEqual([
      ['central', 11],
      ['provincial', 5],
      ['municipal', 1],
      ['unit', 4],
    ]);
    expect(await of('months', ofWater)).toEqual([
      ...quiet(1, 9),
      month('10', [1, 0, 0], [2, 1]),
      month('11', [0, 1, 0], [1, 1]),
      ...quiet(12, 12),
    ]);
  });

  it('are kept for five seconds, say as of when, and are counted anew then', async () => {
    const ask = async () => (await admin.get('/statistics/levels?year=2026')).body;
    const tasks = ({ items }: { items: { tasks: number }[] }) =>
      items.reduce((sum, row) => sum + row.tasks, 0);
    now = later(start, 60_000);
    const first = await ask();
    expect([tasks(first), first.as_of]).toEqual([25, rfc3339(now)]);
    await task(town, null, 'municipal');
    now = later(now, 4_999);
    expect(await ask()).toEqual(first);
    now = later(now, 1);
    const second = await ask();
    expect([tasks(second), second.as_of]).toEqual([26, rfc3339(now)]);
  });

  it('of a year without a list are empty, and a year that is none is refused', async () => {
    expect((await admin.get('/statistics/levels?year=2031')).body).toMatchObject({ items: [] });
    expect(await admin.get('/statistics/levels?year=x')).toMatchObject({ status: 400 });
  });
});
