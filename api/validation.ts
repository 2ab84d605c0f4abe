/** What validates requests, and how its findings are told to people. */
import { Ajv2020, type ErrorObject, type Options, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import type { FastifySchemaValidationError, FastifyServerOptions } from 'fastify';
import type { FastifyValidationResult } from 'fastify/types/schema.js';
import { parseLocalDate } from '../domain/time.ts';
import type { FaultPlace, FieldFault } from './problem.ts';
import { escapePointer } from './strict-json.ts';

const common: Options = {
  allErrors: true,
  removeAdditional: false,
  useDefaults: true,
  strict: true,
  strictTypes: false,
  strictRequired: false,
};

export function createAjv(options: Options = {}): Ajv2020 {
  const ajv = new Ajv2020({ ...common, ...options });
  // The package is CommonJS: its function is a property of what Node imports.
  formats.default(ajv);
  ajv.addFormat('uuid', /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i);
  ajv.addFormat('date', (text: string) => parseLocalDate(text) !== null && !text.startsWith('0000'));
  return ajv;
}

type Compilers = NonNullable<NonNullable<FastifyServerOptions['schemaController']>['compilersFactory']>;
type RouteSchema = { readonly schema: unknown; readonly httpPart?: string };

/** One for all: each that checks schemas compiles the schema of schemas, most of the time that a start takes. */
const schemaChecker = once(createAjv);

/** Most of what is served is asked of little: a start need not wait for the rest to be compiled. */
const whenAsked = (compile: () => ValidateFunction): FastifyValidationResult => {
  const compiled = once(compile);
  const check: FastifyValidationResult = (value) => {
    const fits = compiled()(value);
    check.errors = compiled().errors ?? null;
    return fits;
  };
  return check;
};

function once<T>(make: () => T): () => T {
  let made: { readonly it: T } | null = null;
  return () => (made ??= { it: make() }).it;
}

/** Bodies are taken as they are; what comes as text in an address is read as the number it stands for. */
const buildValidator = (compileAtOnce: boolean) => (namedSchemas: unknown) => {
  const named = once(() => {
    const schemas = Object.values(namedSchemas as Record<string, object>);
    for (const schema of schemas) void schemaChecker().validateSchema(schema, true);
    return schemas;
  });
  const checker = (options: Options) =>
    once(() => createAjv({ ...options, validateSchema: false }).addSchema([...named()]));
  const asIs = checker({});
  const coercing = checker({ coerceTypes: true });
  return ({ schema, httpPart }: RouteSchema) => {
    const compile = () => {
      void schemaChecker().validateSchema(schema as object, true);
      return (httpPart === 'body' ? asIs() : coercing()).compile(schema as object);
    };
    return compileAtOnce ? compile() : whenAsked(compile);
  };
};

/** For a form that is read as it comes and judged by its handler; all else of the request is checked as anywhere. */
export function allButTheForm({ schema, httpPart }: RouteSchema) {
  if (httpPart === 'body') return () => true;
  return whenAsked(() => createAjv({ coerceTypes: true, validateSchema: false }).compile(schema as object));
}

/** @param compileAtOnce so that a schema that cannot be compiled is found at the start: in a test of them all. */
export const compilers = (compileAtOnce = false) =>
  ({
    buildValidator: buildValidator(compileAtOnce),
    // Answers are written as the handler made them: tests, not a filter, hold them to their schema.
    buildSerializer: () => () => (value: unknown) => JSON.stringify(value),
    // Fastify's type knows its own compilers only.
  }) as unknown as Compilers;

const places: Record<string, FaultPlace> = {
  body: 'body',
  querystring: 'query',
  params: 'path',
  headers: 'header',
};

const MAX_FAULTS = 50;

export function fieldFaults(
  found: readonly FastifySchemaValidationError[],
  context: string | undefined,
): FieldFault[] {
  const place = places[context ?? ''] ?? 'body';
  const faults = withoutEchoes(found as unknown as readonly ErrorObject[])
    .slice(0, MAX_FAULTS)
    .map((error) => ({ pointer: pointerOf(error), detail: inChinese(error), in: place }));
  const seen = new Set<string>();
  return faults.filter(({ pointer, detail }) => {
    const key = `${pointer} ${detail}`;
    return !seen.has(key) && seen.add(key);
  });
}

/** Of a value that may also be null, that it is not null says nothing; nor that no alternative fits. */
function withoutEchoes(errors: readonly ErrorObject[]): readonly ErrorObject[] {
  const telling = errors.filter(
    ({ keyword, params }) =>
      !['if', 'anyOf', 'oneOf'].includes(keyword) && !(keyword === 'type' && params['type'] === 'null'),
  );
  return telling.length > 0 ? telling : errors;
}

function pointerOf({ instancePath, keyword, params }: ErrorObject): string {
  const field: unknown =
    keyword === 'required'
      ? params['missingProperty']
      : keyword === 'additionalProperties' || keyword === 'unevaluatedProperties'
        ? (params['additionalProperty'] ?? params['unevaluatedProperty'])
        : undefined;
  return typeof field === 'string' ? `${instancePath}/${escapePointer(field)}` : instancePath;
}

const typeNames: Record<string, string> = {
  string: '文本',
  integer: '整数',
  number: '数字',
  boolean: 'true 或 false',
  object: '对象',
  array: '列表',
  null: 'null',
};

const formatNames: Record<string, string> = {
  date: '须为存在的日期，格式 YYYY-MM-DD。',
  'date-time': '须为带时区的时间，如 2026-03-01T09:00:00+08:00。',
  uuid: '须为 UUID。',
};

function inChinese({ keyword, params, message }: ErrorObject): string {
  const limit = String(params['limit']);
  switch (keyword) {
    case 'required':
      return '缺少此项。';
    case 'additionalProperties':
    case 'unevaluatedProperties':
      return '没有这个字段。';
    case 'type':
      return `须为${[params['type']]
        .flat()
        .map((name) => typeNames[String(name)] ?? String(name))
        .join('或')}。`;
    case 'enum':
      return `须为以下之一：${(params['allowedValues'] as unknown[]).join('、')}。`;
    case 'const':
      return `须为 ${JSON.stringify(params['allowedValue'])}。`;
    case 'format':
      return formatNames[String(params['format'])] ?? `格式须为 ${String(params['format'])}。`;
    case 'pattern':
      return params['pattern'] === '\\S' ? '不能全为空白。' : `格式不符：${String(params['pattern'])}。`;
    case 'minLength':
      return limit === '1' ? '不能为空。' : `至少 ${limit} 个字。`;
    case 'maxLength':
      return `最多 ${limit} 个字。`;
    case 'minimum':
    case 'exclusiveMinimum':
      return `不得小于${keyword === 'minimum' ? '' : '或等于'} ${limit}。`;
    case 'maximum':
    case 'exclusiveMaximum':
      return `不得大于${keyword === 'maximum' ? '' : '或等于'} ${limit}。`;
    case 'minItems':
      return `至少 ${limit} 项。`;
    case 'maxItems':
      return `最多 ${limit} 项。`;
    case 'uniqueItems':
      return '不得重复。';
    case 'anyOf':
    case 'oneOf':
      return '不符合任何一种允许的形式。';
    default:
      return `不符合规定（${message ?? keyword}）。`;
  }
}
