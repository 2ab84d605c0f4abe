/** A notification told again: to whoever answers for the thing now, or to the next in the chain. */
import type { Instant } from '../domain/time.ts';
import type { SupervisionItem } from '../domain/supervision-item.ts';
import type { Selectable } from 'kysely';
import type { Tx } from './client.ts';
import { tellNext, type Audience, type Mend, type Told } from './notifications.ts';
import type { Database } from './tables.ts';

export type NotificationRow = Selectable<Database['notification']>;

/** Where a thing's people are found as it stands now, and the units that have to do with it. */
export async function audienceOf(
  tx: Tx,
  row: Pick<NotificationRow, 'thing_kind' | 'thing_id'>,
): Promise<{ audience: Audience; stage: string; version: number; units: readonly string[] }> {
  if (row.thing_kind === 'indicator_task') {
    const task = await tx
      .selectFrom('indicator_task')
      .select(['unit_id', 'theme', 'office_unit_id', 'officer_id', 'stage', 'version', 'state'])
      .where('id', '=', row.thing_id)
      .executeTakeFirstOrThrow();
    const { unit_id, theme, office_unit_id, officer_id, stage, version } = task;
    const { people } = task.state;
    const reviewed = { unit_id, theme };
    return {
      audience: { lead_unit_id: unit_id, office_unit_id, officer_id, reviewed, people },
      stage,
      version,
      units: [unit_id],
    };
  }
  const item = await tx
    .selectFrom('supervision_item')
    .select(['lead_unit_id', 'office_unit_id', 'officer_id', 'stage', 'version', 'state'])
    .where('id', '=', row.thing_id)
    .executeTakeFirstOrThrow();
  const state = item.state as SupervisionItem | null;
  const units = [item.lead_unit_id ?? [], state?.facts.assisting_unit_ids ?? []].flat();
  return {
    audience: { ...item, reviewed: null, people: state?.people ?? {} },
    stage: item.stage,
    version: item.version,
    units,
  };
}

/** The telling that a notification came from, without its key's thing and person. */
export function tellingOf(
  { key, level, chain, role, unit_id }: NotificationRow,
  audience: Audience,
): Told['telling'] {
  return {
    level,
    chain,
    role,
    key: key.split('/').slice(2, -1).join('/'),
    ...elsewhere({ chain, unit_id }, audience),
  };
}

/** The unit whose people are meant, when it is not the lead unit. */
export const elsewhere = (
  { chain, unit_id }: Pick<NotificationRow, 'chain' | 'unit_id'>,
  { lead_unit_id }: Audience,
): { readonly unit_id?: string } =>
  chain === 'undertaking' && unit_id !== null && unit_id !== lead_unit_id ? { unit_id } : {};

export async function toldOf(tx: Tx, row: NotificationRow, at: Instant): Promise<Told> {
  const { audience } = await audienceOf(tx, row);
  return {
    thing: { kind: row.thing_kind, id: row.thing_id },
    event_version: row.event_version,
    audience,
    telling: tellingOf(row, audience),
    warning_id: row.warning_id,
    due: row.due_at,
    at,
  };
}

/** These people cannot be reached: recorded, and the next in the chain is told. */
export async function unreachable(
  tx: Tx,
  rows: readonly NotificationRow[],
  at: Instant,
  { mend, ...end }: { readonly state: 'suppressed' | 'failed'; readonly reason: string; readonly mend: Mend },
): Promise<void> {
  if (rows.length === 0) return;
  await tx
    .updateTable('notification')
    .set(end)
    .where(
      'id',
      'in',
      rows.map(({ id }) => id),
    )
    .execute();
  for (const row of rows) await tellNext(tx, await toldOf(tx, row, at), row.id, mend);
}
