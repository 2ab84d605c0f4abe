/**
 * Where files of evidence lie. A file is a draft until it is kept: whatever goes wrong before that
 * leaves nothing behind. This one is a folder; an S3 bucket fits the same type (a multipart upload
 * is a draft, completing it keeps it).
 */
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { Transform, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { instant, type Instant } from '../domain/time.ts';

export type Draft = {
  /** Name inside the store. */
  readonly storedAs: string;
  readonly size: number;
  /** Hexadecimal. */
  readonly sha256: string;
  readonly read: () => Readable;
  /** From now on the file is there for good. */
  readonly keep: () => Promise<void>;
  /** Leaves nothing, whether it was kept or not. */
  readonly discard: () => Promise<void>;
};

export type EvidenceStore = {
  /** Takes in a stream as it comes. A stream that breaks off, or a full disk, throws and leaves nothing. */
  readonly receive: (source: Readable) => Promise<Draft>;
  /** @returns null when the store has no such file. */
  readonly read: (storedAs: string) => Promise<Readable | null>;
  /** Bytes that are free, for readiness; null where there is no such limit. */
  readonly free: () => Promise<number | null>;
};

/** No room, or no more files: whoever uploads can do nothing about it. */
export const isStoreFull = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');

export async function openEvidenceFolder(folder: string): Promise<EvidenceStore> {
  const incoming = join(folder, 'incoming');
  const kept = join(folder, 'kept');
  await mkdir(incoming, { recursive: true, mode: 0o700 });
  await mkdir(kept, { recursive: true, mode: 0o700 });
  // Two levels keep folders small: the name's first two letters, then the name.
  const placeOf = (storedAs: string) => join(kept, storedAs.slice(0, 2), storedAs);

  return {
    async receive(source) {
      const storedAs = randomUUID();
      const draft = join(incoming, storedAs);
      const hash = createHash('sha256');
      let size = 0;
      const counting = new Transform({
        transform(chunk: Buffer, _encoding, done) {
          hash.update(chunk);
          size += chunk.length;
          done(null, chunk);
        },
      });
      try {
        await pipeline(source, counting, createWriteStream(draft, { flags: 'wx', mode: 0o600, flush: true }));
      } catch (error) {
        await rm(draft, { force: true });
        throw error;
      }
      const place = placeOf(storedAs);
      let isKept = false;
      return {
        storedAs,
        size,
        sha256: hash.digest('hex'),
        read: () => createReadStream(isKept ? place : draft),
        async keep() {
          await mkdir(join(kept, storedAs.slice(0, 2)), { recursive: true, mode: 0o700 });
          await rename(draft, place);
          isKept = true;
          await syncFolder(join(kept, storedAs.slice(0, 2)));
        },
        async discard() {
          await rm(draft, { force: true });
          await rm(place, { force: true });
        },
      };
    },

    async read(storedAs) {
      // Names come from the table, yet a path must never be built from anything else.
      if (!/^[\da-f-]{36}$/.test(storedAs)) return null;
      const file = await open(placeOf(storedAs)).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return null;
        throw error;
      });
      return file === null ? null : file.createReadStream();
    },

    async free() {
      const { bavail, bsize } = await statfs(folder);
      return bavail * bsize;
    },
  };
}

/** Drafts of a process that was killed. @returns how many were removed. */
export async function clearDrafts(folder: string, before: Instant): Promise<number> {
  const incoming = join(folder, 'incoming');
  let removed = 0;
  for (const name of await readdir(incoming)) {
    const path = join(incoming, name);
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Number.POSITIVE_INFINITY }));
    if (instant(mtimeMs) >= before) continue;
    await rm(path, { force: true });
    removed += 1;
  }
  return removed;
}

/** A renamed file survives a power cut only when its folder has been written too. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
