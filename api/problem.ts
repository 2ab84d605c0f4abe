/** Errors as RFC 9457 problems: one documented address per kind, words in Chinese. */
import { Type, type Static, type TProperties } from 'typebox';
import type { FastifyReply } from 'fastify';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { Refusal } from '../domain/refusal.ts';
import { isProblemCode, problemKinds, type ProblemCode } from './problem-codes.ts';
import { closed, named, ref } from './schemas.ts';

declare module 'fastify' {
  interface FastifyInstance {
    /** Where `type` addresses begin; empty when the public address is not known. */
    problemBase: string;
  }
}

export const PROBLEM = 'application/problem+json' as const;

export const FieldFault = named(
  'FieldFault',
  closed({
    pointer: Type.String({ description: '出错字段的 JSON 指针；空串指整体' }),
    detail: Type.String(),
    in: Type.Optional(Type.Unsafe<FaultPlace>({ type: 'string', enum: ['body', 'query', 'path', 'header'] })),
  }),
);
export type FaultPlace = 'body' | 'query' | 'path' | 'header';
export type FieldFault = Static<typeof FieldFault>;

export const Problem = named(
  'Problem',
  closed({
    type: Type.String({ format: 'uri-reference' }),
    title: Type.String(),
    status: Type.Integer({ minimum: 400, maximum: 599 }),
    detail: Type.String(),
    code: Type.String({ description: '稳定的错误代码' }),
    errors: Type.Optional(Type.Array(ref(FieldFault))),
    request_id: Type.String(),
  }),
);
export type Problem = Static<typeof Problem>;

/** The answer of a route when it is a problem. */
export const problemAnswer = (description: string, headers: TProperties = {}) => ({
  description,
  headers,
  content: { [PROBLEM]: { schema: ref(Problem) } },
});

export type ProblemOptions = {
  readonly errors?: readonly FieldFault[];
  readonly headers?: Readonly<Record<string, string>>;
};

/** Thrown by a route or a hook; the error handler turns it into the answer. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';
  readonly code: ProblemCode;
  readonly detail: string;
  readonly errors: readonly FieldFault[];
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: ProblemCode, detail: string, { errors = [], headers = {} }: ProblemOptions = {}) {
    super(`${code}: ${detail}`);
    this.code = code;
    this.detail = detail;
    this.errors = errors;
    this.headers = headers;
  }
}

export const notFound = (detail = '没有这一项，或您无权查看。'): ApiProblem =>
  new ApiProblem('not_found', detail);
export const forbidden = (detail = '您的角色没有此项权限。'): ApiProblem =>
  new ApiProblem('forbidden', detail);

/** A refusal by rule as the problem that it is answered with. */
/** Temporal, or whoever should have taken the command in, does not answer now. */
export const noWorker = () =>
  new ApiProblem(
    'unavailable',
    '流程服务暂时没有应答，请稍后用同一个 Idempotency-Key 重试；重复提交不会重复办理。',
    {
      headers: { 'retry-after': '5' },
    },
  );

export const refusalProblem = ({ refusal, detail, pointer }: Refusal): ApiProblem =>
  new ApiProblem(refusal, detail, pointer === undefined ? {} : { errors: [{ pointer, detail, in: 'body' }] });

/** Answers with a refusal: 409, or what the table of codes says. Never returns. */
export function replyRefusal(_reply: FastifyReply, refusal: Refusal): never {
  throw refusalProblem(refusal);
}

export function problemBody(base: string, requestId: string, problem: ApiProblem): Problem {
  const { status, title } = problemKinds[problem.code];
  return {
    type: `${base}/problems/${problem.code}`,
    title,
    status,
    detail: problem.detail,
    code: problem.code,
    ...(problem.errors.length > 0 ? { errors: [...problem.errors] } : {}),
    request_id: requestId,
  };
}

export function sendProblem(reply: FastifyReply, problem: ApiProblem): FastifyReply {
  const body = problemBody(reply.server.problemBase, reply.request.id, problem);
  return reply.code(body.status).headers(problem.headers).type(PROBLEM).send(body);
}

/** What the `type` address of a problem leads to. */
export const problemPages: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/problems/:code',
    {
      config: { right: 'public' },
      schema: {
        operationId: 'getProblemKind',
        summary: '错误代码说明',
        tags: ['problems'],
        params: closed({ code: Type.String({ maxLength: 100 }) }),
        response: {
          200: closed({ code: Type.String(), status: Type.Integer(), title: Type.String() }),
        },
      },
    },
    async ({ params: { code } }) => {
      if (!isProblemCode(code)) throw notFound('没有这个错误代码。');
      return { code, ...problemKinds[code] };
    },
  );
};
