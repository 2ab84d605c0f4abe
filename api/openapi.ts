/** The OpenAPI document, made from the schemas that validate. */
import swagger from '@fastify/swagger';
import type { FastifyInstance, FastifySchema, RouteOptions } from 'fastify';
import { Type, type TProperties } from 'typebox';
import { ENTITY_TAGS } from './concurrency.ts';
import { KEY, takesKey } from './idempotency.ts';
import type { AppDeps } from './deps.ts';
import { FieldFault, Problem, problemAnswer } from './problem.ts';
import { closed } from './schemas.ts';

export const BASE = '/api/v1';

export async function useOpenApi(
  app: FastifyInstance,
  { settings }: Pick<AppDeps, 'settings'>,
): Promise<void> {
  app.addSchema(FieldFault);
  app.addSchema(Problem);
  // Before the plugin that collects routes: it must see what this adds.
  app.addHook('onRoute', complete);
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: '督考 Dukao',
        description: '目标责任清单式动态考核管理系统的接口。错误一律为 RFC 9457 problem+json。',
        version: '1',
      },
      servers: [{ url: settings.publicUrl ?? '/' }],
      components: {
        securitySchemes: {
          session: { type: 'http', scheme: 'bearer', description: 'POST /sessions 给出的令牌' },
        },
      },
    },
    convertConstToEnum: false,
    refResolver: {
      buildLocalReference: ({ $id }, _base, _fragment, i) => (typeof $id === 'string' ? $id : `Schema${i}`),
    },
  });
  app.get(
    `${BASE}/openapi.json`,
    {
      config: { right: 'public' },
      schema: {
        operationId: 'getOpenApi',
        summary: '本接口的 OpenAPI 3.1 文档',
        tags: ['meta'],
        response: {
          200: {
            description: 'OpenAPI 3.1',
            content: { 'application/json': { schema: Type.Unsafe<object>({ type: 'object' }) } },
          },
        },
      },
    },
    () => app.swagger(),
  );
}

type Response = { description: string; headers: TProperties; content: object };

/** What holds for every route of its kind need not be written in each: headers taken, problems answered. */
function complete(route: RouteOptions): void {
  const { method, url, config = {} } = route;
  if (method === 'HEAD') return;
  const schema: FastifySchema = route.schema ?? {};
  if (schema.operationId === undefined || schema.summary === undefined) {
    throw new Error(`${String(method)} ${url} has no operationId or no summary`);
  }
  const keyed = takesKey(method, config);
  const changes = method !== 'GET';
  const headers: TProperties = {
    ...(keyed
      ? { 'idempotency-key': Type.String({ pattern: KEY, description: '每个操作一个，重试时不变' }) }
      : {}),
    ...(changes && config.right !== 'public'
      ? {
          'x-csrf-token': Type.Optional(Type.String({ maxLength: 200, description: '以 cookie 登录时必带' })),
          'if-match': Type.Optional(
            Type.String({ pattern: ENTITY_TAGS, maxLength: 1_000, description: '读取时得到的 ETag' }),
          ),
        }
      : {}),
  };
  const problems: Record<number, Response> = {
    400: problemAnswer('请求格式或内容有误'),
    500: problemAnswer('系统内部错误'),
    503: problemAnswer('暂不可用，可安全重试', { 'retry-after': Type.String() }),
  };
  if (config.right !== 'public') {
    problems[401] = problemAnswer('未登录', { 'www-authenticate': Type.String() });
    problems[403] = problemAnswer('没有权限');
  }
  if (url.includes(':')) problems[404] = problemAnswer('没有找到');
  if (schema.body !== undefined || changes) {
    problems[413] = problemAnswer('请求体过大');
    problems[415] = problemAnswer('不支持的内容类型');
  }
  if (changes && config.right !== 'public') {
    problems[409] = problemAnswer('与当前状态不符，见 code');
    problems[412] = problemAnswer('内容已被修改', { etag: Type.String() });
    problems[422] = problemAnswer('内容合法但不能照办，见 code');
    problems[428] = problemAnswer('缺少 If-Match', { etag: Type.String() });
  }
  const response: Record<string, unknown> = { ...problems, ...(schema.response as Record<string, unknown>) };
  if (keyed) {
    for (const [status, one] of Object.entries(response)) {
      if (!status.startsWith('2')) continue;
      const given = one as Response;
      response[status] = {
        ...given,
        headers: { ...given.headers, 'idempotency-replayed': Type.Optional(Type.String()) },
      };
    }
  }
  route.schema = {
    ...schema,
    ...(config.right === 'public' ? {} : { security: [{ session: [] }] }),
    ...(Object.keys(headers).length > 0 ? { headers: openHeaders(headers, schema.headers) } : {}),
    response,
  };
}

/** Headers alone are open: a client and its proxies send many that concern nobody here. */
const openHeaders = (headers: TProperties, own: unknown) => ({
  ...closed({ ...headers, ...(own as { properties?: TProperties } | undefined)?.properties }),
  additionalProperties: true,
});
