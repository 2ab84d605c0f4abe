/** How long an annual list of a size takes and what it needs: the numbers are printed, the limits are held. */
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listTables } from '../../db/annual-list-tables.ts';
import { seed } from '../../db/seed.ts';
import { instantOn, localDate } from '../../domain/time.ts';
import { testApi, type Client, type TestApi } from '../support/api.ts';
import { ROWS_PER_UNIT } from '../support/big-annual-list.ts';
import { upload } from '../support/forms.ts';
import { createAccount } from '../support/people.ts';

const run = promisify(execFile);
const now = instantOn(localDate('2026-01-05'), '10:00');
const MB = 1_000_000;

describe('an annual list of size', () => {
  let api: TestApi;
  let admin: Client;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'annual-list-'));
    api = await testApi({ clock: { now: () => Promise.resolve(now) } });
    await seed(api.db, now);
    admin = await api.signedIn(await createAccount(api.db, { roles: ['assessment_admin'] }));
    const units = Array.from({ length: 400 }, (_, index) => ({
      id: randomUUID(),
      code: `big-${index}`,
      name: `第${index}局`,
      short_name: `${index}局`,
      kind: 'department' as const,
    }));
    await api.db.insertInto('unit').values(units).execute();
    await api.db
      .insertInto('person')
      .values(
        units.flatMap(({ id, code }) =>
          ['甲', '乙', '丙'].map((which) => ({
            id: randomUUID(),
            staff_no: `${code}${which}`,
            name: `${code}${which}`,
            unit_id: id,
            office: null,
            phone_cipher: null,
            phone_hash: null,
            phone_masked: null,
          })),
        ),
      )
      .execute();
  });
  afterAll(async () => {
    await api.close();
    await rm(folder, { recursive: true });
  });

  const made = async (rows: number, kind: 'sound' | 'bare') => {
    const path = join(folder, `${kind}-${rows}.xlsx`);
    await run(process.execPath, ['test/support/big-annual-list.ts', path, String(rows), kind]);
    return readFile(path);
  };
  const send = (content: Buffer) =>
    upload(admin, '/imports', { name: '清单.xlsx', content }, { kind: 'annual_list' });

  /** How long it took, and how far the process's memory rose above what it held before. */
  const measured = async <T>(
    what: string,
    work: () => Promise<T>,
  ): Promise<{ result: T; seconds: number; megabytes: number }> => {
    const before = process.memoryUsage().rss;
    const started = performance.now();
    const result = await work();
    const seconds = (performance.now() - started) / 1_000;
    const megabytes = Math.max(0, process.resourceUsage().maxRSS * 1_024 - before) / MB;
    console.log(`${what}: ${seconds.toFixed(1)} s, at most ${megabytes.toFixed(0)} MB more memory`);
    return { result, seconds, megabytes };
  };

  it('of 5 000 rows is checked and applied in under 30 seconds and 300 MB', async () => {
    const file = await made(5_000, 'sound');
    const { result, seconds, megabytes } = await measured(`5 000 rows (${file.length} bytes)`, async () => {
      const checked = await send(file);
      expect(checked.body).toMatchObject({ stage: 'ready', total: 5_000 });
      return admin.post(`/imports/${checked.body.id}/commands/apply`, {});
    });
    expect(result.body).toMatchObject({ stage: 'applied', done: 5_000 });
    expect(seconds).toBeLessThan(30);
    expect(megabytes).toBeLessThan(300);
    const { body } = await admin.get('/annual-lists/2026');
    expect(body).toMatchObject({ counts: { units: 5_000 / ROWS_PER_UNIT, indicators: 5_000 }, faults: [] });
  }, 120_000);

  it('of 10 000 rows, as many as a release starts, comes in too', async () => {
    const file = await made(10_000, 'sound');
    const { result } = await measured(`10 000 rows (${file.length} bytes)`, async () => {
      const checked = await send(file);
      expect(checked.body).toMatchObject({ stage: 'ready', total: 10_000 });
      return admin.post(`/imports/${checked.body.id}/commands/apply`, {});
    });
    expect(result.body.stage).toBe('applied');
  }, 120_000);

  it('of 1 000 000 rows is refused with the reason, and nothing has come in', async () => {
    const before = await listTables(api.db).selectFrom('indicator').select('id').execute();
    const file = await made(1_000_000, 'bare');
    const { result } = await measured(`1 000 000 rows (${file.length} bytes)`, () => send(file));
    expect(result.body).toMatchObject({ stage: 'faulty', total: 0 });
    expect(result.body.faults[0].what).toMatch(/超过12001行|解压后过大/);
    expect(await listTables(api.db).selectFrom('indicator').select('id').execute()).toHaveLength(
      before.length,
    );
  }, 120_000);
});
