import { strFromU8, strToU8, unzipSync, zipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { instantOn, localDate } from '../../domain/time.ts';
import { writeWorkbook } from '../../sample/write-workbook.ts';
import { annualListOf } from '../domain/annual-list-rows.ts';
import { fileOf, listedCity, rowOf as row, type ListedCity } from '../support/annual-list-api.ts';

describe('the annual list over HTTP', () => {
  let city: ListedCity;
  beforeAll(async () => {
    city = await listedCity(instantOn(localDate('2026-01-05'), '10:00'));
  });
  afterAll(() => city.api.close());

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
      const { status, body } = await city.send(faulty);
      expect([status, body.stage, body.allowed_commands]).toEqual([201, 'faulty', []]);
      expect(body.faults.map((one: { row: number; column: string }) => `${one.row} ${one.column}`)).toEqual([
        '2 市级目标',
        '3 联系人',
        '4 分值',
      ]);
      expect((await city.apply(body.id)).body.code).toBe('import_faulty');
      expect(await city.rowsIn()).toEqual([]);
      expect((await city.admin.get('/annual-lists/2026')).status).toBe(404);
    });

    it('that is no workbook, has a formula or merged cells is answered with the place', async () => {
      const changed = async (change: (xml: string) => string) => {
        const parts = unzipSync(await fileOf(row('水利局', {})));
        const path = 'xl/worksheets/sheet1.xml';
        parts[path] = strToU8(change(strFromU8(parts[path] ?? new Uint8Array())));
        const { body } = await city.send(Buffer.from(zipSync(parts)));
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
      const { body } = await city.send(Buffer.from('单位,指标'));
      expect(body.faults).toMatchObject([{ what: '文件不是有效的xlsx，或已损坏' }]);
      expect(await city.rowsIn()).toEqual([]);
    });

    it('is only looked at when it is uploaded, and comes in whole when it is applied', async () => {
      const { body } = await city.send(file);
      expect(body).toMatchObject({ stage: 'ready', total: 3, done: 0, allowed_commands: ['apply'] });
      expect(await city.rowsIn()).toEqual([]);
      const applied = await city.apply(body.id);
      expect(applied.body).toMatchObject({ stage: 'applied', total: 3, done: 3, allowed_commands: [] });
      const list = await city.admin.get('/annual-lists/2026');
      expect(list.body).toMatchObject({
        stage: 'draft',
        counts: { units: 2, indicators: 3, common: 1, individual: 2, dynamic: 0 },
        faults: [],
      });
      expect(list.body.units.map(({ points }: { points: string }) => points)).toEqual(['100.00', '100.00']);
    });

    it('the same file twice changes nothing, as the same upload and as other bytes', async () => {
      const before = await city.rowsIn();
      const { version } = (await city.admin.get('/annual-lists/2026')).body;
      const again = await city.send(file);
      expect(again.body.stage).toBe('applied');
      await city.apply(again.body.id);
      const sheet = annualListOf(
        row('水利局', { 指标: '新建水库', 分值: '60.0', 省级目标: 5, '12月': 5 }),
        row('水利局', { 指标: '河道清理', 分值: 40, 计量单位: '公里' }),
        row('白榆镇', { 指标: '人居环境', 分值: 100, 主题: '生态环境保护', 指标类别: '共性' }),
      );
      const other = await city.send(await writeWorkbook(sheet));
      expect(other.body.id).not.toBe(again.body.id);
      expect((await city.apply(other.body.id)).body.stage).toBe('applied');
      expect(await city.rowsIn()).toEqual(before);
      expect((await city.admin.get('/annual-lists/2026')).body.version).toBe(version);
    });

    it('replaces the lists of its units, keeps their numbers, and leaves other units alone', async () => {
      const before = await city.rowsIn();
      const { body } = await city.send(
        await fileOf(
          row('水利局', { 指标: '河道清理', 分值: 30, 计量单位: '公里' }),
          row('水利局', { 指标: '新建水库', 分值: 60, 省级目标: 5, '12月': 5 }),
          row('水利局', { 指标: '节水改造', 分值: 10 }),
        ),
      );
      expect((await city.apply(body.id)).body.stage).toBe('applied');
      const after = await city.rowsIn();
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
        const { body } = await city.send(content);
        const { body: applied } = await city.apply(body.id);
        return [body.stage, applied.stage, applied.done];
      };
      const before = await city.rowsIn();
      expect(await bring(other)).toEqual(['ready', 'applied', 3]);
      expect(await city.rowsIn()).not.toEqual(before);
      expect(await bring(one)).toEqual(['ready', 'applied', 3]);
      expect(await city.rowsIn()).toEqual(before);
      expect(await bring(one)).toEqual(['applied', 'applied', 3]);

      const [edited] = await city.indicatorsOf(`unit_id=${city.water.id}`);
      const { body: old } = await city.admin.get(`/indicators/${edited?.id}`);
      const patch = { responsible_office: '河湖科' };
      const { status } = await city.admin.patch(`/indicators/${old.id}`, patch, { version: old.version });
      expect(status).toBe(200);
      expect(await city.rowsIn()).not.toEqual(before);
      expect(await bring(one)).toEqual(['ready', 'applied', 3]);
      expect(await city.rowsIn()).toEqual(before);
    });

    it('R-015 shows every level’s target and which one holds', async () => {
      const [one] = await city.indicatorsOf('year=2026&target_level=provincial');
      const { body } = await city.admin.get(`/indicators/${one?.id}`);
      expect(body.targets).toEqual([
        { level: 'provincial', value: '5', holds: true },
        { level: 'municipal', value: '4', holds: false },
      ]);
      expect(body).toMatchObject({ name: '新建水库', target: { level: 'provincial', value: '5' } });
    });

    it('fault 28: whatever was taken in between keeps the whole file out', async () => {
      const { body } = await city.send(await fileOf(row('白榆镇', { 指标: '别的', 分值: 100 })));
      const person = await city.api.db
        .updateTable('person')
        .set({ unit_id: city.water.id })
        .where('name', '=', '白榆镇丙')
        .returning('id')
        .executeTakeFirstOrThrow();
      const before = await city.rowsIn();
      const answer = await city.apply(body.id);
      expect([answer.status, answer.body.code]).toEqual([409, 'import_outdated']);
      expect(answer.body.errors[0].detail).toContain('白榆镇丙');
      expect(await city.rowsIn()).toEqual(before);
      expect((await city.admin.get(`/imports/${body.id}`)).body.stage).toBe('faulty');
      expect((await city.admin.get('/annual-lists/2026')).body.faults_total).toBe(1);
      await city.api.db
        .updateTable('person')
        .set({ unit_id: city.town.id })
        .where('id', '=', person.id)
        .execute();
    });

    it('applied twenty times at once comes in once', async () => {
      const { body } = await city.send(
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
      const answers = await Promise.all(Array.from({ length: 20 }, () => city.apply(body.id)));
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
      expect(await city.indicatorsOf(`unit_id=${city.town.id}`)).toHaveLength(1);
    });
  });

  describe('as a draft', () => {
    it('is edited with If-Match; what leaves a unit off 100 keeps it from being released', async () => {
      const [one] = await city.indicatorsOf(`unit_id=${city.water.id}`);
      const { body } = await city.admin.get(`/indicators/${one?.id}`);
      expect((await city.admin.patch(`/indicators/${body.id}`, { points: '59.5' })).status).toBe(428);
      const changed = await city.admin.patch(
        `/indicators/${body.id}`,
        { points: '59.50' },
        { version: body.version },
      );
      expect(changed.body).toMatchObject({ points: '59.50', version: body.version + 1 });
      const list = await city.admin.get('/annual-lists/2026');
      expect(list.body.faults).toMatchObject([
        { field: 'points', unit_id: city.water.id, indicator_id: null },
      ]);
      const back = await city.admin.patch(
        `/indicators/${body.id}`,
        { points: '60' },
        { version: changed.body.version },
      );
      expect(back.status).toBe(200);
      expect((await city.admin.get('/annual-lists/2026')).body.faults_total).toBe(0);
    });

    it('what is wrong with an indicator itself is refused with its field', async () => {
      const [one] = await city.indicatorsOf(`unit_id=${city.water.id}`);
      const { body } = await city.admin.get(`/indicators/${one?.id}`);
      const version = { version: body.version };
      const same = await city.admin.patch(
        `/indicators/${body.id}`,
        { contact_person_id: body.reporter.id },
        version,
      );
      expect([same.status, same.body.code, same.body.errors[0].pointer]).toEqual([
        422,
        'list_faulty',
        '/contact_person_id',
      ]);
      const name = await city.admin.patch(`/indicators/${body.id}`, { name: '河道清理' }, version);
      expect([name.status, name.body.code]).toEqual([409, 'already_exists']);
      expect((await city.admin.patch(`/indicators/${body.id}`, { points: '1.234' }, version)).status).toBe(
        400,
      );
    });

    it('takes no proposals: they are for a list that has been released', async () => {
      const answer = await city.admin.post('/annual-lists/2026/weight-changes', {
        unit_id: city.water.id,
        from_date: '2026-05-01',
        reason: '调整',
        weights: [{ indicator_id: city.water.id, points: '100' }],
      });
      expect([answer.status, answer.body.code]).toEqual([409, 'stage_forbids']);
    });

    it('is seen by its units as far as it is theirs, and edited by nobody else', async () => {
      const unit = city.unitClients.get(city.town.id);
      const [others] = await city.indicatorsOf(`unit_id=${city.water.id}`);
      expect((await unit?.get(`/indicators/${others?.id}`))?.status).toBe(404);
      expect((await unit?.get(`/indicators/${others?.id}/weights`))?.status).toBe(404);
      expect((await unit?.get('/indicators?year=2026'))?.body.items).toHaveLength(1);
      expect((await unit?.get('/annual-lists/2026'))?.body.counts).toMatchObject({ units: 1, indicators: 1 });
      expect((await unit?.patch(`/indicators/${others?.id}`, { points: '1' }))?.status).toBe(403);
    });
  });
});
