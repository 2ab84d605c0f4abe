import { strFromU8, strToU8, unzipSync, zipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { markReleased } from '../../db/annual-list.ts';
import { indicatorsToRelease } from '../../db/annual-list-views.ts';
import { listTables } from '../../db/annual-list-tables.ts';
import { seed } from '../../db/seed.ts';
import { taskFactsOf } from '../../domain/annual-list-task.ts';
import { instantOn, localDate, type Instant } from '../../domain/time.ts';
import { writeWorkbook } from '../../sample/write-workbook.ts';
import { annualListOf, indicatorRow } from '../domain/annual-list-rows.ts';
import { testApi, type Answer, type Client, type TestApi } from '../support/api.ts';
import { upload } from '../support/forms.ts';
import {
  createAccount,
  createPerson,
  createUnit,
  givePost,
  type Account,
  type Unit,
} from '../support/people.ts';

type Cells = NonNullable<Parameters<typeof indicatorRow>[0]>;

describe('the annual list over HTTP', () => {
  let api: TestApi;
  let now: Instant = instantOn(localDate('2026-01-05'), '10:00');
  let admin: Client;
  let second: Client;
  let adminAccount: Account;
  let water: Unit;
  let town: Unit;
  const unitClients = new Map<string, Client>();

  beforeAll(async () => {
    api = await testApi({ clock: { now: () => Promise.resolve(now) } });
    await seed(api.db, now);
    adminAccount = await createAccount(api.db, { roles: ['assessment_admin'] });
    admin = await api.signedIn(adminAccount);
    second = await api.signedIn(await createAccount(api.db, { roles: ['assessment_admin'] }));
    water = await createUnit(api.db, { name: '水利局' });
    town = await createUnit(api.db, { name: '白榆镇' });
    for (const unit of [water, town]) {
      for (const role of ['reporter', 'direct_lead', 'contact_person'] as const) {
        const name = `${unit.name}${{ reporter: '甲', direct_lead: '乙', contact_person: '丙' }[role]}`;
        const person = await createPerson(api.db, { name, unit_id: unit.id, office: '工程科' });
        await givePost(api.db, { person, unit, role });
      }
      const account = await createAccount(api.db, { roles: ['undertaking_unit'], unit });
      unitClients.set(unit.id, await api.signedIn(account));
    }
  });
  afterAll(() => api.close());

  const row = (unit: string, changed: Cells) =>
    indicatorRow({
      单位: unit,
      填报责任人: `${unit}甲`,
      直接负责人: `${unit}乙`,
      联系人: `${unit}丙`,
      ...changed,
    });
  const fileOf = (...rows: ReturnType<typeof row>[]) => writeWorkbook(annualListOf(...rows));
  const send = async (content: Buffer, client = admin): Promise<Answer> =>
    upload(client, '/imports', { name: '清单.xlsx', content }, { kind: 'annual_list' });
  const apply = (id: string, client = admin) => client.post(`/imports/${id}/commands/apply`, {});
  const rowsIn = async () =>
    (await listTables(api.db).selectFrom('indicator').selectAll().orderBy('number').execute()).map(
      ({ version: _, ...one }) => one,
    );
  const indicatorsOf = async (query: string, client = admin) =>
    (await client.get(`/indicators?${query}`)).body.items as {
      id: string;
      number: string;
      name: string;
      points: string;
    }[];

  describe('as a file', () => {
    let file: Buffer;
    beforeAll(async () => {
      file = await fileOf(
        row('水利局', { 指标: '新建水库', 分值: 60, 省级目标: 5, '12月': 5 }),
        row('水利局', { 指标: '河道清理', 分值: 40, 计量单位: '公里' }),
        row('白榆镇', { 指标: '人居环境', 分值: 100, 主题: '生态环境保护', 指标类别: '共性' }),
      );
    });

    it('with faults is answered with every one by row, and nothing comes in', async () => {
      const faulty = await fileOf(
        row('水利局', { 指标: '新建水库', 分值: 60, 上年基数: 9 }),
        row('水利局', { 指标: '河道清理', 分值: 39.99, 联系人: '无此人' }),
        row('白榆镇', { 指标: '人居环境', 分值: 99.99 }),
      );
      const { status, body } = await send(faulty);
      expect([status, body.stage, body.allowed_commands]).toEqual([201, 'faulty', []]);
      expect(body.faults.map((one: { row: number; column: string }) => `${one.row} ${one.column}`)).toEqual([
        '2 市级目标',
        '3 联系人',
        '4 分值',
      ]);
      expect((await apply(body.id)).body.code).toBe('import_faulty');
      expect(await rowsIn()).toEqual([]);
      expect((await admin.get('/annual-lists/2026')).status).toBe(404);
    });

    it('that is no workbook, has a formula or merged cells is answered with the place', async () => {
      const changed = async (change: (xml: string) => string) => {
        const parts = unzipSync(await fileOf(row('水利局', {})));
        const path = 'xl/worksheets/sheet1.xml';
        parts[path] = strToU8(change(strFromU8(parts[path] ?? new Uint8Array())));
        const { body } = await send(Buffer.from(zipSync(parts)));
        return body.faults.map(
          (one: { row: number; column: string; what: string }) => `${one.row} ${one.column} ${one.what}`,
        );
      };
      expect(await changed((xml) => xml.replace(/(<c r="H2"[^>]*>)/, '$1<f>50+50</f>'))).toEqual([
        '2 H 单元格是公式',
      ]);
      const merged = '</sheetData><mergeCells count="1"><mergeCell ref="B2:B3"/></mergeCells>';
      expect(await changed((xml) => xml.replace('</sheetData>', merged))).toEqual([
        '2 B 存在合并单元格B2:B3',
      ]);
      const { body } = await send(Buffer.from('单位,指标'));
      expect(body.faults).toMatchObject([{ what: '文件不是有效的xlsx，或已损坏' }]);
      expect(await rowsIn()).toEqual([]);
    });

    it('is only looked at when it is uploaded, and comes in whole when it is applied', async () => {
      const { body } = await send(file);
      expect(body).toMatchObject({ stage: 'ready', total: 3, done: 0, allowed_commands: ['apply'] });
      expect(await rowsIn()).toEqual([]);
      const applied = await apply(body.id);
      expect(applied.body).toMatchObject({ stage: 'applied', total: 3, done: 3, allowed_commands: [] });
      const list = await admin.get('/annual-lists/2026');
      expect(list.body).toMatchObject({
        stage: 'draft',
        counts: { units: 2, indicators: 3, common: 1, individual: 2, dynamic: 0 },
        faults: [],
      });
      expect(list.body.units.map(({ points }: { points: string }) => points)).toEqual(['100.00', '100.00']);
    });

    it('the same file twice changes nothing, as the same upload and as other bytes', async () => {
      const before = await rowsIn();
      const { version } = (await admin.get('/annual-lists/2026')).body;
      const again = await send(file);
      expect(again.body.stage).toBe('applied');
      await apply(again.body.id);
      const sheet = annualListOf(
        row('水利局', { 指标: '新建水库', 分值: '60.0', 省级目标: 5, '12月': 5 }),
        row('水利局', { 指标: '河道清理', 分值: 40, 计量单位: '公里' }),
        row('白榆镇', { 指标: '人居环境', 分值: 100, 主题: '生态环境保护', 指标类别: '共性' }),
      );
      const other = await send(await writeWorkbook(sheet));
      expect(other.body.id).not.toBe(again.body.id);
      expect((await apply(other.body.id)).body.stage).toBe('applied');
      expect(await rowsIn()).toEqual(before);
      expect((await admin.get('/annual-lists/2026')).body.version).toBe(version);
    });

    it('replaces the lists of its units, keeps their numbers, and leaves other units alone', async () => {
      const before = await rowsIn();
      const { body } = await send(
        await fileOf(
          row('水利局', { 指标: '河道清理', 分值: 30, 计量单位: '公里' }),
          row('水利局', { 指标: '新建水库', 分值: 60, 省级目标: 5, '12月': 5 }),
          row('水利局', { 指标: '节水改造', 分值: 10 }),
        ),
      );
      expect((await apply(body.id)).body.stage).toBe('applied');
      const after = await rowsIn();
      expect(after).toHaveLength(4);
      for (const old of before) {
        expect(after.find(({ id }) => id === old.id)).toMatchObject({ number: old.number, name: old.name });
      }
      expect(after.at(-1)).toMatchObject({ name: '节水改造', number: '考〔2026〕0004' });
    });

    it('a file whose list was changed after it, by another file or by hand, comes in once more', async () => {
      const inOffice = (office: string) =>
        fileOf(
          row('水利局', { 指标: '河道清理', 分值: 30, 计量单位: '公里' }),
          row('水利局', { 指标: '新建水库', 分值: 60, 省级目标: 5, '12月': 5 }),
          row('水利局', { 指标: '节水改造', 分值: 10, 责任科室: office }),
        );
      const [one, other] = [await inOffice('工程科'), await inOffice('节水办')];
      const bring = async (content: Buffer) => {
        const { body } = await send(content);
        const { body: applied } = await apply(body.id);
        return [body.stage, applied.stage, applied.done];
      };
      const before = await rowsIn();
      expect(await bring(other)).toEqual(['ready', 'applied', 3]);
      expect(await rowsIn()).not.toEqual(before);
      expect(await bring(one)).toEqual(['ready', 'applied', 3]);
      expect(await rowsIn()).toEqual(before);
      expect(await bring(one)).toEqual(['applied', 'applied', 3]);

      const [edited] = await indicatorsOf(`unit_id=${water.id}`);
      const { body: old } = await admin.get(`/indicators/${edited?.id}`);
      const patch = { responsible_office: '河湖科' };
      const { status } = await admin.patch(`/indicators/${old.id}`, patch, { version: old.version });
      expect(status).toBe(200);
      expect(await rowsIn()).not.toEqual(before);
      expect(await bring(one)).toEqual(['ready', 'applied', 3]);
      expect(await rowsIn()).toEqual(before);
    });

    it('R-015 shows every level’s target and which one holds', async () => {
      const [one] = await indicatorsOf('year=2026&target_level=provincial');
      const { body } = await admin.get(`/indicators/${one?.id}`);
      expect(body.targets).toEqual([
        { level: 'provincial', value: '5', holds: true },
        { level: 'municipal', value: '4', holds: false },
      ]);
      expect(body).toMatchObject({ name: '新建水库', target: { level: 'provincial', value: '5' } });
    });

    it('fault 28: whatever was taken in between keeps the whole file out', async () => {
      const { body } = await send(await fileOf(row('白榆镇', { 指标: '别的', 分值: 100 })));
      const person = await api.db
        .updateTable('person')
        .set({ unit_id: water.id })
        .where('name', '=', '白榆镇丙')
        .returning('id')
        .executeTakeFirstOrThrow();
      const before = await rowsIn();
      const answer = await apply(body.id);
      expect([answer.status, answer.body.code]).toEqual([409, 'import_outdated']);
      expect(answer.body.errors[0].detail).toContain('白榆镇丙');
      expect(await rowsIn()).toEqual(before);
      expect((await admin.get(`/imports/${body.id}`)).body.stage).toBe('faulty');
      expect((await admin.get('/annual-lists/2026')).body.faults_total).toBe(1);
      await api.db.updateTable('person').set({ unit_id: town.id }).where('id', '=', person.id).execute();
    });

    it('applied twenty times at once comes in once', async () => {
      const { body } = await send(
        await fileOf(
          row('白榆镇', {
            指标: '人居环境',
            分值: 100,
            主题: '生态环境保护',
            指标类别: '共性',
            责任科室: '生态办',
          }),
        ),
      );
      const answers = await Promise.all(Array.from({ length: 20 }, () => apply(body.id)));
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
      expect(await indicatorsOf(`unit_id=${town.id}`)).toHaveLength(1);
    });
  });

  describe('as a draft', () => {
    it('is edited with If-Match; what leaves a unit off 100 keeps it from being released', async () => {
      const [one] = await indicatorsOf(`unit_id=${water.id}`);
      const { body } = await admin.get(`/indicators/${one?.id}`);
      expect((await admin.patch(`/indicators/${body.id}`, { points: '59.5' })).status).toBe(428);
      const changed = await admin.patch(
        `/indicators/${body.id}`,
        { points: '59.50' },
        { version: body.version },
      );
      expect(changed.body).toMatchObject({ points: '59.50', version: body.version + 1 });
      const list = await admin.get('/annual-lists/2026');
      expect(list.body.faults).toMatchObject([{ field: 'points', unit_id: water.id, indicator_id: null }]);
      const back = await admin.patch(
        `/indicators/${body.id}`,
        { points: '60' },
        { version: changed.body.version },
      );
      expect(back.status).toBe(200);
      expect((await admin.get('/annual-lists/2026')).body.faults_total).toBe(0);
    });

    it('what is wrong with an indicator itself is refused with its field', async () => {
      const [one] = await indicatorsOf(`unit_id=${water.id}`);
      const { body } = await admin.get(`/indicators/${one?.id}`);
      const version = { version: body.version };
      const same = await admin.patch(
        `/indicators/${body.id}`,
        { contact_person_id: body.reporter.id },
        version,
      );
      expect([same.status, same.body.code, same.body.errors[0].pointer]).toEqual([
        422,
        'list_faulty',
        '/contact_person_id',
      ]);
      const name = await admin.patch(`/indicators/${body.id}`, { name: '河道清理' }, version);
      expect([name.status, name.body.code]).toEqual([409, 'already_exists']);
      expect((await admin.patch(`/indicators/${body.id}`, { points: '1.234' }, version)).status).toBe(400);
    });

    it('takes no proposals: they are for a list that has been released', async () => {
      const answer = await admin.post('/annual-lists/2026/weight-changes', {
        unit_id: water.id,
        from_date: '2026-05-01',
        reason: '调整',
        weights: [{ indicator_id: water.id, points: '100' }],
      });
      expect([answer.status, answer.body.code]).toEqual([409, 'stage_forbids']);
    });

    it('is seen by its units as far as it is theirs, and edited by nobody else', async () => {
      const unit = unitClients.get(town.id);
      const [others] = await indicatorsOf(`unit_id=${water.id}`);
      expect((await unit?.get(`/indicators/${others?.id}`))?.status).toBe(404);
      expect((await unit?.get(`/indicators/${others?.id}/weights`))?.status).toBe(404);
      expect((await unit?.get('/indicators?year=2026'))?.body.items).toHaveLength(1);
      expect((await unit?.get('/annual-lists/2026'))?.body.counts).toMatchObject({ units: 1, indicators: 1 });
      expect((await unit?.patch(`/indicators/${others?.id}`, { points: '1' }))?.status).toBe(403);
    });
  });

  describe('once released', () => {
    let ids: string[];
    const weigh = (points: readonly string[], from_date: string, client = admin) =>
      client.post('/annual-lists/2026/weight-changes', {
        unit_id: water.id,
        from_date,
        reason: '重点调整',
        weights: points.map((one, index) => ({ indicator_id: ids[index], points: one })),
      });
    const confirm = (id: string, client = second) =>
      client.post(`/annual-lists/2026/weight-changes/${id}/commands/confirm`, {});
    const weightsOn = async (on: string) =>
      (await indicatorsOf(`unit_id=${water.id}&on=${on}`)).map(({ points }) => points);

    beforeAll(async () => {
      await api.db
        .transaction()
        .execute((tx) => markReleased(tx, 2026, { account_id: adminAccount.id, at: now }));
      ids = (await indicatorsOf(`unit_id=${water.id}`)).map(({ id }) => id);
      now = instantOn(localDate('2026-04-20'), '10:00');
    });

    it('is neither edited nor replaced by a file', async () => {
      expect((await admin.patch(`/indicators/${ids[0]}`, { points: '1' })).body.code).toBe('stage_forbids');
      const { body } = await send(await fileOf(row('白榆镇', { 指标: '别的', 分值: 100 })));
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
      expect((await confirm(proposed.body.id, admin)).body.code).toBe('same_person');
      const done = await confirm(proposed.body.id);
      expect(done.body).toMatchObject({ stage: 'confirmed', version: 2 });
      expect((await confirm(proposed.body.id)).status).toBe(200);
      expect(await weightsOn('2026-04-30')).toEqual(['60.00', '30.00', '10.00']);
      expect(await weightsOn('2026-05-15')).toEqual(['50.00', '35.50', '14.50']);
      const { body } = await admin.get(`/indicators/${ids[0]}/weights`);
      expect(body.items).toMatchObject([
        { from_date: '2026-05-01', points: '50.00', reason: '重点调整', change_id: proposed.body.id },
        { from_date: '2026-01-01', points: '60.00', change_id: null },
      ]);
      expect(body.items[0].approved_by).not.toBe(body.items[0].proposed_by);
    });

    it('R-022 a proposal waits in the to-dos of the office until it is confirmed or rejected', async () => {
      const waiting = async () =>
        ((await second.get('/todos')).body.items as { what: string }[]).map(({ what }) => what);
      const { body: proposed } = await weigh(['55', '30', '15'], '2026-06-01');
      expect(await waiting()).toEqual(['待确认2026年度清单的权重调整']);
      const path = `/annual-lists/2026/weight-changes/${proposed.id}/commands/reject`;
      expect((await second.post(path, { reason: '依据不足' })).body).toMatchObject({
        stage: 'rejected',
        rejected_reason: '依据不足',
        allowed_commands: [],
      });
      expect(await waiting()).toEqual([]);
      expect((await second.post(path, { reason: '再说一遍' })).status).toBe(200);
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
        listTables(api.db).updateTable('indicator_weight').set({ points: '1' }).execute(),
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
      const { body } = await admin.get(`/indicators/${ids[0]}/weights`);
      expect(body.items.map((one: { points: string }) => one.points)).toEqual([
        '50.00',
        '40.00',
        '50.00',
        '60.00',
      ]);
      expect(body.items).toMatchObject([{ change_id: later.id }, { change_id: earlier.id }, {}, {}]);
      const shown = async (id: string) =>
        (await admin.get(`/annual-lists/2026/weight-changes/${id}`)).body.weights.map(
          (one: { old_points: string; new_points: string }) => [one.old_points, one.new_points],
        );
      expect((await shown(earlier.id))[0]).toEqual(['50.00', '40.00']);
      expect((await shown(later.id))[0]).toEqual(['40.00', '50.00']);
    });

    const dynamic = async (changed: Record<string, unknown> = {}) => {
      const { body } = await admin.get(`/indicators/${ids[0]}`);
      return admin.post('/indicators', {
        year: 2026,
        unit_id: water.id,
        name: '河长制巡河',
        source_level: 'provincial',
        points: '8',
        measure: '次',
        direction: 'higher_better',
        baseline_value: '0',
        level_targets: { provincial: '24' },
        reporter_id: body.reporter.id,
        direct_lead_id: body.direct_lead.id,
        contact_person_id: body.contact_person.id,
        responsible_office: '河湖科',
        period_kind: 'quarterly',
        plan: [
          { by: '2026-09-30', value: '12' },
          { by: '2026-12-31', value: '24' },
        ],
        from_date: '2026-07-01',
        reason: '省级新增任务',
        ...changed,
      });
    };
    let river: string;

    it('R-020 a dynamic indicator joins from its day, the unit’s others make room in proportion', async () => {
      now = instantOn(localDate('2026-06-10'), '10:00');
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
      expect(await indicatorsOf(`unit_id=${water.id}`)).toHaveLength(3);
      expect((await confirm(proposed.body.id)).status).toBe(200);
      const all = await indicatorsOf(`unit_id=${water.id}&on=2026-07-01`);
      expect(all.map(({ points }) => points)).toEqual(['46.00', '32.66', '13.34', '8.00']);
      expect(await weightsOn('2026-06-30')).toEqual(['50.00', '35.50', '14.50', null]);
      river = all[3]?.id ?? '';
      const { body } = await admin.get(`/indicators/${river}`);
      expect(body).toMatchObject({
        origin: 'dynamic',
        effective_from: '2026-07-01',
        number: '考〔2026〕0005',
      });
      const list = await admin.get('/annual-lists/2026?on=2026-07-01');
      expect(list.body.units.map(({ points }: { points: string }) => points)).toEqual(['100.00', '100.00']);
    });

    it('a proposal does not outlive a change of the same unit', async () => {
      now = instantOn(localDate('2026-07-02'), '10:00');
      ids = (await indicatorsOf(`unit_id=${water.id}`)).map(({ id }) => id);
      const stale = await weigh(['40', '30', '20', '10'], '2026-09-01');
      const other = await dynamic({ name: '另一项', from_date: '2026-08-01' });
      expect((await confirm(other.body.id)).status).toBe(200);
      const answer = await confirm(stale.body.id);
      expect([answer.status, answer.body.code]).toEqual([409, 'preview_outdated']);
    });

    it('R-021 a dynamic indicator is promoted into the common list with each unit’s own people', async () => {
      now = instantOn(localDate('2026-07-20'), '10:00');
      const proposed = await admin.post(`/indicators/${river}/commands/promote`, {
        theme: 'river_chief_system',
        from_date: '2026-08-15',
        points: '8',
        reason: '全市推开',
      });
      expect(proposed.status).toBe(201);
      expect(proposed.body).toMatchObject({ kind: 'promotion', added: 1, promotes: { indicator_id: river } });
      expect(proposed.body.additions).toMatchObject([
        { unit_id: town.id, name: '河长制巡河', points: '8.00' },
      ]);
      expect((await confirm(proposed.body.id)).status).toBe(200);
      const common = await indicatorsOf('theme=river_chief_system&on=2026-08-15');
      expect(common).toMatchObject([
        { id: river, kind: 'common' },
        { unit_id: town.id, kind: 'common', promoted_from: river, reporter: { name: '白榆镇甲' } },
      ]);
      const list = await admin.get('/annual-lists/2026?on=2026-08-15');
      expect(list.body.units.map(({ points }: { points: string }) => points)).toEqual(['100.00', '100.00']);
      const again = await admin.post(`/indicators/${river}/commands/promote`, {
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
      const proposed = await admin.post(`/indicators/${third?.indicator_id}/commands/promote`, {
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
      const list = await admin.get('/annual-lists/2026?on=2026-08-15');
      expect(list.body.units.map(({ points }: { points: string }) => points)).toEqual(['100.00', '100.00']);
      const common = await indicatorsOf('theme=river_chief_system&on=2026-08-15');
      expect(common).toHaveLength(4);
    });

    it('R-021 of a unit that has two of a post the first on the roster is named, and of one that was merged the other’s', async () => {
      const merger = await createUnit(api.db, { name: '生态新城' });
      const of = async (name: string, role: 'reporter' | 'direct_lead' | 'contact_person', rank: number) => {
        const person = await createPerson(api.db, { name, unit_id: merger.id, office: '综合办' });
        await givePost(api.db, { person, unit: merger, role, rank });
      };
      // By chance of their ids alone they would not stand so.
      for (let n = 8; n > 0; n -= 1) await of(`第${n}填报人`, 'reporter', n);
      await of('新城负责人', 'direct_lead', 1);
      await of('新城联系人', 'contact_person', 1);
      const merge = { into: merger.id, from_date: '2026-08-20', reason: '机构改革' };
      expect((await admin.post(`/units/${town.id}/commands/merge`, merge)).status).toBe(200);
      const joined = await dynamic({ name: '第四项', from_date: '2026-08-15' });
      expect((await confirm(joined.body.id)).status).toBe(200);
      const promoted = (from_date: string) =>
        admin.post(`/indicators/${joined.body.additions[0].indicator_id}/commands/promote`, {
          theme: 'river_chief_system',
          from_date,
          points: '5',
          reason: '一并推开',
        });
      const answer = await promoted('2026-08-20');
      expect(answer.status, JSON.stringify(answer.body)).toBe(201);
      expect((await confirm(answer.body.id)).status).toBe(200);
      const common = (await admin.get(`/indicators?unit_id=${town.id}&on=2026-08-20`)).body.items;
      expect(common.at(-1)).toMatchObject({
        reporter: { name: '第1填报人' },
        direct_lead: { name: '新城负责人' },
        contact_person: { name: '新城联系人' },
      });
    });

    it('a release starts in the order of the numbers, each indicator with what it weighs from its first day', async () => {
      const all = await indicatorsToRelease(api.db, 2026, { all: true });
      expect(all.map(({ number }) => number)).toEqual((await rowsIn()).map(({ number }) => number));
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
      const some = await indicatorsToRelease(api.db, 2026, { ids: all.slice(0, 1).map(({ id }) => id) });
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
});
