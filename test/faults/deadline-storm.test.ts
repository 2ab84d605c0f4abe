/** Fault 26: very many deadlines at one instant. `npm run faults:long` runs it with 5 000. */
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { when } from '../../db/client.ts';
import { leftBehind } from '../../db/hand-overs.ts';
import type { WarningPolicy } from '../../domain/warning-policy.ts';
import { workflowIdOf } from '../../workflows/client.ts';
import { fastForward } from '../../workflows/time-travel.ts';
import { endsOf } from '../support/messages.ts';
import { usualPeople } from '../support/matter.ts';
import { createPerson, createUnit } from '../support/people.ts';
import { assessors, oneMilestone, releases } from '../support/task.ts';
import { at, beginStory, eventually, type Someone, type World } from '../support/world.ts';
import { insist } from './insisting.ts';
import { isLongRun } from './long-run.ts';

const DEADLINES = isLongRun() ? 5_000 : 200;
const UNITS = 60;
/** Of the deadlines so many are reports of each unit's indicator tasks. */
const TASKS_EACH = isLongRun() ? 20 : 1;
const ITEMS = DEADLINES - UNITS * TASKS_EACH;
const PER_SECOND = 10;
const AT_ONCE = 24;

/** Of two that are due on different days one turns red when the other one's bell rings. */
const policy: WarningPolicy = {
  name: 'storm',
  version: 1,
  levels: [
    { level: 'bell', moment: { amount: -1, unit: 'working_day', at: '09:00' } },
    { level: 'red_card', moment: { amount: 0, unit: 'calendar_day', at: '09:00' } },
  ],
  repeat: null,
  recipients: { bell: ['reporter'], yellow_card: [], red_card: ['reporter', 'principal_leader'] },
};

test(
  `fault 26: ${DEADLINES} deadlines at one instant: at the provider's rate, red before bell, bundled, nobody over the cap`,
  { timeout: isLongRun() ? 1_800_000 : 300_000 },
  async () => {
    const city = await beginStory({ at: '2026-09-10 10:00', smsPerSecond: PER_SECOND });
    city.standIn.control({ receiptAfterMs: 0 });
    await city.db
      .insertInto('warning_policy')
      .values({ name: policy.name, version: 1, body: JSON.stringify(policy), created_at: new Date(0) })
      .execute();
    const { officer } = await usualPeople(city);
    const units = await Promise.all(Array.from({ length: UNITS }, (_, n) => unitOf(city, n)));
    const dueOn = (n: number) => (n < UNITS / 2 ? '2026-09-17' : '2026-09-16');
    // Reported five working days after the 9th, or after they were given: on the 17th.
    const { admin } = await assessors(city);
    const tasks = await releases(city, admin, units.flatMap(indicatorsOf), 300_000);
    const owners = await city.db.selectFrom('indicator_task').select(['id', 'unit_id']).execute();
    await atOnce(AT_ONCE, owners, async ({ id, unit_id }) => {
      const reporter = units.find(({ unit }) => unit.id === unit_id)?.reporter ?? admin;
      await insist(reporter, `/indicator-tasks/${id}/commands/acknowledge`, {});
    });
    let begun = 0;
    await atOnce(AT_ONCE, Array.from({ length: ITEMS }), async () => {
      const n = (begun += 1) % UNITS;
      const facts = { ...matter, title: `第${begun}件`, due_on: dueOn(n), lead_unit_id: units[n]?.unit.id };
      const answer = await insist(officer, '/supervision-items', facts);
      expect(answer.status, JSON.stringify(answer.body)).toBe(201);
      const reporter = units[n]?.reporter ?? officer;
      await insist(reporter, `/supervision-items/${answer.body.id}/commands/acknowledge`, {});
    });
    await city.travelTo('2026-09-16 08:58');
    await endsOf(city);
    city.phonesAreRead();
    const before = city.standIn.messages().length;

    // All of them at nine.
    const { client } = city.server;
    const items = await city.db.selectFrom('supervision_item').select('id').execute();
    const all = [
      ...items.map(({ id }) => workflowIdOf('supervision_item', id)),
      ...tasks.map((id) => workflowIdOf('indicator_task', id)),
    ];
    await atOnce(AT_ONCE, all, (id) => fastForward(client, id, 120_000));
    await eventually(
      async () => (await warningsAt(city, '2026-09-16 09:00')) >= DEADLINES || undefined,
      'every card is given',
      120_000,
    );
    await eventually(
      async () => (await leftBehind(city.db, 1)).length === 0 || undefined,
      'everybody is told',
      60_000,
    );
    // The bells first, so that the order is no accident.
    const bells = units.slice(0, UNITS / 2).map(({ reporter }) => reporter);
    const reds = units.slice(UNITS / 2).flatMap(({ reporter, principal }) => [reporter, principal]);
    const began = performance.now();
    await Promise.all(
      [...bells, ...reds].map(({ person }) =>
        fastForward(client, workflowIdOf('recipient', person.id), 240_000),
      ),
    );
    await eventually(
      () => (city.standIn.messages().length - before >= bells.length + reds.length ? true : undefined),
      'one message for each',
      120_000,
    );
    const seconds = (performance.now() - began) / 1_000;
    const told = city.standIn.messages().slice(before);
    expect(told).toHaveLength(bells.length + reds.length);
    expect(told.length / seconds).toBeLessThan(PER_SECOND * 1.5);
    const numbersOfReds = new Set(reds.map(({ phone }) => phone.number));
    const places = (isRed: boolean) =>
      told.flatMap(({ phone }, place) => (numbersOfReds.has(phone) === isRed ? [place] : []));
    const mean = (all: readonly number[]) => all.reduce((sum, one) => sum + one, 0) / all.length;
    console.log(
      `red at ${mean(places(true)).toFixed(0)}, bell at ${mean(places(false)).toFixed(0)} of ${told.length}, ${(told.length / seconds).toFixed(1)} a second`,
    );
    expect(mean(places(true))).toBeLessThan(mean(places(false)));

    await city.travelTo('2026-09-16 12:00');
    await endsOf(city);
    const { rows } = await sql<{ most: number }>`
      select coalesce(max(n), 0)::int as most
        from (select count(*) as n from message group by person_id) each`.execute(city.db);
    expect(rows[0]?.most).toBeLessThanOrEqual(50);
    city.phonesAreRead();
    await city.ends();
  },
);

const matter = {
  aspect: 'key_work',
  source: { level: 'municipal', document: null, instructed_by: null },
  item_class: 'dated',
  warning_policy: policy.name,
  assign: true,
};

async function unitOf(city: World, n: number) {
  const unit = await createUnit(city.db, { name: `第${n}局` });
  const of = (post: 'reporter' | 'principal_leader'): Promise<Someone> =>
    city.someone(unit, { role: 'undertaking_unit', post });
  const contact = await createPerson(city.db, { unit_id: unit.id });
  return { unit, contact, reporter: await of('reporter'), principal: await of('principal_leader') };
}

const indicatorsOf = ({ unit, contact, reporter, principal }: Awaited<ReturnType<typeof unitOf>>) =>
  Array.from({ length: TASKS_EACH }, (_, n) => ({
    ...oneMilestone('2026-09-09'),
    单位: unit.name,
    指标: `第${n + 1}项任务`,
    分值: 100 / TASKS_EACH,
    填报责任人: reporter.person.name,
    直接负责人: principal.person.name,
    联系人: contact.name,
    预警策略: policy.name,
  }));

async function warningsAt({ db }: World, moment: string): Promise<number> {
  const { n } = await db
    .selectFrom('warning')
    .select((eb) => eb.fn.countAll<string>().as('n'))
    .where('moment', '=', when(at(moment)))
    .executeTakeFirstOrThrow();
  return Number(n);
}

async function atOnce<T>(most: number, all: readonly T[], work: (one: T) => Promise<void>): Promise<void> {
  const left = [...all];
  const one = async () => {
    while (left.length > 0) await work(left.pop() as T);
  };
  await Promise.all(Array.from({ length: most }, one));
}
