/** How a change of a released list is shown: each indicator's points before and after. */
import { Type, type Static } from 'typebox';
import { pointsBefore, type WeightChange } from '../db/annual-list-changes.ts';
import type { Db } from '../db/client.ts';
import { winningTarget } from '../domain/annual-list.ts';
import type { Addition } from '../db/annual-list-tables.ts';
import { rfc3339 } from '../domain/time.ts';
import type { SignedIn } from '../db/sessions.ts';
import { Count, Day, inPoints, Year } from './annual-lists-view.ts';
import { closed, named, nullable, oneOf, Timestamp, Uuid, Version } from './schemas.ts';

const summary = {
  id: Uuid,
  year: Year,
  kind: oneOf(['weights', 'dynamic', 'promotion']),
  from_date: Day,
  reason: Type.String(),
  stage: oneOf(['proposed', 'confirmed', 'rejected']),
  proposed_by: Uuid,
  proposed_at: Timestamp,
  confirmed_by: nullable(Uuid),
  confirmed_at: nullable(Timestamp),
  rejected_reason: nullable(Type.String()),
  indicators: Type.Unsafe<number>({ ...Count, description: '分值有调整的指标数' }),
  added: Type.Unsafe<number>({ ...Count, description: '新增的指标数' }),
  promotes: nullable(closed({ indicator_id: Uuid, theme: Type.String() })),
  version: Version,
  allowed_commands: Type.Array(oneOf(['confirm', 'reject'])),
};

export const ChangeSummary = named('WeightChangeSummary', closed(summary));

export const ChangeView = named(
  'WeightChange',
  closed({
    ...summary,
    weights: Type.Array(
      closed({
        indicator_id: Uuid,
        number: Type.String(),
        name: Type.String(),
        unit_id: Uuid,
        unit_name: Type.String(),
        old_points: Type.String(),
        new_points: Type.String(),
      }),
      { description: '按编号排列' },
    ),
    additions: Type.Array(
      closed({
        indicator_id: Uuid,
        unit_id: Uuid,
        name: Type.String(),
        sub_target: nullable(Type.String()),
        points: Type.String(),
        target: nullable(closed({ level: Type.String(), value: Type.String() })),
        measure: Type.String(),
      }),
      { description: '确认后才有编号' },
    ),
  }),
);

/** Grows when it is confirmed or rejected; nothing else happens to it. */
export const changeRevision = ({ state }: Pick<WeightChange, 'state'>): number =>
  state === 'proposed' ? 1 : 2;

export function changeSummary(change: WeightChange, viewer: SignedIn): Static<typeof ChangeSummary> {
  const { state, confirmed_at, proposed_by } = change;
  return {
    id: change.id,
    year: change.year,
    kind: change.kind,
    from_date: change.from_date,
    reason: change.reason,
    stage: state,
    proposed_by,
    proposed_at: rfc3339(change.proposed_at),
    confirmed_by: change.confirmed_by,
    confirmed_at: confirmed_at === null ? null : rfc3339(confirmed_at),
    rejected_reason: change.rejected_reason,
    indicators: change.weights.length,
    added: change.additions.length,
    promotes: change.promotes === null ? null : { ...change.promotes },
    version: changeRevision(change),
    allowed_commands:
      state !== 'proposed' ? [] : proposed_by === viewer.account_id ? ['reject'] : ['confirm', 'reject'],
  };
}

export async function changeView(
  db: Db,
  change: WeightChange,
  viewer: SignedIn,
): Promise<Static<typeof ChangeView>> {
  const after = new Map(change.weights.map(({ indicator_id, points }) => [indicator_id, points]));
  const before = await pointsBefore(db, change, [...after.keys()]);
  return {
    ...changeSummary(change, viewer),
    weights: before.map(({ points, ...row }) => ({
      ...row,
      old_points: inPoints(points),
      new_points: inPoints(after.get(row.indicator_id) ?? points),
    })),
    additions: change.additions.map(additionView),
  };
}

function additionView(one: Addition): Static<typeof ChangeView>['additions'][number] {
  const { id, unit_id, name, sub_target, points, measure } = one;
  const won = winningTarget(one.level_targets, one.direction);
  return { indicator_id: id, unit_id, name, sub_target, points: inPoints(points), measure, target: won };
}
