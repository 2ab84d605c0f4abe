/** Faults 13 and 14: the same request many times in parallel, and different ones at the same moment. */
import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { wallNow } from '../../db/clock.ts';
import { eventsOf } from '../../db/process-event.ts';
import { openSession } from '../../db/sessions.ts';
import type { Answer } from '../support/api.ts';
import { underWay, usualPeople } from '../support/matter.ts';
import { chance } from '../support/seeded.ts';
import { beginStory, type Someone, type World } from '../support/world.ts';

/** Over real connections, all at the same moment. */
async function fiftyTimes(city: World, who: Someone, path: string, body: unknown) {
  const { token } = await openSession(city.db, who.account.id, wallNow());
  const key = randomUUID();
  const ask = async () => {
    const response = await fetch(`${city.address}/api/v1${path}`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        'idempotency-key': `"${key}"`,
      },
      body: JSON.stringify(body),
    });
    return { status: response.status, headers: response.headers, text: await response.text() };
  };
  const answers = await Promise.all(Array.from({ length: 50 }, ask));
  return { answers, again: await ask() };
}

test('fault 13: one item is listed and one command carried out, however often it is sent at once', async () => {
  const city = await beginStory({ at: '2026-09-14 10:00' });
  const { officer, unit, reporter } = await usualPeople(city);
  const facts = {
    title: '完成城东路改造',
    aspect: 'key_work',
    source: { level: 'municipal', document: null, instructed_by: null },
    item_class: 'dated',
    due_on: '2026-09-30',
    lead_unit_id: unit.id,
  };
  const listed = await fiftyTimes(city, officer, '/supervision-items', facts);
  const id = JSON.parse(listed.again.text).id as string;
  const assigned = await fiftyTimes(city, officer, `/supervision-items/${id}/commands/assign`, {});

  for (const { answers, again } of [listed, assigned]) {
    const first = again.status;
    expect([200, 201]).toContain(first);
    for (const { status, text, headers } of answers) {
      if (status === first) expect(text).toBe(again.text);
      else {
        expect([status, JSON.parse(text).code]).toEqual([409, 'idempotency_in_progress']);
        expect(headers.get('retry-after')).toBe('1');
      }
    }
    expect(again.headers.get('idempotency-replayed')).toBe('true');
  }
  expect(await city.db.selectFrom('supervision_item').select('id').execute()).toEqual([{ id }]);
  const events = await city.db.selectFrom('process_event').select('type').orderBy('version').execute();
  expect(events.map(({ type }) => type)).toEqual(['created', 'assigned']);
  await city.travelTo('2026-09-14 11:00');
  await reporter.phone.expects('1项待办');
  await city.ends();
});

/** An item as small as this test needs it. */
type Model = {
  readonly stage: 'progress_reporting' | 'review_rating' | 'closed' | 'withdrawn';
  readonly due: number;
  readonly asked: number | null;
  readonly withdrawing: boolean;
};

type Move = {
  readonly path: string;
  readonly who: 'officer' | 'colleague' | 'leader' | 'reporter';
  readonly body: unknown;
  readonly event: string;
  /** What tells two of the same kind apart. */
  readonly day?: string;
  /** @returns null where it must be refused. */
  readonly does: (model: Model) => Model | null;
};

const open = ({ stage }: Model) => stage === 'progress_reporting' || stage === 'review_rating';
const when = (allowed: boolean, model: Model): Model | null => (allowed ? model : null);

const extendTo = (day: number): Move => ({
  path: 'request-extension',
  who: 'reporter',
  day: `2026-11-${day}`,
  body: { new_due_on: `2026-11-${day}`, reason: '连续降雨' },
  event: 'extension_requested',
  does: (m) =>
    when(m.stage === 'progress_reporting' && m.asked === null && day > m.due, { ...m, asked: day }),
});

const moves: readonly Move[] = [
  extendTo(10),
  extendTo(20),
  {
    path: 'decide-extension',
    who: 'leader',
    body: { granted: true, reason: '同意' },
    event: 'extension_granted',
    does: (m) =>
      when(m.stage === 'progress_reporting' && m.asked !== null, {
        ...m,
        due: m.asked ?? m.due,
        asked: null,
      }),
  },
  {
    path: 'request-close',
    who: 'reporter',
    body: { result: '已通车' },
    event: 'close_requested',
    does: (m) => when(m.stage === 'progress_reporting', { ...m, stage: 'review_rating', asked: null }),
  },
  {
    path: 'approve',
    who: 'colleague',
    body: { rating: 'good' },
    event: 'closed',
    does: (m) => when(m.stage === 'review_rating', { ...m, stage: 'closed' }),
  },
  {
    path: 'return',
    who: 'officer',
    body: { reasons: '资料不全' },
    event: 'returned',
    does: (m) => when(m.stage === 'review_rating', { ...m, stage: 'progress_reporting' }),
  },
  {
    path: 'withdraw',
    who: 'officer',
    body: { reason: '上级已撤销' },
    event: 'withdrawal_requested',
    does: (m) => when(open(m) && !m.withdrawing, { ...m, withdrawing: true }),
  },
  {
    path: 'confirm-withdrawal',
    who: 'colleague',
    body: {},
    event: 'withdrawn',
    does: (m) => when(open(m) && m.withdrawing, { ...m, stage: 'withdrawn' }),
  },
  {
    path: 'reject-withdrawal',
    who: 'colleague',
    body: { reason: '继续办理' },
    event: 'withdrawal_rejected',
    does: (m) => when(open(m) && m.withdrawing, { ...m, withdrawing: false }),
  },
];

const { seed, whole, pick } = chance();
const ITEMS = 5;
const WAVES = 4;

test(`fault 14: commands given at once have one order for all, and the loser is told (seed ${seed})`, async () => {
  const city = await beginStory({ at: '2026-09-14 10:00' });
  const people = await usualPeople(city);
  for (let item = 0; item < ITEMS; item += 1) await contest(city, people);
  await city.travelTo('2026-09-14 11:00');
  city.phonesAreRead();
  await city.ends();
});

async function contest(city: World, people: Awaited<ReturnType<typeof usualPeople>>): Promise<void> {
  const { officer, reporter, unit } = people;
  const item = await underWay(city, officer, reporter, { due_on: '2026-10-30', lead_unit_id: unit.id });
  let model: Model = { stage: 'progress_reporting', due: 0, asked: null, withdrawing: false };
  let version = 3;
  for (let wave = 0; wave < WAVES; wave += 1) {
    const given = Array.from({ length: 3 + whole(5) }, () => pick(moves));
    const answers = await Promise.all(given.map((move) => item.send(people[move.who], move.path, move.body)));
    const played = given.map((move, index) => ({ move, answer: answers[index] as Answer }));
    const told = JSON.stringify(
      played.map(({ move, answer }) => [move.path, answer.status, answer.body.code ?? answer.body.version]),
    );

    // The order is that of the events; an answer may show what came after it as well.
    const events = (await eventsOf(city.db, { kind: 'supervision_item', id: item.id })).slice(version);
    const accepted = played.filter(({ answer }) => answer.status === 200);
    expect(events.map(({ type }) => type).toSorted(), told).toEqual(
      accepted.map(({ move }) => move.event).toSorted(),
    );
    const moments: Model[] = [model];
    for (const { type, body } of events) {
      const won = accepted.find(
        ({ move }) => move.event === type && (move.day === undefined || move.day === body['new_due_on']),
      );
      const next = won?.move.does(model) ?? null;
      if (next === null) throw new Error(`${type} was not allowed in ${JSON.stringify(model)}: ${told}`);
      model = next;
      moments.push(model);
    }
    for (const { move, answer } of played.filter(({ answer: { status } }) => status !== 200)) {
      expect([409, 422], told).toContain(answer.status);
      expect(
        moments.some((moment) => move.does(moment) === null),
        `${move.path} was refused without a reason: ${told}`,
      ).toBe(true);
    }
    version += events.length;
  }
  const shown = await item.openedBy(officer);
  expect(shown).toMatchObject({ stage: model.stage, version });
}
