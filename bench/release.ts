/** A list's release, until the timer of every task stands, against as many bare starts with the same concurrency. */
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { sql } from 'kysely';
import { beginRelease, releaseOf } from '../db/list-release.ts';
import type { Actor } from '../domain/process.ts';
import { instant } from '../domain/time.ts';
import { spentOn, type Spending } from './cpu.ts';
import type { Ground } from './ground.ts';
import { inFlight, perSecond } from './statistics.ts';

/** Tasks per second. */
export type Release = { readonly bare: number; readonly ours: number; readonly spending: Spending };

/** As many starts as the release has under way. */
const AT_ONCE = 20;
let lists = 0;

export async function release(ground: Ground, n: number): Promise<Release> {
  const { bare, timers } = ground;
  const batch = randomUUID();
  const theirs = await spentOn(n, () =>
    perSecond(n, async () => {
      await inFlight(n, AT_ONCE, (index) => bare.startTimer(`${batch}/${index}`));
      while ((await timers.count(`bare/${batch}/`)) < n) await pause(20);
    }),
  );
  const ours = await spentOn(n, () => releaseTasks(ground, n));
  return {
    bare: theirs.result,
    ours: ours.result,
    spending: { what: `a task of a release of ${n}`, bare: theirs.spent, ours: ours.spent },
  };
}

/** So many more indicators in this year's list, and their tasks. @returns tasks per second. */
export async function releaseTasks(ground: Ground, n: number): Promise<number> {
  const { timers, db, cast, processes } = ground;
  // This year's, with what the years before have left out of it.
  const year = new Date().getFullYear();
  const number = (lists += 1);
  const by: Actor = {
    kind: 'person',
    person_id: cast.officer.person_id,
    unit_id: cast.officer.unit_id,
    role: 'assessment_admin',
  };
  await listOf(ground, year, number, n);
  const before = await timers.count('indicator_task/');
  return perSecond(n, async () => {
    await db.transaction().execute((tx) => beginRelease(tx, year, { by, at: instant(Date.now()) }));
    const begun = await releaseOf(db, year);
    if (begun === null) throw new Error('no release');
    await processes.releaseList(begun, by);
    while ((await timers.count('indicator_task/')) - before < n) await pause(20);
  });
}

/** Indicators with twelve monthly values, spread over the units. */
async function listOf({ db, cast }: Ground, year: number, list: number, n: number): Promise<void> {
  await sql`
    insert into annual_list (year, stage, created_at, released_at, released_by)
    select ${year}, 'released', now(), now(), (select id from account limit 1)
    on conflict do nothing`.execute(db);
  const plan = Array.from({ length: 12 }, (_, month) => ({
    by: new Date(Date.UTC(year, month + 1, 0)).toISOString().slice(0, 10),
    value: String(month + 1),
  }));
  const rows = Array.from({ length: n }, (_, index) => {
    const { id: unit_id, reporter } = cast.unit(index);
    return {
      id: randomUUID(),
      number: `考〔${year}〕${list}${String(index).padStart(5, '0')}`,
      unit_id,
      person: reporter.person_id,
    };
  });
  await sql`
    with listed as (
      insert into indicator
        (id, year, number, unit_id, kind, theme, name, source_level, measure, direction, value_kind, level_targets,
         target_value, target_level, is_stretch, tags, reporter_id, direct_lead_id, contact_person_id,
         responsible_office, period_kind, plan, warning_policy, progress_policy, origin, effective_from)
      select id, ${year}, number, unit_id, 'individual', null, number, 'municipal', '件', 'higher_better', 'cumulative',
             '{"municipal": "12"}', 12, 'municipal', false, '{}', person, person, person, '办公室', 'monthly',
             ${JSON.stringify(plan)}::jsonb, 'report', 'progress', 'annual_list', make_date(${year}, 1, 1)
        from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as new(id uuid, number text, unit_id uuid, person uuid)
      returning id
    )
    insert into indicator_weight (indicator_id, from_date, points, reason, proposed_by)
    select id, make_date(${year}, 1, 1), 1, 'bench', (select id from account limit 1) from listed`.execute(
    db,
  );
}
