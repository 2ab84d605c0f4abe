/**
 * JSON as a stranger sends it: bounded in depth and size, without texts that Postgres cannot keep
 * and without keys that reach for an object's prototype.
 */
import type { FastifyInstance } from 'fastify';
import { ApiProblem, type FaultPlace, type FieldFault } from './problem.ts';

const MAX_DEPTH = 32;
/** One fault per value is reported, so their number is what a small body can cost. */
const MAX_VALUES = 20_000;

const decoder = new TextDecoder('utf-8', { fatal: true });

export function useStrictJson(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => {
    try {
      done(null, parseJson(body as Buffer));
    } catch (error) {
      done(error as Error);
    }
  });
  app.addHook('preValidation', async (request) => {
    const faults = [...textFaults(request.query, 'query'), ...textFaults(request.params, 'path')];
    if (faults.length > 0) throw unkeepable(faults);
  });
}

function parseJson(bytes: Buffer): unknown {
  if (bytes.length === 0) throw new ApiProblem('malformed_json', '请求体为空；应为 JSON。');
  let value: unknown;
  try {
    value = JSON.parse(decoder.decode(bytes));
  } catch {
    throw new ApiProblem('malformed_json', '请求体不是合法的 UTF-8 JSON，请检查引号、逗号和括号。');
  }
  const faults = textFaults(value, 'body');
  if (faults.length > 0) throw unkeepable(faults);
  return value;
}

const unkeepable = (errors: FieldFault[]) =>
  new ApiProblem('invalid_request', '请求中有不允许的字符、字段名或过深的嵌套，见 errors。', { errors });

type Place = { readonly value: unknown; readonly pointer: string; readonly depth: number };

/** Faults that no schema names: characters, forbidden keys, depth, number of values. */
function textFaults(root: unknown, within: FaultPlace): FieldFault[] {
  const faults: FieldFault[] = [];
  const fault = (pointer: string, detail: string) => {
    if (faults.length < 20) faults.push({ pointer, detail, in: within });
  };
  // Not recursive: a megabyte of brackets is half a million levels.
  const waiting: Place[] = [{ value: root, pointer: '', depth: 0 }];
  let seen = 0;
  for (let place = waiting.pop(); place !== undefined; place = waiting.pop()) {
    const { value, pointer, depth } = place;
    if (typeof value === 'string') {
      const wrong = wrongCharacter(value);
      if (wrong !== null) fault(pointer, wrong);
      continue;
    }
    if (typeof value !== 'object' || value === null) continue;
    if (depth >= MAX_DEPTH) {
      fault(pointer.slice(0, 200), `嵌套超过 ${MAX_DEPTH} 层。`);
      break;
    }
    for (const [key, child] of Object.entries(value)) {
      if (++seen > MAX_VALUES) {
        fault('', `值的个数超过 ${MAX_VALUES}。`);
        return faults;
      }
      if (key === '__proto__' || key === 'constructor' || key === 'prototype') {
        fault(`${pointer}/${key}`, '不允许的字段名。');
        continue;
      }
      if (wrongCharacter(key) !== null) fault(pointer, '字段名中有不允许的字符。');
      else waiting.push({ value: child, pointer: `${pointer}/${escapePointer(key)}`, depth: depth + 1 });
    }
  }
  return faults;
}

function wrongCharacter(text: string): string | null {
  if (text.includes('\0')) return '含有空字符（NUL），请删除。';
  if (!text.isWellFormed()) return '含有不成对的代理字符（不完整的表情或生僻字），请重新输入。';
  return null;
}

export const escapePointer = (key: string): string => key.replaceAll('~', '~0').replaceAll('/', '~1');
