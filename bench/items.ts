/** Supervision items as the bench needs them: through the API, or with a red card at a chosen instant. */
import { randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';
import { loadCalendar } from '../db/calendar.ts';
import { currentPolicies, currentRules, itemPolicies } from '../db/policies.ts';
import type { Actor } from '../domain/process.ts';
import { isRefusal } from '../domain/refusal.ts';
import { create, supervisionItem as rules, type Event, type ItemFacts } from '../domain/supervision-item.ts';
import type { Instant } from '../domain/time.ts';
import { instant } from '../domain/time.ts';
import { workflowIdOf } from '../workflows/client.ts';
import { supervisionItem, type Begin } from '../workflows/supervision-item.ts';
import type { Someone } from './cast.ts';
import type { Ground } from './ground.ts';

const agent = new Agent({ keepAlive: true, maxSockets: 100 });

/** One POST as any client would send it. */
export const post = <T = unknown>(ground: Ground, path: string, body: object, by: Someone): Promise<T> =>
  ask<T>(ground, 'POST', path, by, body);

export const get = <T = unknown>(ground: Ground, path: string, by: Someone): Promise<T> =>
  ask<T>(ground, 'GET', path, by);

function ask<T>(
  { origin }: Ground,
  method: 'GET' | 'POST',
  path: string,
  { token }: Someone,
  body?: object,
): Promise<T> {
  const headers = {
    authorization: `Bearer ${token}`,
    ...(body === undefined ? {} : { 'content-type': 'application/json', 'idempotency-key': randomUUID() }),
  };
  return new Promise((resolve, reject) => {
    const asked = request(`${origin}/api/v1${path}`, { agent, method, headers }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('end', () => {
        const text = Buffer.concat(parts).toString('utf8');
        if ((response.statusCode ?? 500) >= 300) reject(new Error(`${path}: ${response.statusCode} ${text}`));
        else resolve(JSON.parse(text) as T);
      });
    });
    asked.once('error', reject);
    asked.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

const matter = {
  title: '完成城东路改造',
  aspect: 'key_work',
  sub_aspect: null,
  source: { level: 'municipal', document: null, instructed_by: null },
  item_class: 'complex_item',
} as const;

export async function createItem(ground: Ground, n: number, assign = false): Promise<string> {
  const lead_unit_id = ground.cast.unit(n).id;
  const { id } = await post<{ id: string }>(
    ground,
    '/supervision-items',
    { ...matter, lead_unit_id, assign },
    ground.cast.officer,
  );
  return id;
}

export const giveCommand = (ground: Ground, id: string, command: string, body: object, by: Someone) =>
  post(ground, `/supervision-items/${id}/commands/${command}`, body, by);

/**
 * An item that was assigned a moment ago and whose only deadline, with a red card for the whole chain,
 * falls at `due`: the API knows whole days only.
 */
export async function itemDueAt(
  { db, client, taskQueue, cast }: Ground,
  n: number,
  due: Instant,
): Promise<string> {
  const id = randomUUID();
  const at = instant(Date.now());
  const { officer } = cast;
  const by: Actor = {
    kind: 'person',
    person_id: officer.person_id,
    unit_id: officer.unit_id,
    role: 'supervision_officer',
  };
  const [calendar, policies, frozenRules] = await Promise.all([
    loadCalendar(db),
    currentPolicies(db),
    currentRules(db),
  ]);
  const frozen = itemPolicies(policies, matter.item_class);
  if (frozen === null) throw new Error('seed first');
  const facts: ItemFacts = {
    ...matter,
    number: id,
    due_on: null,
    lead_unit_id: cast.unit(n).id,
    assisting_unit_ids: [],
    report_cycle: { kind: 'none' },
    importance: 'normal',
  };
  const begin: Begin = {
    id,
    facts,
    rules: frozenRules,
    policies: frozen,
    calendar,
    by,
    clock: { at, time_travel: false },
  };
  const created = create(begin, { by, at, calendar });
  if (isRefusal(created)) throw new Error(created.detail);
  const listed = rules.evolve(null, created);
  const assigned = rules.decide(listed, { command: 'assign' }, { by, at, calendar });
  if (isRefusal(assigned)) throw new Error(assigned.detail);
  const moved = assigned.map((event): Event => withRedCardAt(event, due));
  const events = [created, ...moved].map((event, index) => ({ version: index + 1, event, command_id: null }));
  await db
    .insertInto('supervision_item')
    .values({
      id,
      number: facts.number,
      title: facts.title,
      aspect: facts.aspect,
      item_class: facts.item_class,
      importance: facts.importance,
      lead_unit_id: facts.lead_unit_id,
      office_unit_id: officer.unit_id,
      officer_id: officer.person_id,
      stage: 'starting',
      started_at: new Date(at),
      created_at: new Date(at),
    })
    .execute();
  const thing = { kind: 'supervision_item', id } as const;
  const state = moved.reduce(rules.evolve, listed);
  await client.workflow.start(supervisionItem, {
    workflowId: workflowIdOf('supervision_item', id),
    taskQueue,
    args: [
      {
        carried: {
          schema_version: 2,
          thing,
          clock: begin.clock,
          calendar,
          state,
          unprojected: events,
          answers: [],
        },
      },
    ],
  });
  return id;
}

function withRedCardAt(event: Event, due: Instant): Event {
  const arms = (event.arms ?? []).filter(({ kind }) => kind === 'item');
  return {
    ...event,
    arms: arms.map((deadline) => ({ ...deadline, due, steps: [{ level: 'red_card', at: due, repeat: 0 }] })),
  };
}
