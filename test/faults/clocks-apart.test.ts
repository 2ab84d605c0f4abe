/**
 * Fault 12: the clocks of API, worker and database are ten minutes wrong, each in its own direction.
 * What has a deadline is judged by the process's clock, which is Temporal's, and by nothing else.
 */
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { wallNow } from '../../db/clock.ts';
import { eventsOf } from '../../db/process-event.ts';
import {
  addDays,
  instantOn,
  later,
  localDateOf,
  DAY,
  HOUR,
  MINUTE,
  type Instant,
} from '../../domain/time.ts';
import { workflowIdOf } from '../../workflows/client.ts';
import { fastForward, timeOf } from '../../workflows/time-travel.ts';
import { auditEverything } from '../support/auditor.ts';
import { underWay, usualPeople, type Matter } from '../support/matter.ts';
import { tellingsOf } from '../support/messages.ts';
import { eventually, type Someone } from '../support/world.ts';
import { productionCity, type ProductionCity } from './production.ts';

const apart = [
  { api: 10, worker: -10, database: -10 },
  { api: -10, worker: 10, database: 10 },
];

test.for(apart)(
  'fault 12: with the API $api minutes wrong, the worker $worker and the database $database, each deadline is judged at its own instant',
  { timeout: 120_000 },
  async ({ api, worker, database }) => {
    const city = await productionCity();
    await shiftDatabase(city, database * MINUTE);
    await Promise.all([
      city.startServer({ shiftMs: api * MINUTE }),
      city.startWorker({ shiftMs: worker * MINUTE }),
    ]);
    const { officer, reporter, deputy, principal, unit } = await usualPeople(city);
    const due_on = addDays(localDateOf(wallNow()), 12);
    const item = () => underWay(city, officer, reporter, { due_on, lead_unit_id: unit.id });
    const [inTime, tooLate] = [await item(), await item()];
    const request = { new_due_on: addDays(due_on, 5), reason: '连续降雨' };

    // until 17:00 of the last day.
    const closes = instantOn(due_on, '17:00');
    await bring(city, inTime, later(closes, -5 * MINUTE));
    await inTime.gives(reporter, 'request-extension', request);
    await bring(city, tooLate, later(closes, 5 * MINUTE));
    expect(await tooLate.refuses(reporter, 'request-extension', request)).toBe('extension_too_late');

    // And a red card comes at the deadline, not by anybody's watch.
    const due = instantOn(due_on, '24:00');
    for (const one of [inTime, tooLate]) {
      await bring(city, one, later(due, -5 * MINUTE));
      expect(await one.warnings()).not.toContain('item/1 red_card');
      await bring(city, one, later(due, 5 * MINUTE));
      await eventually(
        async () => (await one.warnings()).includes('item/1 red_card') || undefined,
        'the red card comes',
      );
      const events = await eventsOf(city.db, { kind: 'supervision_item', id: one.id });
      const red = events.find(({ body }) => body['level'] === 'red_card');
      expect((red?.at ?? 0) - due).toBeGreaterThanOrEqual(0);
      expect((red?.at ?? 0) - due).toBeLessThan(MINUTE);
    }
    const then = later(due, DAY);
    for (const one of [inTime, tooLate]) await bring(city, one, then);
    await allAreTold(city, [reporter, deputy, principal], then);
    const { client } = city.server;
    expect(
      await auditEverything({ ...city, server: { client, clock: { now: () => Promise.resolve(then) } } }),
    ).toEqual([]);
  },
);

/** To an instant of Temporal's own clock, whatever anybody else believes. */
async function bring(
  { server: { client } }: ProductionCity,
  { workflowId }: Pick<Matter, 'workflowId'>,
  to: Instant,
) {
  await fastForward(client, workflowId, to - (await timeOf(client, workflowId)));
}

/** Whoever has been told gets what there is, however their hours are quiet; what comes late on its way waits again. */
async function allAreTold(city: ProductionCity, people: readonly Someone[], from: Instant): Promise<void> {
  const { workflow } = city.server.client;
  let to = from;
  await eventually(
    async () => {
      for (const { person } of people) {
        const workflowId = workflowIdOf('recipient', person.id);
        const lives = await workflow
          .getHandle(workflowId)
          .describe()
          .catch(() => null);
        if (lives !== null) await bring(city, { workflowId }, to);
      }
      to = later(to, HOUR);
      const tellings = await tellingsOf(city);
      return tellings.every((telling) => !telling.includes('pending')) || undefined;
    },
    'every telling ends',
    60_000,
  );
}

/** Whatever asks this database for the time gets a wrong one. */
async function shiftDatabase({ db }: ProductionCity, ms: number): Promise<void> {
  await sql`create schema wrong_clock`.execute(db);
  for (const name of ['now', 'transaction_timestamp', 'statement_timestamp', 'clock_timestamp']) {
    await sql
      .raw(
        `create function wrong_clock.${name}() returns timestamptz language sql stable as
         $$ select pg_catalog.${name}() + interval '${ms} milliseconds' $$`,
      )
      .execute(db);
  }
  await sql`
    do $$ begin
      execute format('alter database %I set search_path = wrong_clock, pg_catalog, public', current_database());
    end $$`.execute(db);
}
