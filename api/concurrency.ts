/** Strong ETags are versions; `If-Match` says which version a change was made for. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { ApiProblem } from './problem.ts';

export const etagOf = (version: number): string => `"${version}"`;

export const setEtag = (reply: FastifyReply, version: number): FastifyReply =>
  reply.header('etag', etagOf(version));

/** The `headers` of an answer that carries a version. */
export const EtagHeader = { etag: Type.String({ description: '版本（强 ETag）' }) };

/** What `If-Match` may hold; each route's schema checks it. */
export const ENTITY_TAGS = String.raw`^(\*|(W/)?"[^"]*"(\s*,\s*(W/)?"[^"]*")*)$`;

/** Versions that the caller names, `any` for `*`, null when it names none. A tag of another kind matches nothing. */
function ifMatchOf(request: FastifyRequest): readonly string[] | 'any' | null {
  const header = request.headers['if-match'];
  if (header === undefined) return null;
  return header.trim() === '*' ? 'any' : header.split(',').map((tag) => tag.trim());
}

/** A command may name a version; 412 with the current ETag when it is not the one. */
export function checkIfMatch(request: FastifyRequest, version: number): void {
  const named = ifMatchOf(request);
  if (named === null || named === 'any' || named.includes(etagOf(version))) return;
  throw new ApiProblem('if_match_failed', '内容已被修改，请重新读取后再提交。', {
    headers: { etag: etagOf(version) },
  });
}

/** A change of a plain record must name a version: 428 otherwise. */
export function requireIfMatch(request: FastifyRequest, version: number): void {
  if (request.headers['if-match'] === undefined) {
    throw new ApiProblem('if_match_missing', '修改须带 If-Match，取自读取时的 ETag。', {
      headers: { etag: etagOf(version) },
    });
  }
  checkIfMatch(request, version);
}
