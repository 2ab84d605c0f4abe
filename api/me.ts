import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { has, rights, type Right } from '../domain/permissions.ts';
import { roles } from '../domain/vocabulary.ts';
import { Scope } from './account-schema.ts';
import { viewerOf } from './authentication.ts';
import { answer, closed, named, nullable, oneOf, ref, Uuid } from './schemas.ts';

const Me = named(
  'Me',
  closed({
    account_id: Uuid,
    account: Type.String(),
    person_id: Uuid,
    name: Type.String(),
    unit: nullable(closed({ id: Uuid, name: Type.String() })),
    roles: Type.Array(oneOf(roles)),
    portfolio: Type.Array(Uuid, { description: '市级领导分管的单位' }),
    scope: nullable(Scope),
    rights: Type.Array(oneOf(rights), { description: '不依赖具体事项的权限' }),
    csrf_token: Type.String({ description: '以 cookie 登录时，写操作须放入请求头 x-csrf-token' }),
  }),
);

export const me: FastifyPluginAsyncTypebox = async (app) => {
  app.addSchema(Me);
  app.get(
    '/me',
    {
      config: { right: 'signed_in' },
      schema: {
        operationId: 'getMe',
        summary: '我是谁，能做什么',
        tags: ['sessions'],
        response: { 200: answer('当前登录者', ref(Me)) },
      },
    },
    (request) => {
      const viewer = viewerOf(request);
      const { account_id, account, person_id, name, unit_id, unit_name, csrf_token } = viewer;
      return {
        account_id,
        account,
        person_id,
        name,
        unit: unit_id === null ? null : { id: unit_id, name: unit_name ?? '' },
        roles: [...viewer.roles],
        portfolio: [...viewer.portfolio],
        scope:
          viewer.scope === null ? null : { units: [...viewer.scope.units], themes: [...viewer.scope.themes] },
        rights: (Object.keys(rights) as Right[]).filter((right) => has(viewer, right)),
        csrf_token,
      };
    },
  );
};
