import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clearDrafts, openEvidenceFolder, type EvidenceStore } from '../../db/evidence-store.ts';
import { instantOn, localDate } from '../../domain/time.ts';

describe('the evidence store', () => {
  let folder: string;
  let store: EvidenceStore;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'dukao-evidence-'));
    store = await openEvidenceFolder(folder);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const files = async () => {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).length;
  };

  it('hashes and counts while it takes a file in, and gives it back as it came', async () => {
    const content = randomBytes(300_000);
    const draft = await store.receive(
      Readable.from([content.subarray(0, 100_000), content.subarray(100_000)]),
    );
    expect(draft.size).toBe(300_000);
    expect(draft.sha256).toBe(createHash('sha256').update(content).digest('hex'));
    expect((await buffer(draft.read())).equals(content)).toBe(true);
    expect(await store.read(draft.storedAs)).toBeNull();
    await draft.keep();
    const kept = await store.read(draft.storedAs);
    expect(kept !== null && (await buffer(kept)).equals(content)).toBe(true);
    await draft.discard();
    expect(await files()).toBe(0);
  });

  it('keeps nothing of a draft that is discarded', async () => {
    const draft = await store.receive(Readable.from([Buffer.from('一')]));
    await draft.discard();
    expect(await files()).toBe(0);
  });

  it('keeps nothing of a stream that breaks off half way', async () => {
    const broken = Readable.from(
      (async function* () {
        yield Buffer.alloc(50_000);
        await Promise.resolve();
        throw new Error('cut');
      })(),
    );
    await expect(store.receive(broken)).rejects.toThrow('cut');
    expect(await files()).toBe(0);
  });

  it('never reads outside of its folder', async () => {
    for (const name of ['../../etc/passwd', '..', '', 'a/b', '/etc/passwd']) {
      expect(await store.read(name)).toBeNull();
    }
  });

  it('clears the drafts that a killed process left', async () => {
    const old = join(folder, 'incoming', 'old');
    await writeFile(old, 'half');
    await utimes(old, new Date('2026-03-01'), new Date('2026-03-01'));
    await writeFile(join(folder, 'incoming', 'fresh'), 'half');
    await utimes(join(folder, 'incoming', 'fresh'), new Date('2026-03-03'), new Date('2026-03-03'));
    expect(await clearDrafts(folder, instantOn(localDate('2026-03-02')))).toBe(1);
    expect(await readdir(join(folder, 'incoming'))).toEqual(['fresh']);
  });

  it('knows how much room is left', async () => {
    expect(await store.free()).toBeGreaterThan(0);
  });
});
