/** How an upload is shown: what is wrong with it, or how far applying it has come. */
import { Type, type Static } from 'typebox';
import type { Db } from '../db/client.ts';
import { importOf, type Import, type ImportKind } from '../db/imports.ts';
import { leftOut } from '../db/imports-roster.ts';
import { has, type Viewer } from '../domain/permissions.ts';
import { rfc3339 } from '../domain/time.ts';
import { notFound } from './problem.ts';
import { closed, named, nullable, oneOf, Timestamp, Uuid, Version, whole } from './schemas.ts';

export const importKinds: readonly ImportKind[] = ['roster', 'supervision_list', 'annual_list'];

const Count = whole(0, 2_147_483_647);

const Fault = closed({
  sheet: Type.String({ description: '工作表；空串指整个文件' }),
  row: whole(0, 2_147_483_647, { description: 'Excel 行号；0 指不特定的行' }),
  column: Type.String({ description: '列名；空串指不特定的列' }),
  what: Type.String({ description: '什么问题' }),
  mend: Type.String({ description: '如何改正' }),
});

const summary = {
  id: Uuid,
  kind: oneOf(importKinds),
  file_name: Type.String(),
  sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
  stage: oneOf(['faulty', 'ready', 'applying', 'applied']),
  total: Count,
  done: Count,
  faults: Type.Array(Fault),
  account_id: Uuid,
  created_at: Timestamp,
  version: Version,
};

export const ImportSummary = named('ImportSummary', closed(summary));

const full = {
  ...summary,
  counts: nullable(
    closed({ units: Count, people: Count, posts: Count, accounts: Count }, { description: '名册各表的行数' }),
  ),
  left_out: nullable(
    closed({ accounts: Count, roles: Count }, { description: '名册导入后尚未开设的账号、尚未授予的角色' }),
  ),
  allowed_commands: Type.Array(oneOf(['apply'])),
};

export const ImportView = named('Import', closed(full));

export const ImportApplied = named(
  'ImportApplied',
  closed({
    ...full,
    one_time_passwords: nullable(
      Type.Array(closed({ account: Type.String(), password: Type.String() }), {
        description: '新开账号的一次性密码，只在首次回答中给出',
      }),
    ),
  }),
);

/** Grows with everything that happens to an import; one that is looked at anew begins anew. */
export const revisionOf = ({ state, done }: Pick<Import, 'state' | 'done'>): number =>
  state === 'faulty' ? 0 : state === 'ready' ? 1 : done + (state === 'applying' ? 2 : 3);

export function summaryOf(one: Omit<Import, 'rows'>): Static<typeof ImportSummary> {
  return {
    id: one.id,
    kind: one.kind,
    file_name: one.file_name,
    sha256: one.sha256,
    stage: one.state,
    total: one.total,
    done: one.done,
    faults: one.faults.map((fault) => ({ ...fault })),
    account_id: one.account_id,
    created_at: rfc3339(one.created_at),
    version: revisionOf(one),
  };
}

export async function viewOf(db: Db, one: Import, viewer: Viewer): Promise<Static<typeof ImportView>> {
  const roster = one.rows !== null && 'roster' in one.rows ? one.rows.roster : null;
  const left_out = roster === null || one.state !== 'applied' ? null : await leftOut(db, roster);
  return {
    ...summaryOf(one),
    counts:
      roster === null
        ? null
        : {
            units: roster.units.length,
            people: roster.people.length,
            posts: roster.posts.length,
            accounts: roster.accounts.length,
          },
    left_out,
    allowed_commands: mayApply(one, left_out, viewer) ? ['apply'] : [],
  };
}

function mayApply(
  { kind, state }: Import,
  left: { readonly accounts: number; readonly roles: number } | null,
  viewer: Viewer,
): boolean {
  if (kind === 'supervision_list') {
    return (state === 'ready' || state === 'applying') && has(viewer, 'import_supervision_list');
  }
  if (kind === 'annual_list') return state === 'ready' && has(viewer, 'edit_annual_list');
  if (state === 'ready') return has(viewer, 'import_roster');
  const accounts = left !== null && left.accounts > 0 && has(viewer, 'create_account');
  const roles = left !== null && left.roles > 0 && has(viewer, 'grant_roles');
  return accounts || roles;
}

/** A roster concerns whoever keeps the organisation, and whoever grants what it asks for. */
export function visibleKinds(viewer: Viewer): ImportKind[] {
  const kinds: ImportKind[] = [];
  if (has(viewer, 'import_roster') || has(viewer, 'grant_roles')) kinds.push('roster');
  if (has(viewer, 'import_supervision_list')) kinds.push('supervision_list');
  if (has(viewer, 'edit_annual_list')) kinds.push('annual_list');
  return kinds;
}

export async function visibleImport(db: Db, id: string, viewer: Viewer): Promise<Import> {
  const found = await importOf(db, id);
  if (found === null || !visibleKinds(viewer).includes(found.kind)) throw notFound();
  return found;
}
