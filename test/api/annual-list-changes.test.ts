/** What becomes of a released list over HTTP: weights, dynamic indicators, promotions, by two people. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { markReleased } from '../../db/annual-list.ts';
import { indicatorsToRelease } from '../../db/annual-list-views.ts';
import { listTables } from '../../db/annual-list-tables.ts';
import { taskFactsOf } from '../../domain/annual-list-task.ts';
import { instantOn, localDate } from '../../domain/time.ts';
import { riverPatrols } from '../support/annual-list.ts';
import { fileOf, listedCity, rowOf as row, type ListedCity } from '../support/annual-list-api.ts';
import { createPerson, createUnit, givePost } from '../support/people.ts';

describe('an annual list that has been released', () => {
  let city: ListedCity;
  let ids: string[];
  const weigh = (points: readonly string[], from_date: string, client = city.admin) =>
    client.post('/annual-lists/2026/weight-changes', {
      unit_id: city.water.id,
      from_date,
      reason: '重点调整',
      weights: points.map((one, index) => ({ indicator_id: ids[index], points: one })),
    });
  const confirm = (id: string, client = city.second) =>
    client.post(`/annual-lists/2026/weight-changes/${id}/commands/confirm`, {});
  const weightsOn = async (on: string) =>
    (await city.indicatorsOf(`unit_id=${city.water.id}&on=${on}`)).map(({ points }) => points);

  beforeAll(async () => {
    city = await listedCity(instantOn(localDate('2026-01-05'), '10:00'));
    const { body } = await city.send(
      await fileOf(
        row('水利局', { 指标: '新建水库', 分值: 60, 省级目标: 5, '12月': 5 }),
        row('水利局', { 指标: '河道清理', 分值: 30, 计量单位: '公里' }),
        row('白榆镇', { 指标: '人居环境', 分值: 100, 主题: '生态环境保护', 指标类别: '共性' }),
        row('水利局', { 指标: '节水改造', 分值: 10 }),
      ),
    );
    await city.apply(body.id);
    await city.api.db
      .transaction()
      .execute((tx) => markReleased(tx, 2026, { account_id: city.adminAccount.id, at: city.time.now }));
    ids = (await city.indicatorsOf(`unit_id=${city.water.id}`)).map(({ id }) => id);
    city.time.now = instantOn(localDate('2026-04-20'), '10:00');
  });

  afterAll(() => city.api.close());

  it('is neither edited nor replaced by a file', async () => {
    expect((await city.admin.patch(`/indicators/${ids[0]}`, { points: '1' })).body.code).toBe(
      'stage_forbids',
    );
    const { body } = await city.send(await fileOf(row('白榆镇', { 指标: '别的', 分值: 100 })));
    expect(body.faults).toMatchObject([{ row: 0, what: '2026年度清单已下达' }]);
  });

  it('R-022 weights change with reason and a second person, and a past day keeps its own', async () => {
    const proposed = await weigh(['50', '35.5', '14.50'], '2026-05-01');
    expect(proposed.status).toBe(201);
    expect(proposed.body).toMatchObject({
      kind: 'weights',
      stage: 'proposed',
      allowed_commands: ['reject'],
    });
    expect(proposed.body.weights.map((one: { old_points: string }) => one.old_points)).toEqual([
      '60.00',
      '30.00',
      '10.00',
    ]);
    expect(await weightsOn('2026-05-15')).toEqual(['60.00', '30.00', '10.00']);
    expect((await confirm(proposed.body.id, city.admin)).body.code).toBe('same_person');
    const done = await confirm(proposed.body.id);
    expect(done.body).toMatchObject({ stage: 'confirmed', version: 2 });
    expect((await confirm(proposed.body.id)).status).toBe(200);
    expect(await weightsOn('2026-04-30')).toEqual(['60.00', '30.00', '10.00']);
    expect(await weightsOn('2026-05-15')).toEqual(['50.00', '35.50', '14.50']);
    const { body } = await city.admin.get(`/indicators/${ids[0]}/weights`);
    expect(body.items).toMatchObject([
      { from_date: '2026-05-01', points: '50.00', reason: '重点调整', change_id: proposed.body.id },
      { from_date: '2026-01-01', points: '60.00', change_id: null },
    ]);
    expect(body.items[0].approved_by).not.toBe(body.items[0].proposed_by);
  });

  it('R-022 a proposal waits in the to-dos of the office until it is confirmed or rejected', async () => {
    const waiting = async () =>
      ((await city.second.get('/todos')).body.items as { what: string }[]).map(({ what }) => what);
    const { body: proposed } = await weigh(['55', '30', '15'], '2026-06-01');
    expect(await waiting()).toEqual(['待确认2026年度清单的权重调整']);
    const path = `/annual-lists/2026/weight-changes/${proposed.id}/commands/reject`;
    expect((await city.second.post(path, { reason: '依据不足' })).body).toMatchObject({
      stage: 'rejected',
      rejected_reason: '依据不足',
      allowed_commands: [],
    });
    expect(await waiting()).toEqual([]);
    expect((await city.second.post(path, { reason: '再说一遍' })).status).toBe(200);
    expect((await confirm(proposed.id)).body.code).toBe('nothing_changed');
    expect(await weightsOn('2026-06-15')).toEqual(['50.00', '35.50', '14.50']);
  });

  it('R-022 refuses what would leave the list off 100, leave one out, or change the past', async () => {
    const codes = [
      await weigh(['50', '35', '14.99'], '2026-06-01'),
      await weigh(['60', '40'], '2026-06-01'),
      await weigh(['40', '40', '20'], '2026-04-01'),
      await weigh(['40', '40', '20'], '2026-04-30'),
      await weigh(['50', '35.5', '14.5'], '2026-06-01'),
    ].map(({ status, body }) => `${status} ${body.code}`);
    expect(codes).toEqual([
      '409 weights_not_100',
      '409 weights_incomplete',
      '409 weights_in_past',
      '409 weights_in_past',
      '409 nothing_changed',
    ]);
    await expect(
      listTables(city.api.db).updateTable('indicator_weight').set({ points: '1' }).execute(),
    ).rejects.toThrow('append-only');
  });

  it('R-022 of two changes from one day the one confirmed later holds, and who decided the earlier one is kept', async () => {
    const { body: earlier } = await weigh(['40', '40', '20'], '2026-05-01');
    expect((await confirm(earlier.id)).status).toBe(200);
    expect(await weightsOn('2026-05-01')).toEqual(['40.00', '40.00', '20.00']);
    const { body: later } = await weigh(['50', '35.5', '14.5'], '2026-05-01');
    expect((await confirm(later.id)).status).toBe(200);
    expect(await weightsOn('2026-04-30')).toEqual(['60.00', '30.00', '10.00']);
    expect(await weightsOn('2026-05-15')).toEqual(['50.00', '35.50', '14.50']);
    const { body } = await city.admin.get(`/indicators/${ids[0]}/weights`);
    expect(body.items.map((one: { points: string }) => one.points)).toEqual([
      '50.00',
      '40.00',
      '50.00',
      '60.00',
    ]);
    expect(body.items).toMatchObject([{ change_id: later.id }, { change_id: earlier.id }, {}, {}]);
    const shown = async (id: string) =>
      (await city.admin.get(`/annual-lists/2026/weight-changes/${id}`)).body.weights.map(
        (one: { old_points: string; new_points: string }) => [one.old_points, one.new_points],
      );
    expect((await shown(earlier.id))[0]).toEqual(['50.00', '40.00']);
    expect((await shown(later.id))[0]).toEqual(['40.00', '50.00']);
  });

  const dynamic = async (changed: Record<string, unknown> = {}) => {
    const { body } = await city.admin.get(`/indicators/${ids[0]}`);
    return city.admin.post('/indicators', {
      ...riverPatrols,
      unit_id: city.water.id,
      reporter_id: body.reporter.id,
      direct_lead_id: body.direct_lead.id,
      contact_person_id: body.contact_person.id,
      plan: [
        { by: '2026-09-30', value: '12' },
        { by: '2026-12-31', value: '24' },
      ],
      from_date: '2026-07-01',
      ...changed,
    });
  };
  let river: string;

  it('R-020 a dynamic indicator joins from its day, the unit’s others make room in proportion', async () => {
    city.time.now = instantOn(localDate('2026-06-10'), '10:00');
    const early = await dynamic({
      plan: [
        { by: '2026-06-30', value: '24' },
        { by: '2026-12-31', value: '24' },
      ],
    });
    expect([early.status, early.body.code, early.body.errors[0].pointer]).toEqual([
      422,
      'list_faulty',
      '/plan',
    ]);
    // A task would not begin with these: neither does the proposal.
    for (const [by, value] of [
      ['2026-12-31', '25'],
      ['2026-12-30', '24'],
      ['2027-03-31', '24'],
    ]) {
      const odd = await dynamic({
        plan: [
          { by: '2026-09-30', value: '12' },
          { by, value },
        ],
      });
      expect([odd.status, odd.body.code, odd.body.errors]).toMatchObject([
        422,
        'list_faulty',
        [{ pointer: '/plan' }],
      ]);
    }
    const proposed = await dynamic();
    expect(proposed.status).toBe(201);
    expect(proposed.body).toMatchObject({ kind: 'dynamic', added: 1 });
    expect(proposed.body.weights.map((one: { new_points: string }) => one.new_points)).toEqual([
      '46.00',
      '32.66',
      '13.34',
    ]);
    expect(await city.indicatorsOf(`unit_id=${city.water.id}`)).toHaveLength(3);
    expect((await confirm(proposed.body.id)).status).toBe(200);
    const all = await city.indicatorsOf(`unit_id=${city.water.id}&on=2026-07-01`);
    expect(all.map(({ points }) => points)).toEqual(['46.00', '32.66', '13.34', '8.00']);
    expect(await weightsOn('2026-06-30')).toEqual(['50.00', '35.50', '14.50', null]);
    river = all[3]?.id ?? '';
    const { body } = await city.admin.get(`/indicators/${river}`);
    expect(body).toMatchObject({
      origin: 'dynamic',
      effective_from: '2026-07-01',
      number: '考〔2026〕0005',
    });
    const list = await city.admin.get('/annual-lists/2026?on=2026-07-01');
    expect(list.body.units.map(({ points }: { points: string }) => points)).toEqual(['100.00', '100.00']);
  });

  it('a proposal does not outlive a change of the same unit', async () => {
    city.time.now = instantOn(localDate('2026-07-02'), '10:00');
    ids = (await city.indicatorsOf(`unit_id=${city.water.id}`)).map(({ id }) => id);
    const stale = await weigh(['40', '30', '20', '10'], '2026-09-01');
    const other = await dynamic({ name: '另一项', from_date: '2026-08-01' });
    expect((await confirm(other.body.id)).status).toBe(200);
    const answer = await confirm(stale.body.id);
    expect([answer.status, answer.body.code]).toEqual([409, 'preview_outdated']);
  });

  it('R-021 a dynamic indicator is promoted into the common list with each unit’s own people', async () => {
    city.time.now = instantOn(localDate('2026-07-20'), '10:00');
    const proposed = await city.admin.post(`/indicators/${river}/commands/promote`, {
      theme: 'river_chief_system',
      from_date: '2026-08-15',
      points: '8',
      reason: '全市推开',
    });
    expect(proposed.status).toBe(201);
    expect(proposed.body).toMatchObject({ kind: 'promotion', added: 1, promotes: { indicator_id: river } });
    expect(proposed.body.additions).toMatchObject([
      { unit_id: city.town.id, name: '河长制巡河', points: '8.00' },
    ]);
    expect((await confirm(proposed.body.id)).status).toBe(200);
    const common = await city.indicatorsOf('theme=river_chief_system&on=2026-08-15');
    expect(common).toMatchObject([
      { id: river, kind: 'common' },
      { unit_id: city.town.id, kind: 'common', promoted_from: river, reporter: { name: '白榆镇甲' } },
    ]);
    const list = await city.admin.get('/annual-lists/2026?on=2026-08-15');
    expect(list.body.units.map(({ points }: { points: string }) => points)).toEqual(['100.00', '100.00']);
    const again = await city.admin.post(`/indicators/${river}/commands/promote`, {
      theme: 'river_chief_system',
      from_date: '2026-09-15',
      reason: '再次',
    });
    expect(again.body.code).toBe('stage_forbids');
  });

  it('R-021 two of them are promoted from one day', async () => {
    const joined = await dynamic({ name: '第三项', from_date: '2026-08-15' });
    expect((await confirm(joined.body.id)).status).toBe(200);
    const [third] = joined.body.additions as { indicator_id: string }[];
    const proposed = await city.admin.post(`/indicators/${third?.indicator_id}/commands/promote`, {
      theme: 'river_chief_system',
      from_date: '2026-08-15',
      points: '5',
      reason: '一并推开',
    });
    expect(proposed.status).toBe(201);
    // Whoever confirms it sees what has joined with the same day.
    expect(proposed.body.weights).toMatchObject([
      { name: '人居环境', old_points: '92.00', new_points: '87.40' },
      { name: '河长制巡河', old_points: '8.00', new_points: '7.60' },
    ]);
    expect((await confirm(proposed.body.id)).status).toBe(200);
    const list = await city.admin.get('/annual-lists/2026?on=2026-08-15');
    expect(list.body.units.map(({ points }: { points: string }) => points)).toEqual(['100.00', '100.00']);
    const common = await city.indicatorsOf('theme=river_chief_system&on=2026-08-15');
    expect(common).toHaveLength(4);
  });

  it('R-021 of a unit that has two of a post the first on the roster is named, and of one that was merged the other’s', async () => {
    const merger = await createUnit(city.api.db, { name: '生态新城' });
    const of = async (name: string, role: 'reporter' | 'direct_lead' | 'contact_person', rank: number) => {
      const person = await createPerson(city.api.db, { name, unit_id: merger.id, office: '综合办' });
      await givePost(city.api.db, { person, unit: merger, role, rank });
    };
    // By chance of their ids alone they would not stand so.
    for (let n = 8; n > 0; n -= 1) await of(`第${n}填报人`, 'reporter', n);
    await of('新城负责人', 'direct_lead', 1);
    await of('新城联系人', 'contact_person', 1);
    const merge = { into: merger.id, from_date: '2026-08-20', reason: '机构改革' };
    expect((await city.admin.post(`/units/${city.town.id}/commands/merge`, merge)).status).toBe(200);
    const joined = await dynamic({ name: '第四项', from_date: '2026-08-15' });
    expect((await confirm(joined.body.id)).status).toBe(200);
    const promoted = (from_date: string) =>
      city.admin.post(`/indicators/${joined.body.additions[0].indicator_id}/commands/promote`, {
        theme: 'river_chief_system',
        from_date,
        points: '5',
        reason: '一并推开',
      });
    const answer = await promoted('2026-08-20');
    expect(answer.status, JSON.stringify(answer.body)).toBe(201);
    expect((await confirm(answer.body.id)).status).toBe(200);
    const common = (await city.admin.get(`/indicators?unit_id=${city.town.id}&on=2026-08-20`)).body.items;
    expect(common.at(-1)).toMatchObject({
      reporter: { name: '第1填报人' },
      direct_lead: { name: '新城负责人' },
      contact_person: { name: '新城联系人' },
    });
  });

  it('a release starts in the order of the numbers, each indicator with what it weighs from its first day', async () => {
    const all = await indicatorsToRelease(city.api.db, 2026, { all: true });
    expect(all.map(({ number }) => number)).toEqual((await city.rowsIn()).map(({ number }) => number));
    expect(all.map(({ points }) => points)).toEqual([
      '60',
      '30',
      '100',
      '10',
      '8',
      '8',
      '8',
      '8',
      '5',
      '8',
      '5',
    ]);
    const some = await indicatorsToRelease(city.api.db, 2026, { ids: all.slice(0, 1).map(({ id }) => id) });
    expect(some.map(taskFactsOf)).toMatchObject([
      {
        year: 2026,
        points: '60',
        target: { value: '5' },
        start_value: '0',
        periods: [{ id: '2026-Q1', ends_on: '2026-03-31', planned: '1' }, {}, {}, {}],
      },
    ]);
  });
});
