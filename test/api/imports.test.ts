import { randomUUID } from 'node:crypto';
import { strToU8, unzipSync, zipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { NewSupervisionItem, Processes } from '../../api/deps.ts';
import { seed } from '../../db/seed.ts';
import type { Actor } from '../../domain/process.ts';
import { instantOn, localDate, type Instant } from '../../domain/time.ts';
import { refuse, type Refusal } from '../../domain/refusal.ts';
import { writeWorkbook } from '../../sample/write-workbook.ts';
import { listOf, matter, rosterOf, soundRoster, type Rows } from '../domain/import-sheets.ts';
import { testApi, type Client, type TestApi } from '../support/api.ts';
import { upload } from '../support/forms.ts';
import { createAccount, createUnit } from '../support/people.ts';
import { noProcesses } from '../support/stand-ins.ts';

type Created = { readonly id: string; readonly item: NewSupervisionItem; readonly by: Actor };

describe('imports over HTTP', () => {
  let api: TestApi;
  let now: Instant = instantOn(localDate('2026-11-24'), '10:00');
  let sysadmin: Client;
  let security: Client;
  let assessment: Client;
  let officer: Client;
  let unit: Client;
  /** By command id: what was created, each once. */
  const created = new Map<string, Created>();
  let calls = 0;
  let obstacle: ((item: NewSupervisionItem) => Refusal | 'no worker' | null) | null = null;

  const processes: Processes = {
    ...noProcesses,
    createSupervisionItem: (item, by, commandId) => {
      calls += 1;
      const before = created.get(commandId);
      if (before !== undefined) return Promise.resolve({ id: before.id });
      const met = obstacle?.(item) ?? null;
      if (met === 'no worker')
        return Promise.reject(Object.assign(new Error('no worker'), { code: 'ECONNREFUSED' }));
      if (met !== null) return Promise.resolve(met);
      const id = randomUUID();
      created.set(commandId, { id, item, by });
      return Promise.resolve({ id });
    },
  };

  beforeAll(async () => {
    api = await testApi({ processes, clock: { now: () => Promise.resolve(now) } });
    await seed(api.db, now);
    const office = await createUnit(api.db, { name: '测试督查办', code: 'TEST_OFFICE' });
    const client = async (role: Parameters<typeof createAccount>[1]) =>
      api.signedIn(await createAccount(api.db, role));
    sysadmin = await client({ roles: ['system_admin'] });
    security = await client({ roles: ['security_admin'] });
    assessment = await client({ roles: ['assessment_admin'] });
    officer = await client({ roles: ['supervision_officer'], unit: office });
    unit = await client({ roles: ['undertaking_unit'], unit: office });
  });
  afterAll(() => api.close());

  const send = async (client: Client, kind: string, content: Buffer, name = '文件.xlsx', key?: string) =>
    upload(client, '/imports', { name, content }, { kind }, key);
  const roster = async (rows: Rows) => writeWorkbook(rosterOf(rows));
  const list = async (...rows: Parameters<typeof listOf>) => writeWorkbook(listOf(...rows));
  const apply = (client: Client, id: string) => client.post(`/imports/${id}/commands/apply`, {});
  const places = (faults: { sheet: string; row: number; column: string }[]) =>
    faults.map(({ sheet, row, column }) => `${sheet} ${row} ${column}`.trim());
  const counts = async () => {
    const tables = ['unit', 'person', 'post', 'account', 'account_role', 'supervision_item'] as const;
    return Promise.all(
      tables.map(async (name) => (await api.db.selectFrom(name).selectAll().execute()).length),
    );
  };

  describe('a roster', () => {
    let id: string;
    let file: Buffer;
    beforeAll(async () => {
      file = await roster(soundRoster());
    });

    it('with faults is answered with every one of them by row, and cannot be applied', async () => {
      const before = await counts();
      const rows = soundRoster();
      rows['人员']?.push(['1003', '重号', '123', 'NIRGENDS', null, 'Ä']);
      const { status, body } = await send(sysadmin, 'roster', await roster(rows));
      expect(status).toBe(201);
      expect(body).toMatchObject({ stage: 'faulty', total: 0, allowed_commands: [] });
      expect(places(body.faults)).toEqual([
        '人员 5 手机号码',
        '人员 5 账号',
        '人员 5 工号',
        '人员 5 单位编码',
      ]);
      expect(body.faults[0].mend).not.toBe('');
      const answer = await apply(sysadmin, body.id);
      expect([answer.status, answer.body.code]).toEqual([409, 'import_faulty']);
      expect(await counts()).toEqual(before);
    });

    it('is only looked at when it is uploaded', async () => {
      const before = await counts();
      const { status, body, headers } = await send(sysadmin, 'roster', file, '名册.xlsx');
      expect(status).toBe(201);
      expect(headers['location']).toBe(`/api/v1/imports/${body.id}`);
      expect(body).toMatchObject({
        kind: 'roster',
        file_name: '名册.xlsx',
        stage: 'ready',
        faults: [],
        counts: { units: 2, people: 3, posts: 3, accounts: 2 },
        allowed_commands: ['apply'],
      });
      id = body.id;
      expect(await counts()).toEqual(before);
    });

    it('keeps no phone number that anybody could read while it waits', async () => {
      const rows = await api.db.selectFrom('import').selectAll().execute();
      expect(JSON.stringify(rows)).not.toContain('15400000001');
      expect(JSON.stringify(await api.db.selectFrom('idempotency').selectAll().execute())).not.toContain(
        '15400000001',
      );
      expect(api.log.join('\n')).not.toContain('15400000001');
    });

    it('gives no roles by itself: the security administrator waits for it', async () => {
      expect((await apply(security, id)).status).toBe(403);
    });

    it('applied by the system administrator makes accounts without rights, and tells their passwords once', async () => {
      const key = randomUUID();
      const { status, body } = await sysadmin.post(`/imports/${id}/commands/apply`, {}, { key });
      expect(status).toBe(200);
      expect(body).toMatchObject({
        stage: 'applied',
        left_out: { accounts: 0, roles: 3 },
        allowed_commands: [],
      });
      expect(body.one_time_passwords.map(({ account }: { account: string }) => account)).toEqual([
        'wang.ming',
        'li.hua',
      ]);
      const signIn = await api.anonymous.post('/sessions', {
        account: 'wang.ming',
        password: body.one_time_passwords[0].password,
      });
      expect(signIn.body.code).toBe('password_change_required');

      const again = await sysadmin.post(`/imports/${id}/commands/apply`, {}, { key });
      expect(again.headers['idempotency-replayed']).toBe('true');
      expect(again.body.one_time_passwords).toBeNull();
      const stored = JSON.stringify(await api.db.selectFrom('idempotency').selectAll().execute());
      expect(stored).not.toContain(body.one_time_passwords[0].password);
    });

    it('gets its roles when the security administrator applies it', async () => {
      const seen = await security.get(`/imports/${id}`);
      expect(seen.body.allowed_commands).toEqual(['apply']);
      const { status, body } = await apply(security, id);
      expect(status).toBe(200);
      expect(body).toMatchObject({
        left_out: { accounts: 0, roles: 0 },
        one_time_passwords: [],
        allowed_commands: [],
      });
      const roles = await api.db
        .selectFrom('account_role')
        .innerJoin('account', 'account.id', 'account_role.account_id')
        .select(['account.account', 'role'])
        .where('account.account', 'in', ['wang.ming', 'li.hua'])
        .execute();
      expect(roles).toHaveLength(3);
    });

    it('the same file again is the same import, and applying it again does nothing', async () => {
      const before = await counts();
      const { body } = await send(sysadmin, 'roster', file);
      expect(body).toMatchObject({ id, stage: 'applied', file_name: '名册.xlsx' });
      const again = await apply(sysadmin, id);
      expect(again.body).toMatchObject({ stage: 'applied', one_time_passwords: [] });
      expect(await counts()).toEqual(before);
    });

    it('applied by whoever may not create accounts brings in the organisation and leaves them out', async () => {
      const rows: Rows = {
        单位: [['N01', '市新设局', '新设局', '市直部门', null]],
        人员: [['2001', '新人', null, 'N01', null, 'xin.ren']],
        任职: [],
        账号角色: [['xin.ren', '承办单位']],
      };
      const uploaded = await send(assessment, 'roster', await roster(rows));
      const { body } = await apply(assessment, uploaded.body.id);
      expect(body).toMatchObject({
        stage: 'applied',
        left_out: { accounts: 1, roles: 1 },
        one_time_passwords: [],
      });
      expect((await sysadmin.get(`/imports/${uploaded.body.id}`)).body.allowed_commands).toEqual(['apply']);
      const second = await apply(sysadmin, uploaded.body.id);
      expect(second.body.one_time_passwords).toHaveLength(1);
      expect(second.body.left_out).toEqual({ accounts: 0, roles: 1 });
    });

    it('GB/T 22239 8.1.5 that would make an administrator somebody else too is refused with the account', async () => {
      const rows = soundRoster();
      rows['账号角色'] = [['li.hua', '审计管理员']];
      const { body } = await send(sysadmin, 'roster', await roster(rows));
      expect(body.stage).toBe('faulty');
      expect(body.faults[0]).toMatchObject({ sheet: '账号角色', column: '系统角色' });
      expect(body.faults[0].what).toContain('li.hua');
    });

    it('is applied whole or not at all when something was taken in between', async () => {
      const rows: Rows = {
        单位: [
          ['X01', '甲局', '甲局', '市直部门', null],
          ['X02', '乙局', '乙局', '市直部门', null],
        ],
        人员: [],
        任职: [],
        账号角色: [],
      };
      // Written once: a workbook knows the second at which it was made.
      const file = await roster(rows);
      const { body } = await send(sysadmin, 'roster', file);
      await createUnit(api.db, { code: 'Y01', name: '乙局' });
      const before = await counts();
      const answer = await apply(sysadmin, body.id);
      expect([answer.status, answer.body.code]).toEqual([409, 'import_outdated']);
      expect(await counts()).toEqual(before);
      const again = await send(sysadmin, 'roster', file);
      expect(again.body).toMatchObject({ id: body.id, stage: 'faulty' });
      expect(places(again.body.faults)).toEqual(['单位 3 单位名称']);
    });

    it('fault 13: applied twenty times at once makes every account once', async () => {
      const rows: Rows = {
        单位: [['P01', '并发局', '并发局', '市直部门', null]],
        人员: [['3001', '并发', null, 'P01', null, 'bing.fa']],
        任职: [],
        账号角色: [],
      };
      const { body } = await send(sysadmin, 'roster', await roster(rows));
      const answers = await Promise.all(Array.from({ length: 20 }, () => apply(sysadmin, body.id)));
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
      const told = answers.flatMap((answer) => answer.body.one_time_passwords);
      expect(told).toHaveLength(1);
    });
  });

  describe('a supervision list', () => {
    // A workbook carries the time of its making: the same file is the same bytes.
    let three: Buffer;
    beforeAll(async () => {
      three = await list(
        matter({ 编号: '督〔2026〕7001', 督查事项: '甲事' }),
        matter({
          编号: null,
          督查事项: '乙事',
          事项类别: '一般事项',
          办结日期: null,
          预警策略: null,
          协办单位: null,
        }),
        matter({ 编号: '督〔2026〕7003', 督查事项: '丙事' }),
      );
    });

    it('with faults is answered by row and column', async () => {
      const file = await list(
        matter({ 办结日期: new Date('2026-03-01T00:00:00Z') }),
        matter({ 编号: '7', 督查事项: '乙', 牵头单位: '无此局', 预警策略: '无' }),
        matter({ 编号: '督〔2026〕0002', 督查事项: '丙', 办结日期: new Date('2031-03-01T00:00:00Z') }),
      );
      const { body } = await send(officer, 'supervision_list', file);
      expect(body.stage).toBe('faulty');
      expect(places(body.faults).toSorted()).toEqual(
        [
          '督查清单 2 办结日期',
          '督查清单 3 编号',
          '督查清单 3 牵头单位',
          '督查清单 3 预警策略',
          '督查清单 4 办结日期',
        ].toSorted(),
      );
    });

    it('whose dates no calendar reaches past is refused before anything begins', async () => {
      // The end of 2027 is known, the reviews and repeats of January 2028 are not.
      const file = await list(
        matter({ 编号: null, 督查事项: '远事', 办结日期: new Date('2027-12-20T00:00:00Z') }),
      );
      const { body } = await send(officer, 'supervision_list', file);
      expect(body.stage).toBe('faulty');
      expect(places(body.faults)).toEqual(['督查清单 2 办结日期']);
      expect(body.faults[0].what).toContain('2028');
    });

    it('names a number that is in use', async () => {
      await api.db
        .insertInto('supervision_item')
        .values({
          id: randomUUID(),
          number: '督〔2026〕7777',
          title: '在用',
          aspect: 'key_work',
          item_class: 'dated',
          importance: 'normal',
          lead_unit_id: null,
          office_unit_id: null,
          officer_id: null,
          stage: 'list_making',
          next_kind: null,
          next_what: null,
          start_input: '{}',
          created_at: new Date(now),
        })
        .execute();
      const { body } = await send(
        officer,
        'supervision_list',
        await list(matter({ 编号: '督〔2026〕7777', 督查事项: '撞号' })),
      );
      expect(places(body.faults)).toEqual(['督查清单 2 编号']);
    });

    it('goes on where it was when a worker was missing, and creates nothing twice', async () => {
      const { body } = await send(officer, 'supervision_list', three);
      const before = created.size;
      obstacle = ({ title }) => (title === '乙事' ? 'no worker' : null);
      expect((await apply(officer, body.id)).status).toBe(503);
      expect((await officer.get(`/imports/${body.id}`)).body).toMatchObject({
        stage: 'applying',
        done: 2,
        total: 3,
        allowed_commands: ['apply'],
      });
      obstacle = null;
      expect((await apply(officer, body.id)).body).toMatchObject({ stage: 'applied', done: 3 });
      expect(created.size - before).toBe(3);
      const items = [...created.values()].slice(before).map(({ item }) => item);
      expect(items.map(({ number, title, policy }) => [number, title, policy])).toEqual([
        ['督〔2026〕7001', '甲事', 'standard'],
        ['督〔2026〕7003', '丙事', 'standard'],
        // Last, so that the system cannot give it a number of the list.
        [null, '乙事', null],
      ]);
    });

    it('the same file again is the same import, and nothing more is created', async () => {
      const before = calls;
      const { body } = await send(officer, 'supervision_list', three);
      expect(body).toMatchObject({ stage: 'applied', done: 3, allowed_commands: [] });
      expect((await apply(officer, body.id)).body.stage).toBe('applied');
      expect(calls).toBe(before);
    });

    it('stands still at a row that is refused after all, says where, and goes on when that is mended', async () => {
      const file = await list(
        matter({ 编号: null, 督查事项: '子事' }),
        matter({ 编号: null, 督查事项: '丑事' }),
        matter({ 编号: null, 督查事项: '寅事' }),
      );
      const { body } = await send(officer, 'supervision_list', file);
      obstacle = ({ title }) =>
        title === '丑事' ? refuse('calendar_not_loaded', '日历中没有2028年的数据。') : null;
      const stopped = await apply(officer, body.id);
      expect([stopped.status, stopped.body.code]).toEqual([409, 'import_outdated']);
      expect(stopped.body.errors[0].detail).toContain('第3行');
      const seen = await officer.get(`/imports/${body.id}`);
      expect(seen.body).toMatchObject({ stage: 'applying', done: 1 });
      expect(places(seen.body.faults)).toEqual(['督查清单 3']);
      obstacle = null;
      expect((await apply(officer, body.id)).body).toMatchObject({ stage: 'applied', done: 3, faults: [] });
    });

    it('is looked at once more before it begins: a date that has passed meanwhile stops it', async () => {
      const file = await list(
        matter({ 编号: null, 督查事项: '过期事', 办结日期: new Date('2026-11-25T00:00:00Z') }),
      );
      const { body } = await send(officer, 'supervision_list', file);
      expect(body.stage).toBe('ready');
      const before = created.size;
      const then = now;
      now = instantOn(localDate('2026-11-26'), '09:00');
      const answer = await apply(officer, body.id);
      now = then;
      expect([answer.status, answer.body.code]).toEqual([409, 'import_outdated']);
      expect(answer.body.errors[0].detail).toContain('第2行');
      expect((await officer.get(`/imports/${body.id}`)).body.stage).toBe('faulty');
      expect(created.size).toBe(before);
    });

    it('fault 13: applied twenty times at once creates every item once', async () => {
      const { body } = await send(
        officer,
        'supervision_list',
        await list(matter({ 编号: null, 督查事项: '并发事' })),
      );
      const before = created.size;
      const answers = await Promise.all(Array.from({ length: 20 }, () => apply(officer, body.id)));
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
      expect(created.size - before).toBe(1);
    });

    it('fault 1: cut off by a crash goes on by itself when the server starts again', async () => {
      const file = await list(
        matter({ 编号: null, 督查事项: '断电前' }),
        matter({ 编号: null, 督查事项: '断电后' }),
      );
      const { body } = await send(officer, 'supervision_list', file);
      obstacle = ({ title }) => (title === '断电后' ? 'no worker' : null);
      expect((await apply(officer, body.id)).status).toBe(503);
      obstacle = null;
      await api.app.listen({ host: '127.0.0.1', port: 0 });
      await vi.waitFor(async () =>
        expect((await officer.get(`/imports/${body.id}`)).body.stage).toBe('applied'),
      );
      expect([...created.values()].filter(({ item }) => item.title.startsWith('断电'))).toHaveLength(2);
    });
  });

  describe('fault 28: a poisonous file', () => {
    const SHEET = 'xl/worksheets/sheet1.xml';
    const withSheet = async (xml: string) => {
      const parts = unzipSync(await list(matter()));
      parts[SHEET] = strToU8(xml);
      return Buffer.from(zipSync(parts));
    };
    const sheet = (rows: string) =>
      `<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>${rows}</sheetData></worksheet>`;

    it.each([
      [
        'a bomb',
        async () => withSheet(sheet(`<row r="1"><c r="A1"><v>${'1'.repeat(40_000_000)}</v></c></row>`)),
        '过大',
      ],
      [
        'a formula',
        async () => withSheet(sheet('<row r="1"><c r="A1"><f>1+1</f><v>2</v></c></row>')),
        '公式',
      ],
      [
        'a million rows',
        async () => withSheet(sheet('<row r="1048576"><c r="A1048576"><v>1</v></c></row>')),
        '行',
      ],
      ['no workbook at all', async () => Buffer.from('工号,姓名'), '不是有效的xlsx'],
      ['a torn one', async () => (await list(matter())).subarray(0, 2_000), '不是有效的xlsx'],
    ])('%s is answered with what is wrong, and nothing of it is applied', async (_, make, said) => {
      const before = await counts();
      for (const [client, kind] of [
        [officer, 'supervision_list'],
        [sysadmin, 'roster'],
      ] as const) {
        const { status, body } = await send(client, kind, await make());
        expect(status).toBe(201);
        expect(body).toMatchObject({ stage: 'faulty', total: 0 });
        expect(body.faults[0].what).toContain(said);
      }
      expect(await counts()).toEqual(before);
    });
  });

  describe('rights', () => {
    it('each kind is for those whose it is', async () => {
      const rosterFile = await roster(soundRoster());
      const listFile = await list(matter({ 编号: null, 督查事项: '权限事' }));
      expect((await send(officer, 'roster', rosterFile)).status).toBe(403);
      expect((await send(sysadmin, 'supervision_list', listFile)).status).toBe(403);
      expect((await send(security, 'roster', rosterFile)).status).toBe(403);
      expect((await send(unit, 'supervision_list', listFile)).status).toBe(403);
      expect((await send(api.anonymous, 'roster', rosterFile)).status).toBe(401);
    });

    it('nobody sees or applies what concerns others', async () => {
      const { items } = (await sysadmin.get('/imports?kind=roster')).body;
      const id = items[0].id;
      expect((await officer.get(`/imports/${id}`)).status).toBe(404);
      expect((await apply(officer, id)).status).toBe(404);
      expect((await unit.get('/imports')).status).toBe(403);
      expect((await officer.get('/imports?kind=roster')).body.items).toEqual([]);
    });

    it('a kind that does not exist is a bad request, and so is a form without a file', async () => {
      const answer = await send(sysadmin, 'anything', await roster(soundRoster()));
      expect([answer.status, answer.body.errors[0].pointer]).toEqual([400, '/kind']);
      const empty = await upload(sysadmin, '/imports', null, { kind: 'roster' });
      expect([empty.status, empty.body.errors[0].pointer]).toEqual([400, '/file']);
    });

    it('are listed page by page, the newest first', async () => {
      const first = (await officer.get('/imports?limit=3')).body;
      const second = (await officer.get(`/imports?limit=3&cursor=${first.next_cursor}`)).body;
      const ids = [...first.items, ...second.items].map(({ id }: { id: string }) => id);
      expect(new Set(ids).size).toBe(6);
    });
  });
});
