/** Which files are taken as evidence: by what they are called and by what they are, both. */
import { fileTypeFromStream } from 'file-type';
import type { Readable } from 'node:stream';
import { TextDecoder } from 'node:util';

/**
 * By extension. Archives are left out: what they carry could not be seen by whoever reviews. What can
 * run a program or a macro is left out too.
 */
export const mediaTypes: Readonly<Record<string, string>> = {
  pdf: 'application/pdf',
  docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  png: 'image/png',
  txt: 'text/plain',
};

export const takenTypes = [...new Set(Object.values(mediaTypes))];

/** Null when the name's extension is not taken, or the content is something else. */
export async function mediaTypeOf(fileName: string, read: () => Readable): Promise<string | null> {
  const extension = /\.([A-Za-z0-9]+)$/.exec(fileName)?.[1]?.toLowerCase() ?? '';
  const expected = mediaTypes[extension];
  if (expected === undefined) return null;
  const found = await magicOf(read());
  if (expected === 'text/plain') return found === null && (await isText(read())) ? expected : null;
  return found === expected ? expected : null;
}

async function magicOf(content: Readable): Promise<string | null> {
  try {
    return (await fileTypeFromStream(content))?.mime ?? null;
  } catch {
    // Cut short, or built to confuse: not what it says.
    return 'application/octet-stream';
  } finally {
    content.destroy();
  }
}

/** Text has no magic: no control characters, and decodable the way Chinese offices write it. */
async function isText(content: Readable): Promise<boolean> {
  const decoders = ['utf-8', 'gb18030'].map((label) => new TextDecoder(label, { fatal: true }));
  const fits = decoders.map(() => true);
  for await (const chunk of content as AsyncIterable<Buffer>) {
    // oxlint-disable-next-line no-control-regex -- exactly these are what text does not have
    if (/[\x00-\x08\x0e-\x1a\x1c-\x1f]/.test(chunk.toString('latin1'))) return false;
    for (const [i, decoder] of decoders.entries()) fits[i] &&= decodes(decoder, chunk, true);
  }
  return decoders.some((decoder, i) => fits[i] === true && decodes(decoder, Buffer.alloc(0), false));
}

function decodes(decoder: TextDecoder, chunk: Buffer, stream: boolean): boolean {
  try {
    decoder.decode(chunk, { stream });
    return true;
  } catch {
    return false;
  }
}
