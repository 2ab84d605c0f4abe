/** Fault 20: an old worker, and an old server, on the schema of a later version. The code here is the old one. */
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { knownMigrations } from '../../db/migrate.ts';
import { addDays, localDateOf } from '../../domain/time.ts';
import { wallNow } from '../../db/clock.ts';
import { underWay, usualPeople } from '../support/matter.ts';
import { insist } from './insisting.ts';
import { productionCity, type ProductionCity } from './production.ts';

const LATER = '9998-expanded';
const newest = (await knownMigrations()).at(-1);

/** A later version has added to the schema: nothing is taken away. */
async function expand({ db }: ProductionCity): Promise<void> {
  await sql`insert into kysely_migration (name, timestamp) values (${LATER}, '2999-01-01T00:00:00.000Z')`.execute(
    db,
  );
  await sql`alter table supervision_item add column later_version text`.execute(db);
}

/** A later version takes something away, and says which code is too old for what is left. */
const contract = ({ db }: ProductionCity, needs: string) =>
  sql`update version_gate set needs = ${needs}`.execute(db);

const refusal = (needs: string) =>
  `This version is too old for the database: it knows migrations up to ${newest}, the database needs ${needs} or later; start a newer version.\n`;

test('fault 20: server and worker that are too old for the database refuse to start, each with one sentence', async () => {
  const city = await productionCity();
  await expand(city);
  await contract(city, LATER);
  const ends = await Promise.all([city.tryToStart('server.ts'), city.tryToStart('worker.ts')]);
  expect(ends).toEqual([
    { code: 1, said: refusal(LATER) },
    { code: 1, said: refusal(LATER) },
  ]);
});

test('fault 20: a worker whose database lacks what its version needs refuses to start', async () => {
  const city = await productionCity();
  await sql`delete from kysely_migration where name = ${newest}`.execute(city.db);
  expect(await city.tryToStart('worker.ts')).toEqual({
    code: 1,
    said: `The database lacks ${newest} of this version: start a server of this version first, it applies them.\n`,
  });
});

test(
  'fault 20: a schema that was only added to is worked on; when its gate is raised the old ones stop, and a newer one goes on',
  { timeout: 120_000 },
  async () => {
    const city = await productionCity();
    await expand(city);
    const { officer, unit, reporter } = await usualPeople(city);
    const old = await Promise.all([city.startServer(), city.startWorker()]);
    expect((await officer.client.get('/readyz')).status).toBe(200);
    const due_on = addDays(localDateOf(wallNow()), 60);
    const item = await underWay(city, officer, reporter, { due_on, lead_unit_id: unit.id });

    await contract(city, LATER);
    expect(await officer.client.get('/readyz')).toMatchObject({
      status: 503,
      body: { checks: { postgres: 'ok', migrations: 'failed' } },
    });
    expect(await Promise.all(old.map(({ ended }) => ended))).toEqual([
      { code: 1, said: refusal(LATER) },
      { code: 1, said: refusal(LATER) },
    ]);

    // For a newer version the gate is open.
    await contract(city, newest ?? '');
    await Promise.all([city.startServer(), city.startWorker()]);
    const report = { percent: 40, text: '路基完成一半' };
    const answer = await insist(reporter, `${item.path}/commands/report-progress`, report);
    expect(answer).toMatchObject({ status: 200, body: { version: 4 } });
    expect(await item.events()).toEqual(['created', 'assigned', 'acknowledged', 'progress_reported']);
    await city.ends();
  },
);
