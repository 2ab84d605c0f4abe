/**
 * The pieces that schemas of resources are made of. Objects are closed: an unknown field is a fault
 * that the sender is told of, never silently dropped.
 */
import { Type, type Static, type TProperties, type TSchema } from 'typebox';

/** A schema with a name of its own in the OpenAPI document. */
export type Named = TSchema & { $id: string };

export const closed = <P extends TProperties>(
  properties: P,
  options: { description?: string; minProperties?: number; maxProperties?: number } = {},
) => Type.Object(properties, { additionalProperties: false, ...options });

/** A text people write. Empty texts say nothing, so they are refused unless `from` is 0. */
export const text = (to: number, { from = 1, description }: { from?: number; description?: string } = {}) =>
  Type.String({
    minLength: from,
    maxLength: to,
    // A text of blanks alone is empty to the one who reads it.
    ...(from > 0 ? { pattern: '\\S' } : {}),
    ...(description === undefined ? {} : { description }),
  });

/** One of the identifiers of a closed vocabulary. */
export const oneOf = <W extends string>(words: Readonly<Record<W, unknown>> | readonly W[]) => {
  const list = Array.isArray(words) ? (words as readonly W[]) : (Object.keys(words) as W[]);
  return Type.Unsafe<W>({ type: 'string', enum: list });
};

export const nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);

export const whole = (
  minimum: number,
  maximum: number,
  options: { default?: number; description?: string } = {},
) => Type.Integer({ minimum, maximum, ...options });

export const Uuid = Type.String({ format: 'uuid' });
/** `YYYY-MM-DD` in Asia/Shanghai. */
export const DateOnly = Type.String({ format: 'date' });
/** RFC 3339 with an offset; answers carry +08:00. */
export const Timestamp = Type.String({ format: 'date-time' });
export const Version = whole(0, 2_147_483_647, { description: '版本号，与 ETag 相同' });

export const IdParams = closed({ id: Uuid });

/** Refers to a named schema; the application must know it (`app.addSchema`). */
export const ref = <T extends Named>(schema: T) => Type.Unsafe<Static<T>>({ $ref: `${schema.$id}#` });

/** Gives a schema its name in the OpenAPI document. Make it known with `app.addSchema`. */
export const named = <T extends TSchema>($id: string, schema: T): T & { $id: string } =>
  Object.assign(schema, { $id });

/** An answer of a route: its words, its schema, its headers. */
export const answer = <T extends TSchema>(description: string, schema: T, headers: TProperties = {}) => ({
  description,
  headers,
  content: { 'application/json': { schema } },
});

/** 204. */
export const nothing = (description: string, headers: TProperties = {}) => ({
  ...Type.Null({ description }),
  headers,
});
