import { Type, type Static } from 'typebox';
import { rfc3339 } from '../domain/time.ts';
import { roles } from '../domain/vocabulary.ts';
import type { AccountRow } from '../db/accounts.ts';
import { closed, named, nullable, oneOf, text, Timestamp, Uuid, Version } from './schemas.ts';

export const AccountName = Type.String({
  pattern: '^[a-z][a-z0-9._-]{2,31}$',
  description: '小写字母开头，3 到 32 位，只含小写字母、数字、点、横线和下划线',
});

export const Scope = closed(
  {
    units: Type.Array(Uuid, { maxItems: 1_000, uniqueItems: true }),
    themes: Type.Array(text(60), { maxItems: 100, uniqueItems: true }),
  },
  { description: '审核评分的范围：这些单位或这些专题的指标' },
);

export const AccountSchema = named(
  'Account',
  closed({
    id: Uuid,
    account: Type.String(),
    person_id: Uuid,
    person_name: Type.String(),
    unit_id: nullable(Uuid),
    roles: Type.Array(oneOf(roles)),
    scope: nullable(Scope),
    password_is_one_time: Type.Boolean({ description: '尚未改过一次性密码' }),
    disabled_at: nullable(Timestamp),
    version: Version,
  }),
);

export const shownAccount = ({
  roles: held,
  scope,
  disabled_at,
  ...account
}: AccountRow): Static<typeof AccountSchema> => ({
  ...account,
  roles: [...held],
  scope: scope === null ? null : { units: [...scope.units], themes: [...scope.themes] },
  disabled_at: disabled_at === null ? null : rfc3339(disabled_at),
});
