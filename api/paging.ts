/** Lists in pages: a stable order, an opaque cursor, the next page in `Link`. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type, type TProperties, type TSchema } from 'typebox';
import { ApiProblem } from './problem.ts';
import { closed, nullable, whole } from './schemas.ts';

export const MAX_LIMIT = 200;

/** The query of a list: `limit`, `cursor` and its own filters. */
export const Paged = <P extends TProperties>(filters: P) =>
  closed({
    limit: Type.Optional(whole(1, MAX_LIMIT, { default: 50 })),
    cursor: Type.Optional(
      Type.String({ minLength: 1, maxLength: 500, description: '上一页给出的 next_cursor' }),
    ),
    ...filters,
  });

export const PageOf = <T extends TSchema>(item: T) =>
  closed({ items: Type.Array(item), next_cursor: nullable(Type.String()) });

/** The `headers` of a list's answer. */
export const LinkHeader = { link: Type.String({ description: '<…>; rel="next"，有下一页时' }) };

/** What a page ended with: the columns that the list is ordered by, as texts. */
export type CursorKey = readonly string[];

export type PageQuery = { readonly limit: number; readonly after: CursorKey | null };

/** What the query asks for. `after` has `keys` values, those that `turnPage` was given. */
export function pageQuery(
  query: { limit?: number | undefined; cursor?: string | undefined },
  keys: number,
): PageQuery {
  return {
    limit: query.limit ?? 50,
    after: query.cursor === undefined ? null : readCursor(query.cursor, keys),
  };
}

/** Ask the database for `limit + 1` rows: the one too many tells that there is a next page. */
export function turnPage<Row>(
  request: FastifyRequest,
  reply: FastifyReply,
  { limit }: PageQuery,
  rows: readonly Row[],
  keyOf: (row: Row) => CursorKey,
): { items: Row[]; next_cursor: string | null } {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  if (rows.length <= limit || last === undefined) return { items, next_cursor: null };
  const cursor = Buffer.from(JSON.stringify(keyOf(last))).toString('base64url');
  const url = new URL(request.url, 'http://next');
  url.searchParams.set('cursor', cursor);
  reply.header('link', `<${url.pathname}${url.search}>; rel="next"`);
  return { items, next_cursor: cursor };
}

function readCursor(text: string, keys: number): CursorKey {
  try {
    const key: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
    if (Array.isArray(key) && key.length === keys && key.every(isKeyPart)) return key;
  } catch {
    // Said below like any other cursor that is none.
  }
  throw new ApiProblem('cursor_invalid', 'cursor 须取自上一页的 next_cursor；请从第一页重新开始。');
}

const isKeyPart = (part: unknown): part is string =>
  typeof part === 'string' && !part.includes('\0') && part.isWellFormed();
