/**
 * Fault 5: what was asked for is done, and whoever asked sees a broken connection. Commits, calls to
 * Temporal and SMS, one in some fifteen each and the first of each for certain. Nothing is done twice,
 * nothing is lost.
 */
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import type { Gateway } from '../../sms/gateway.ts';
import { insist } from './insisting.ts';
import { losingAnswers, losingCommits, through, type CuttingProxy } from './cutting-proxy.ts';
import { usualPeople } from '../support/matter.ts';
import { chance, type Chance } from '../support/seeded.ts';
import { beginStory } from '../support/world.ts';

const SHARE = 0.07;
const here = chance();

/** Whatever the seed: the first that may be lost is lost. */
function firstForCertain(): Chance {
  let first = true;
  const next = () => {
    const drawn = here.next();
    if (!first) return drawn;
    first = false;
    return 0;
  };
  return { ...here, next };
}

test(
  `fault 5: done but timed out, and still done once (seed ${here.seed})`,
  { timeout: 240_000 },
  async () => {
    const proxies: CuttingProxy[] = [];
    const ofServer: CuttingProxy[] = [];
    let smsLost = 0;
    let activitiesLost = 0;
    const [ofSms, ofActivities] = [firstForCertain(), firstForCertain()];
    const losing = (gateway: Gateway): Gateway => ({
      ask: (message) => gateway.ask(message),
      async send(message) {
        const outcome = await gateway.send(message);
        if (ofSms.next() >= 3 * SHARE) return outcome;
        smsLost += 1;
        return { outcome: 'unknown', reason: 'timeout' };
      },
    });
    const city = await beginStory({
      at: '2026-09-14 10:00',
      gateway: losing,
      around: (activities) =>
        Object.fromEntries(
          Object.entries(activities).map(([name, work]) => [
            name,
            async (...args: never[]) => {
              const result = await work(...args);
              if (ofActivities.next() >= SHARE) return result;
              activitiesLost += 1;
              throw new Error(`${name} is done, and its answer lost`);
            },
          ]),
        ) as typeof activities,
      async ways(direct) {
        const keep = async (starting: Promise<CuttingProxy>, of?: CuttingProxy[]) => {
          const proxy = await starting;
          // The story is set up before anything goes wrong in it.
          proxy.behave(true);
          proxies.push(proxy);
          of?.push(proxy);
          return proxy;
        };
        const database = await keep(losingCommits(direct.databaseUrl, firstForCertain(), SHARE), ofServer);
        const temporal = await keep(
          losingAnswers(direct.temporalAddress, firstForCertain(), SHARE),
          ofServer,
        );
        const databaseOfWorkers = await keep(losingCommits(direct.databaseUrl, firstForCertain(), SHARE));
        return {
          server: {
            databaseUrl: through(direct.databaseUrl, database),
            temporalAddress: `127.0.0.1:${temporal.port}`,
          },
          workers: { ...direct, databaseUrl: through(direct.databaseUrl, databaseOfWorkers) },
        };
      },
    });
    for (const proxy of proxies) proxy.behave(false);
    const troubled = (yes: boolean) => ofServer.forEach((proxy) => proxy.behave(!yes));
    const { officer, colleague, reporter, unit } = await usualPeople(city);
    const facts = {
      aspect: 'key_work',
      source: { level: 'municipal', document: null, instructed_by: null },
      item_class: 'dated',
      due_on: '2026-09-24',
      lead_unit_id: unit.id,
    };
    const lives = ['第一件', '第二件', '第三件', '第四件', '第五件', '第六件'];

    const begun = await Promise.all(
      lives.map(async (title) => {
        const listed = await insist(officer, '/supervision-items', { ...facts, title });
        expect(listed.status, JSON.stringify(listed.body)).toBe(201);
        const item = `/supervision-items/${listed.body.id}`;
        for (const [who, command, body] of [
          [officer, 'assign', {}],
          [reporter, 'acknowledge', {}],
          [reporter, 'report-progress', { percent: 10, text: '已开工' }],
          [officer, 'pause', { reason: '等待批复' }],
          [officer, 'resume', {}],
        ] as const) {
          expect((await insist(who, `${item}/commands/${command}`, body)).status).toBe(200);
        }
        return item;
      }),
    );
    troubled(false);
    // Past the bell and the yellow card: the workers' commits, hand-overs and SMS go on being lost.
    await city.travelTo('2026-09-23 10:00');
    troubled(true);
    await Promise.all(
      begun.map(async (item) => {
        for (const [who, command, body] of [
          [reporter, 'request-close', { result: '已完成' }],
          [colleague, 'approve', { rating: 'good' }],
        ] as const) {
          expect((await insist(who, `${item}/commands/${command}`, body)).status).toBe(200);
        }
      }),
    );
    troubled(false);
    await city.travelTo('2026-09-25 12:00');

    expect(
      await city.db
        .selectFrom('supervision_item')
        .select(['title', 'stage'])
        .orderBy(sql`title collate "C"`)
        .execute(),
    ).toEqual(lives.toSorted((a, b) => (a < b ? -1 : 1)).map((title) => ({ title, stage: 'closed' })));
    const events = await city.db
      .selectFrom('process_event')
      .select((eb) => ['type', eb.fn.countAll<string>().as('times')])
      .groupBy('type')
      .execute();
    expect(Object.fromEntries(events.map(({ type, times }) => [type, Number(times)]))).toEqual(
      Object.fromEntries(
        [
          'created',
          'assigned',
          'acknowledged',
          'progress_reported',
          'paused',
          'resumed',
          'close_requested',
          'closed',
        ]
          .map((type) => [type, lives.length] as const)
          .concat([['warning_given', 2 * lives.length]]),
      ),
    );
    const [commits, answers, commitsOfWorkers] = proxies.map((proxy) => proxy.cuts());
    const lost = { commits, answers, commitsOfWorkers, sms: smsLost, activities: activitiesLost };
    const never = Object.entries(lost).filter(([, times]) => !(Number(times) > 0));
    expect(never, JSON.stringify(lost)).toEqual([]);
    const messages = await city.db.selectFrom('message').select(['id', 'state']).execute();
    expect(new Set(messages.map(({ state }) => state))).toEqual(new Set(['delivered']));
    expect(
      city.standIn
        .messages()
        .map(({ outId }) => outId)
        .toSorted(),
    ).toEqual(messages.map(({ id }) => id).toSorted());
    city.phonesAreRead();
    await city.ends();
    for (const proxy of proxies) await proxy.stop();
  },
);
