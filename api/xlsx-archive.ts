/**
 * The zip layer of an uploaded xlsx. Sizes that an archive declares are never believed: every entry
 * is inflated under a cap, and what is handed on is packed afresh, so that the reader behind it
 * only ever sees an archive whose headers are true.
 */
import { promisify } from 'node:util';
import { inflateRaw } from 'node:zlib';
import { zipSync } from 'fflate';

export type ArchiveLimits = {
  readonly maxEntries: number;
  /** Of all XML parts together, in bytes. */
  readonly maxUnpackedBytes: number;
};

export type ArchiveFault = 'damaged' | 'encrypted' | 'too_large' | 'macros';

/** The XML parts by path. Everything else in the archive is left packed and unread. */
export type XmlParts = ReadonlyMap<string, Buffer>;

const inflate = promisify(inflateRaw);

const END_OF_DIRECTORY = 0x06054b50;
const DIRECTORY_ENTRY = 0x02014b50;
const LOCAL_ENTRY = 0x04034b50;
const STORED = 0;
const DEFLATED = 8;

export async function unpackXml(archive: Buffer, limits: ArchiveLimits): Promise<XmlParts | ArchiveFault> {
  const entries = readDirectory(archive, limits.maxEntries);
  if (typeof entries === 'string') return entries;
  if (entries.some(({ path }) => path.toLowerCase().endsWith('vbaproject.bin'))) return 'macros';
  const parts = new Map<string, Buffer>();
  let left = limits.maxUnpackedBytes;
  for (const entry of entries) {
    if (!entry.path.endsWith('.xml') && !entry.path.endsWith('.rels')) continue;
    if (entry.encrypted) return 'encrypted';
    if (parts.has(entry.path)) return 'damaged';
    const packed = packedBytes(archive, entry);
    if (packed === null) return 'damaged';
    const content = await unpackEntry(packed, entry.method, left);
    if (typeof content === 'string') return content;
    left -= content.length;
    parts.set(entry.path, content);
  }
  return parts;
}

export const packStored = (parts: XmlParts): Buffer =>
  Buffer.from(zipSync(Object.fromEntries(parts), { level: 0 }));

type Entry = { path: string; method: number; encrypted: boolean; packedSize: number; offset: number };

function readDirectory(archive: Buffer, maxEntries: number): Entry[] | ArchiveFault {
  // The end record is followed by a comment of at most 65 535 bytes.
  const from = Math.max(0, archive.length - 22 - 0xffff);
  const end = archive.lastIndexOf(Buffer.from([0x50, 0x4b, 0x05, 0x06]));
  if (end < from || end + 22 > archive.length || archive.readUInt32LE(end) !== END_OF_DIRECTORY)
    return 'damaged';
  const count = archive.readUInt16LE(end + 10);
  if (count > maxEntries) return 'too_large';
  const entries: Entry[] = [];
  let at = archive.readUInt32LE(end + 16);
  for (let index = 0; index < count; index++) {
    if (at + 46 > end || archive.readUInt32LE(at) !== DIRECTORY_ENTRY) return 'damaged';
    const nameEnd = at + 46 + archive.readUInt16LE(at + 28);
    if (nameEnd > end) return 'damaged';
    entries.push({
      path: archive.toString('utf8', at + 46, nameEnd),
      method: archive.readUInt16LE(at + 10),
      encrypted: (archive.readUInt16LE(at + 8) & 1) === 1,
      packedSize: archive.readUInt32LE(at + 20),
      offset: archive.readUInt32LE(at + 42),
    });
    at = nameEnd + archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32);
  }
  return entries;
}

function packedBytes(archive: Buffer, { offset, packedSize }: Entry): Buffer | null {
  if (offset + 30 > archive.length || archive.readUInt32LE(offset) !== LOCAL_ENTRY) return null;
  const from = offset + 30 + archive.readUInt16LE(offset + 26) + archive.readUInt16LE(offset + 28);
  return from + packedSize > archive.length ? null : archive.subarray(from, from + packedSize);
}

async function unpackEntry(packed: Buffer, method: number, room: number): Promise<Buffer | ArchiveFault> {
  if (method === STORED) return packed.length > room ? 'too_large' : packed;
  if (method !== DEFLATED) return 'damaged';
  try {
    // zlib wants a cap of at least one byte; an entry that fills it exactly would be over `room` by one.
    const content = await inflate(packed, { maxOutputLength: room + 1 });
    return content.length > room ? 'too_large' : content;
  } catch (error) {
    return error instanceof RangeError && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE'
      ? 'too_large'
      : 'damaged';
  }
}
