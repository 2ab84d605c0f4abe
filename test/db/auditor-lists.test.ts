/** What the auditor sees of the released lists: every indicator has its task, and weighs there what it weighs in the list. */
import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { listFaults } from '../../db/auditor-lists.ts';
import { stamp, type Db } from '../../db/client.ts';
import { seed } from '../../db/seed.ts';
import { decimal } from '../../domain/decimal.ts';
import type { Actor } from '../../domain/process.ts';
import { HOUR, instantOn, later, localDate, type Instant } from '../../domain/time.ts';
import { freshDatabase } from '../support/database.ts';
import { createAccount, createUnit, type Account } from '../support/people.ts';
import { putTask, type PutTask } from '../support/tasks.ts';

const released = instantOn(localDate('2026-01-12'), '10:00');
const audited = instantOn(localDate('2026-03-02'), '03:00');

let db: Db;
let drop: () => Promise<void>;
let first: Account;
let second: Account;

beforeEach(async () => {
  ({ db, drop } = await freshDatabase());
  await seed(db, released);
  const unit = await createUnit(db);
  first = await createAccount(db, { roles: ['assessment_admin'], unit });
  second = await createAccount(db, { roles: ['assessment_admin'], unit });
});
afterEach(() => drop());

const admin = ({ person }: Account): Actor => ({
  kind: 'person',
  person_id: person.id,
  unit_id: person.unit_id,
  role: 'assessment_admin',
});

/** A released list with one task, of four points both here and there. */
async function aList(life: PutTask['life']) {
  const person_id = first.person.id;
  const unit_id = first.person.unit_id ?? '';
  const task = await putTask(db, {
    unit_id,
    person_id,
    at: released,
    by: admin(first),
    ...(life === undefined ? {} : { life }),
  });
  await weighs(task.id, '2026-01-01', '4');
  await sql`
    update annual_list
       set stage = 'released', released_at = ${stamp(released)}, released_by = ${first.id}`.execute(db);
  await sql`
    insert into list_release (year, id, stage, released_by, begun_at, ended_at)
    values (2026, ${randomUUID()}, 'released', '{"kind": "system"}', ${stamp(released)}, ${stamp(released)})`.execute(
    db,
  );
  return task;
}

const weighs = (indicator: string, from: string, points: string) =>
  sql`
    insert into indicator_weight (indicator_id, from_date, points, reason, proposed_by)
    values (${indicator}, ${from}, ${points}, '年度清单', ${first.id})`.execute(db);

const isReleasing = (stage: 'releasing' | 'paused', begun_at: Instant) =>
  sql`update list_release set stage = ${stage}, begun_at = ${stamp(begun_at)}, ended_at = null`.execute(db);

/** Five points from that day on: the task was told on 2 February. */
const toldOf =
  (from: string): PutTask['life'] =>
  (task) => {
    task.until('2026-02-02 10:00');
    const effective_from = localDate(from);
    task.by(admin(first), {
      command: 'change_weight',
      points: decimal('5'),
      effective_from,
      reason: '中期调整',
    });
    task.by(admin(second), { command: 'confirm_weight' });
  };

test('R-022 a task that weighs what the list says has no fault, before and after its weight changes', async () => {
  const { id } = await aList(toldOf('2026-02-10'));
  await weighs(id, '2026-02-10', '5.00');
  expect(await listFaults(db, audited)).toEqual([]);
  expect(await listFaults(db, instantOn(localDate('2026-02-03'), '03:00'))).toEqual([]);
});

test('R-022 a weight that its task was never told of is found, on the day from which it holds', async () => {
  const { id, number } = await aList(undefined);
  await weighs(id, '2026-06-01', '5');
  expect(await listFaults(db, audited)).toEqual([`${number}：2026-06-01的分值，清单上是5，任务里是4`]);
  // As long as the list's release has still to tell it, it is on its way.
  await isReleasing('paused', released);
  expect(await listFaults(db, audited)).toEqual([]);
});

test('R-022 a weight that the task alone knows is found, and one that came after its end is not', async () => {
  const { id, number } = await aList(toldOf('2026-02-10'));
  expect(await listFaults(db, audited)).toEqual([`${number}：2026-03-02的分值，清单上是4，任务里是5`]);
  await sql`update indicator_task set stage = 'withdrawn' where id = ${id}`.execute(db);
  expect(await listFaults(db, audited)).toEqual([]);
});

test('R-031 an indicator of a released list that has no task is found an hour after the release', async () => {
  const { id, number } = await aList(undefined);
  await sql`delete from indicator_task where id = ${id}`.execute(db);
  expect(await listFaults(db, later(released, HOUR))).toEqual([]);
  expect(await listFaults(db, later(released, HOUR + 1))).toEqual([
    `2026年度清单已下达，仍有1项指标没有任务，例如${number}`,
  ]);
});

test('R-031 a release in which nothing has happened for an hour is found, unless it is paused', async () => {
  await aList(undefined);
  await isReleasing('releasing', released);
  expect(await listFaults(db, later(released, HOUR))).toEqual([]);
  const stands = '2026年度清单的下达自2026-01-12 10:00起没有进展，也没有暂停';
  expect(await listFaults(db, audited)).toEqual([stands]);
  await isReleasing('paused', released);
  expect(await listFaults(db, audited)).toEqual([]);
  // A task was written a moment ago.
  await isReleasing('releasing', released);
  await sql`update indicator_task set created_at = ${stamp(later(audited, -HOUR / 2))}`.execute(db);
  expect(await listFaults(db, audited)).toEqual([]);
});

test('R-022 a release that was begun again to tell of a change is given its hour from then', async () => {
  await aList(undefined);
  await isReleasing('releasing', released);
  const confirmed = later(audited, -HOUR / 2);
  await sql`
    insert into weight_change
      (id, year, kind, from_date, reason, weights, additions, proposed_by, proposed_at, state, confirmed_by, confirmed_at)
    values (${randomUUID()}, 2026, 'weights', '2026-06-01', '中期调整', '[]', '[]', ${first.id}, ${stamp(confirmed)},
            'confirmed', ${second.id}, ${stamp(confirmed)})`.execute(db);
  expect(await listFaults(db, audited)).toEqual([]);
  expect(await listFaults(db, later(audited, HOUR))).toHaveLength(1);
});
