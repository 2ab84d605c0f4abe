/**
 * How long an annual list of a size takes and what it needs, of a server that is a process of its own:
 * the numbers are printed, the limits are held.
 */
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { listTables } from '../../db/annual-list-tables.ts';
import type { Db } from '../../db/client.ts';
import { wallNow } from '../../db/clock.ts';
import { instantOn, localDate } from '../../domain/time.ts';
import { productionCity, type Program } from '../faults/production.ts';
import { ROWS_PER_UNIT } from '../support/big-annual-list.ts';
import { upload } from '../support/forms.ts';
import { createUnit } from '../support/people.ts';

const run = promisify(execFile);
const MB = 1_000_000;

async function units(db: Db, count: number): Promise<void> {
  const all = Array.from({ length: count }, (_, index) => ({
    id: randomUUID(),
    code: `big-${index}`,
    name: `第${index}局`,
    short_name: `${index}局`,
    kind: 'department' as const,
  }));
  await db.insertInto('unit').values(all).execute();
  const people = all.flatMap(({ id, code }) =>
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
  );
  await db.insertInto('person').values(people).execute();
}

async function made(rows: number, kind: 'sound' | 'bare'): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), 'annual-list-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, 'list.xlsx');
  await run(process.execPath, ['test/support/big-annual-list.ts', path, String(rows), kind]);
  return readFile(path);
}

/** In bytes; of a system that does not tell, nothing. */
function memoryOf({ pid }: Program): { readonly now: number; readonly most: number } | null {
  if (process.platform !== 'linux') return null;
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const kilobytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]);
  return { now: kilobytes('VmRSS') * 1_024, most: kilobytes('VmHWM') * 1_024 };
}

/** How long it took, and how far the server's memory rose above what it held before. */
async function measured<T>(server: Program, what: string, work: () => Promise<T>) {
  const before = memoryOf(server);
  const started = performance.now();
  const result = await work();
  const seconds = (performance.now() - started) / 1_000;
  const after = memoryOf(server);
  const megabytes = before === null || after === null ? null : Math.max(0, after.most - before.now) / MB;
  console.log(`${what}: ${seconds.toFixed(1)} s, at most ${megabytes?.toFixed(0) ?? '?'} MB more memory`);
  return { result, seconds, megabytes };
}

test(
  'an annual list of 5 000 rows is checked and applied in under 30 seconds and 300 MB; 10 000 rows, as many as a release starts, come in too, and 1 000 000 are refused',
  { timeout: 240_000 },
  async () => {
    const city = await productionCity();
    // Later in the year its first periods would be over.
    const server = await city.startServer({
      shiftMs: instantOn(localDate('2026-01-05'), '10:00') - wallNow(),
    });
    await units(city.db, 400);
    const { client: admin } = await city.someone(await createUnit(city.db), { role: 'assessment_admin' });
    const send = (content: Buffer) =>
      upload(admin, '/imports', { name: '清单.xlsx', content }, { kind: 'annual_list' });
    const bringIn = async (file: Buffer, rows: number) =>
      measured(server, `${rows} rows (${file.length} bytes)`, async () => {
        const checked = await send(file);
        expect(checked.body).toMatchObject({ stage: 'ready', total: rows });
        const applied = await admin.post(`/imports/${checked.body.id}/commands/apply`, {});
        expect(applied.body).toMatchObject({ stage: 'applied', done: rows });
      });

    const { seconds, megabytes } = await bringIn(await made(5_000, 'sound'), 5_000);
    expect(seconds).toBeLessThan(30);
    if (megabytes !== null) expect(megabytes).toBeLessThan(300);
    const { body } = await admin.get('/annual-lists/2026');
    expect(body).toMatchObject({ counts: { units: 5_000 / ROWS_PER_UNIT, indicators: 5_000 }, faults: [] });

    await bringIn(await made(10_000, 'sound'), 10_000);

    const indicators = () => listTables(city.db).selectFrom('indicator').select('id').execute();
    const before = await indicators();
    const file = await made(1_000_000, 'bare');
    const { result } = await measured(server, `1000000 rows (${file.length} bytes)`, () => send(file));
    expect(result.body).toMatchObject({ stage: 'faulty', total: 0 });
    expect(result.body.faults[0].what).toMatch(/超过12001行|解压后过大/);
    expect(await indicators()).toHaveLength(before.length);
  },
);
