/**
 * Same key, same request → the first answer again. Every POST and PATCH of somebody who is signed in
 * takes part, unless its route says `idempotency: false`.
 */
import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { canonicalJson } from '../db/canonical-json.ts';
import { wallNow } from '../db/clock.ts';
import { claimKey, giveKeyBack, keepAnswer, type KeyOfRequest } from '../db/idempotency.ts';
import type { AppDeps, Phones } from './deps.ts';
import { ApiProblem, PROBLEM } from './problem.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /**
     * Stable for one account, key and request: the id of a Temporal Update, which is known for as long as the thing
     * lives. Another request under a key that has been forgotten is another one. Empty where no key is taken.
     */
    commandId: string;
    claimedKey: KeyOfRequest | null;
  }
  interface FastifyContextConfig {
    /**
     * False: repeating does no harm, no key is asked for. `by_handler`: the body is a stream, the
     * handler calls `claimFor` when it knows the body's hash.
     */
    idempotency?: false | 'by_handler';
    /** Fields of the answer that are shown once and never stored; a repeat has null there. */
    shownOnce?: readonly string[];
    /** Phone numbers in the body: they enter the request's hash as their keyed hash. */
    phoneFields?: readonly string[];
  }
}

/** Quoted, as the header's definition has it, or bare, as most programs send it. */
export const KEY = '^"([\\x20\\x21\\x23-\\x7e]{1,255})"$|^([\\x21\\x23-\\x7e]{1,255})$';

export const takesKey = (
  method: string | readonly string[],
  config: { right?: unknown; idempotency?: unknown },
) =>
  config.right !== 'public' &&
  config.idempotency !== false &&
  [method].flat().some((one) => one === 'POST' || one === 'PATCH');

export function useIdempotency(app: FastifyInstance, { db, phones }: Pick<AppDeps, 'db' | 'phones'>): void {
  app.decorateRequest('commandId', '');
  app.decorateRequest('claimedKey', null);

  // Before the schema is checked: a missing key has a code of its own.
  app.addHook('preValidation', async (request) => {
    if (request.viewer === null || !takesKey(request.method, request.routeOptions.config)) return;
    keyOf(request);
  });

  app.addHook('preHandler', async (request, reply) => {
    const { config } = request.routeOptions;
    if (request.viewer === null || !takesKey(request.method, config)) return;
    if (config.idempotency === 'by_handler') return;
    if (await claimFor(db, request, reply, canonicalJson(withoutPhones(request, phones)))) return reply;
  });

  app.addHook('onSend', async (request, reply, payload) => {
    const claimed = request.claimedKey;
    if (claimed === null) return payload;
    request.claimedKey = null;
    const answered = isAnswer(reply.statusCode) && (typeof payload === 'string' || payload == null);
    try {
      const stored = answered ? storedAnswer(reply, (payload as string | null) ?? '') : null;
      await unlessLost(() => (stored === null ? giveKeyBack(db, claimed) : keepAnswer(db, claimed, stored)));
    } catch (error) {
      // The answer is true all the same; the key becomes free again after a minute.
      request.log.error({ err: error }, 'could not keep the answer for its key');
    }
    return payload;
  });
}

/** An id for what this request makes: the same when it is asked again after a crash. */
export function newIdFor(request: FastifyRequest): string {
  const hex = request.commandId;
  if (hex.length < 32) throw new Error('only requests with a key make things');
  // Version 8 of RFC 9562: an id made by rules of one's own.
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/**
 * Claims the request's key, or answers with what was answered before.
 * @returns whether it was answered; then nothing is left to do. Not the reply: awaiting one gives undefined.
 */
export async function claimFor(
  db: AppDeps['db'],
  request: FastifyRequest,
  reply: FastifyReply,
  body: string,
): Promise<boolean> {
  if (request.viewer === null) throw new Error('a key belongs to somebody who is signed in');
  const key: KeyOfRequest = { account_id: request.viewer.account_id, key: keyOf(request) };
  const hash = createHash('sha256').update(`${request.method} ${request.url}\n${body}`).digest('hex');
  request.commandId = createHash('sha256').update(`${key.account_id}\n${key.key}\n${hash}`).digest('hex');
  const attempt = randomUUID();
  const claim = await unlessLost(() => claimKey(db, key, hash, wallNow(), attempt));
  switch (claim.kind) {
    case 'claimed':
      request.claimedKey = key;
      return false;
    case 'answered':
      await reply
        .code(claim.answer.status)
        .headers(claim.answer.headers)
        .header('idempotency-replayed', 'true')
        .serializer((text) => text as string)
        .send(claim.answer.body);
      return true;
    case 'running':
      throw new ApiProblem('idempotency_in_progress', '同一 Idempotency-Key 的请求尚未完成，请稍后重试。', {
        headers: { 'retry-after': '1' },
      });
    case 'other_request':
      throw new ApiProblem(
        'idempotency_key_reused',
        '此 Idempotency-Key 已用于内容不同的请求，请换一个新的。',
      );
  }
}

/** Where Postgres broke off, nobody knows whether it was done: asked again, else the key stays taken for a minute. */
async function unlessLost<T>(ask: () => Promise<T>): Promise<T> {
  for (const wait of [50, 300, 1_000, 3_000]) {
    try {
      return await ask();
    } catch {
      await pause(wait);
    }
  }
  return ask();
}

/** What decided something. Anything else left no trace and may be asked anew under the same key. */
const isAnswer = (status: number) => (status >= 200 && status < 300) || status === 409 || status === 422;

function storedAnswer(reply: FastifyReply, payload: string) {
  const headers: Record<string, string> = {};
  for (const name of ['content-type', 'location', 'etag']) {
    const value = reply.getHeader(name);
    if (value !== undefined) headers[name] = String(value);
  }
  const secrets = reply.request.routeOptions.config.shownOnce ?? [];
  if (secrets.length === 0 || headers['content-type']?.startsWith(PROBLEM) === true) {
    return { status: reply.statusCode, headers, body: payload };
  }
  const answer = JSON.parse(payload) as Record<string, unknown>;
  for (const field of secrets) answer[field] = null;
  return { status: reply.statusCode, headers, body: JSON.stringify(answer) };
}

/** A plain hash of eleven digits is soon guessed. */
function withoutPhones({ body, routeOptions }: FastifyRequest, phones: Phones): unknown {
  const fields = routeOptions.config.phoneFields ?? [];
  if (fields.length === 0 || typeof body !== 'object' || body === null) return body ?? null;
  const copy: Record<string, unknown> = { ...body };
  for (const field of fields) {
    const given = copy[field];
    if (typeof given === 'string') copy[field] = phones.seal(given)?.phone_hash ?? null;
  }
  return copy;
}

function keyOf(request: FastifyRequest): string {
  const header = request.headers['idempotency-key'];
  if (header === undefined || header === '') {
    throw new ApiProblem(
      'idempotency_key_missing',
      '请在请求头 Idempotency-Key 中给出一个唯一的值（如 UUID），重试时保持不变。',
    );
  }
  const bare = typeof header === 'string' ? new RegExp(KEY).exec(header) : null;
  const key = bare?.[1] ?? bare?.[2];
  if (key === undefined) {
    throw new ApiProblem(
      'idempotency_key_invalid',
      'Idempotency-Key 须为 1 到 255 个可见 ASCII 字符，可带双引号，不能含引号。',
    );
  }
  return key;
}
