/** The daily audit tells of a list and a task that say different things, and of nothing when they agree. */
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { administrator, faultsOf, runs } from '../support/cadences.ts';
import { assessmentPeople, byMonth, released } from '../support/task.ts';
import { beginStory } from '../support/world.ts';

test('R-022 a weight that is another one in the list than in its task is in the report of the audit', async () => {
  const city = await beginStory({ at: '2026-01-12 10:00' });
  const { admin, ...chain } = await assessmentPeople(city);
  const task = await released(city, admin, chain, byMonth);
  const operator = await administrator(city);
  expect(await faultsOf(operator, await runs(operator, 'audit'))).toEqual([]);

  const isInList = (points: number) =>
    city.db.transaction().execute(async (tx) => {
      await sql`alter table indicator_weight disable trigger weights_are_the_past`.execute(tx);
      await sql`update indicator_weight set points = ${points} where indicator_id = ${task.id}`.execute(tx);
      await sql`alter table indicator_weight enable trigger weights_are_the_past`.execute(tx);
    });
  await isInList(90);
  expect(await faultsOf(operator, await runs(operator, 'audit'))).toEqual([
    expect.stringMatching(/^\[left\] .+：2026-01-12的分值，清单上是90，任务里是100$/),
  ]);
  await isInList(100);
  expect(await faultsOf(operator, await runs(operator, 'audit'))).toEqual([]);
  city.phonesAreRead();
  await city.ends();
});
