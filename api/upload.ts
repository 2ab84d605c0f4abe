/** A form with one file, taken in as it comes. Whatever breaks, nothing of it is left. */
import type { Readable } from 'node:stream';
import type { FastifyRequest } from 'fastify';
import { isStoreFull } from '../db/evidence-store.ts';
import { ApiProblem, type FieldFault } from './problem.ts';

export type Upload<Received> = {
  readonly fileName: string;
  readonly received: Received;
  readonly fields: Readonly<Record<string, string>>;
};

export type Taking<Received> = {
  readonly maxBytes: number;
  /** Names of the fields that may come with the file. */
  readonly fields: readonly string[];
  readonly receive: (source: Readable) => Promise<Received>;
  readonly discard: (received: Received) => Promise<void>;
};

/** Beside the file: field names, boundaries, short values. */
const FORM_BYTES = 64 * 1024;
const MAX_FIELD_BYTES = 1_000;

/** For `fastify.register(multipart, …)`; the file's own limit is set by each route. */
export const formLimits = {
  throwFileSizeLimit: false,
  limits: { fieldNameSize: 100, fieldSize: MAX_FIELD_BYTES, headerPairs: 20 },
};

export async function takeUpload<Received>(
  request: FastifyRequest,
  { maxBytes, fields: known, receive, discard }: Taking<Received>,
): Promise<Upload<Received>> {
  // Said before the first byte is read, where the sender says how much is coming.
  if (Number(request.headers['content-length'] ?? 0) > maxBytes + FORM_BYTES) throw tooLarge(maxBytes);
  const fields: Record<string, string> = {};
  let file: { fileName: string; received: Received } | null = null;
  try {
    const limits = { fileSize: maxBytes, files: 1, fields: known.length, parts: known.length + 1 };
    for await (const part of request.parts({ limits })) {
      if (part.type === 'field') {
        fields[part.fieldname] = fieldValue(part, known, fields);
      } else {
        // The rest of a file that is too large need not come.
        part.file.once('limit', () => part.file.destroy(tooLarge(maxBytes)));
        const received = await receive(part.file);
        file = { fileName: part.filename, received };
        // The limit may have been reached before anybody listened.
        if (part.file.truncated) throw tooLarge(maxBytes);
        if (part.fieldname !== 'file') throw badForm(`/${part.fieldname}`, '没有这个字段。');
      }
    }
    if (file === null) throw badForm('/file', '缺少文件。');
    return { ...file, fields };
  } catch (error) {
    // Half read, the connection would keep its next request waiting for ever.
    request.raw.unpipe();
    request.raw.resume();
    if (file !== null) await discard(file.received);
    throw uploadProblem(error);
  }
}

const tooLarge = (maxBytes: number) =>
  new ApiProblem(
    'body_too_large',
    `文件超过${Math.floor(maxBytes / 1024 / 1024)} MiB，没有保存；请压缩或拆分后上传。`,
  );

const badForm = (pointer: string, detail: string) =>
  new ApiProblem('invalid_request', '表单内容不符合规定，见 errors。', {
    errors: [{ pointer, detail, in: 'body' } satisfies FieldFault],
  });

type Field = { readonly fieldname: string; readonly value: unknown; readonly valueTruncated: boolean };

function fieldValue(
  { fieldname, value, valueTruncated }: Field,
  known: readonly string[],
  before: object,
): string {
  const pointer = `/${fieldname}`;
  if (!known.includes(fieldname)) throw badForm(pointer, '没有这个字段。');
  if (fieldname in before) throw badForm(pointer, '字段重复。');
  if (typeof value !== 'string' || valueTruncated) throw badForm(pointer, '须为简短的文本。');
  if (value.includes('\0') || !value.isWellFormed()) throw badForm(pointer, '含有不允许的字符。');
  return value;
}

function uploadProblem(error: unknown): unknown {
  if (error instanceof ApiProblem) return error;
  if (isStoreFull(error)) {
    return new ApiProblem(
      'storage_full',
      '存储空间已满，文件没有保存；请联系管理员后用同一 Idempotency-Key 重试。',
    );
  }
  // What the plugin itself found at fault has a problem of its own.
  const isKnown = error instanceof Error && 'code' in error && String(error.code).startsWith('FST_');
  const isBroken =
    error instanceof Error &&
    !isKnown &&
    /multipart|terminated early|premature|aborted|boundary|malformed/i.test(error.message);
  return isBroken
    ? new ApiProblem('malformed_request', '上传不完整或格式有误，没有保存；请重新上传。')
    : error;
}
