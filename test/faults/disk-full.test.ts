/** Fault 18, with a disk that is really full where the machine lets a test have one of its own. */
import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { upload } from '../support/forms.ts';
import { usualPeople } from '../support/matter.ts';
import { productionCity } from './production.ts';

const MIB = 1024 * 1024;
const disk = await smallDisk(24 * MIB);
afterAll(() => void (disk !== null && spawnSync('umount', [disk])));

test('fault 18: with too little free the server says that it is not ready, and goes on taking what there is room for', async () => {
  const city = await productionCity({ DISK_LEAST_FREE_BYTES: String(2 ** 40) });
  await city.startServer();
  const { reporter } = await usualPeople(city);
  expect(await reporter.client.get('/readyz')).toMatchObject({
    status: 503,
    body: { ready: false, checks: { postgres: 'ok', migrations: 'ok', temporal: 'ok', disk: 'failed' } },
  });
  expect((await reporter.client.get('/livez')).status).toBe(200);
  expect((await upload(reporter.client, '/evidence', pdf(1))).status).toBe(201);
  await city.ends();
});

test.skipIf(disk === null)(
  'fault 18: readiness turns false before the disk is full; full, an upload leaves no row and no file, and succeeds when there is room',
  { timeout: 120_000 },
  async () => {
    const folder = disk ?? '';
    const city = await productionCity({
      EVIDENCE_DIR: folder,
      UPLOAD_MAX_BYTES: String(2 * MIB),
      DISK_LEAST_FREE_BYTES: String(8 * MIB),
    });
    await city.startServer();
    const { reporter } = await usualPeople(city);
    const { client } = reporter;
    const ready = async () => (await client.get('/readyz')).status === 200;
    const traces = async () => {
      const entries = await readdir(folder, { recursive: true, withFileTypes: true });
      return {
        files: entries.filter((entry) => entry.isFile() && entry.name !== 'ballast').length,
        rows: (await city.db.selectFrom('evidence').select('id').execute()).length,
      };
    };
    expect(await ready()).toBe(true);

    let taken = 0;
    while (await ready()) {
      taken += 1;
      expect((await upload(client, '/evidence', pdf(2 * MIB - 10_000))).status).toBe(201);
      expect(taken).toBeLessThan(12);
    }
    // Not ready, and not full: what is on its way still arrives.
    for (let n = 0; n < 2; n += 1) {
      taken += 1;
      expect((await upload(client, '/evidence', pdf(2 * MIB - 10_000))).status).toBe(201);
    }
    await fill(join(folder, 'ballast'));
    expect(await traces()).toEqual({ files: taken, rows: taken });
    const key = 'into-a-full-disk';
    const refused = await upload(client, '/evidence', pdf(MIB), {}, key);
    expect(refused).toMatchObject({ status: 507, body: { code: 'storage_full' } });
    expect(await traces()).toEqual({ files: taken, rows: taken });

    await rm(join(folder, 'ballast'));
    const again = await upload(client, '/evidence', pdf(MIB), {}, key);
    expect(again.status, JSON.stringify(again.body)).toBe(201);
    expect(await traces()).toEqual({ files: taken + 1, rows: taken + 1 });
    await city.ends();
  },
);

function pdf(bytes: number) {
  const content = Buffer.concat([
    Buffer.from('%PDF-1.7\n1 0 obj <<>> endobj\ntrailer <<>>\n%%EOF\n'),
    Buffer.alloc(bytes),
  ]);
  return { name: '印证材料.pdf', content };
}

/** Until nothing more goes in. */
async function fill(path: string): Promise<void> {
  for (const size of [MIB, 4096]) {
    for (let full = false; !full;) {
      full = await writeFile(path, Buffer.alloc(size), { flag: 'a' }).then(
        () => false,
        () => true,
      );
    }
  }
}

/** A file system in memory, of this size; null where a test may not mount one. */
async function smallDisk(bytes: number): Promise<string | null> {
  const folder = await mkdtemp(join(tmpdir(), 'dukao-disk-'));
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', folder]);
  if (status === 0) return folder;
  await rm(folder, { recursive: true });
  return null;
}
