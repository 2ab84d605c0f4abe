/** A body that a route's schema accepts, made from the schema alone: what is required and nothing else. */
import type { RouteWithRight } from '../../api/authentication.ts';

type Schema = Readonly<Record<string, unknown>>;
type Document = {
  readonly paths?: Readonly<Record<string, Readonly<Record<string, unknown>> | undefined>>;
  readonly components?: { readonly schemas?: Readonly<Record<string, unknown>> };
};

/** @returns undefined for a route that takes no JSON. */
export function sampleBody(document: unknown, { method, url }: RouteWithRight): unknown {
  const { paths, components } = document as Document;
  const operation = paths?.[url.replaceAll(/:(\w+)/g, '{$1}')]?.[method.toLowerCase()] as
    | { requestBody?: { content?: Record<string, { schema?: Schema }> } }
    | undefined;
  const schema = operation?.requestBody?.content?.['application/json']?.schema;
  return schema === undefined ? undefined : sample(schema, components?.schemas ?? {});
}

function sample(schema: Schema, named: Readonly<Record<string, unknown>>): unknown {
  const { $ref, type, properties, required, enum: words, anyOf, oneOf } = schema;
  if (typeof $ref === 'string') return sample(named[$ref.split('/').at(-1) ?? ''] as Schema, named);
  if ('const' in schema) return schema['const'];
  if (Array.isArray(words)) return words[0];
  const choices = (anyOf ?? oneOf) as readonly Schema[] | undefined;
  if (choices?.[0] !== undefined) return sample(choices[0], named);
  switch ([type].flat()[0]) {
    case 'object': {
      const fields = (properties ?? {}) as Record<string, Schema>;
      const wanted = (required ?? []) as readonly string[];
      const object: Record<string, unknown> = {};
      for (const [name, field] of Object.entries(fields)) {
        const tooFew = Object.keys(object).length < Number(schema['minProperties'] ?? 0);
        if (wanted.includes(name) || tooFew) object[name] = sample(field, named);
      }
      return object;
    }
    case 'array':
      return Array.from({ length: Number(schema['minItems'] ?? 0) }, () =>
        sample(schema['items'] as Schema, named),
      );
    case 'integer':
    case 'number':
      return Number(schema['minimum'] ?? 1);
    case 'boolean':
      return true;
    case 'null':
      return null;
    default:
      return sampleText(schema);
  }
}

function sampleText({ format, minLength, pattern }: Schema): string {
  if (format === 'uuid') return '00000000-0000-4000-8000-000000000000';
  if (format === 'date') return '2026-12-01';
  if (format === 'date-time') return '2026-12-01T09:00:00+08:00';
  const text = '某'.repeat(Math.max(1, Number(minLength ?? 1)));
  // What is no text that people write is a number.
  return typeof pattern === 'string' && !new RegExp(pattern, 'u').test(text) ? '1' : text;
}
