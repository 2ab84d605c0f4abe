/**
 * Own, assisting and other in the lists: everybody finds there what they may see one by one, and nothing else.
 * rights.test.ts asks the same of each route that concerns one thing.
 */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { stamp } from '../../db/client.ts';
import type { Thing } from '../../db/process-event.ts';
import { seed } from '../../db/seed.ts';
import { openTodo } from '../../db/todos.ts';
import { rights, seesProcess, type Grant } from '../../domain/permissions.ts';
import { system } from '../../domain/process.ts';
import { instantOn, localDate } from '../../domain/time.ts';
import type { Role } from '../../domain/vocabulary.ts';
import { testApi, type Client, type TestApi } from '../support/api.ts';
import { castOfEveryRole, everyRole, isGranted } from '../support/every-role.ts';
import { createUnit, type Unit } from '../support/people.ts';
import { insertItem } from '../support/supervision-item-rows.ts';
import { putTask } from '../support/tasks.ts';

const born = instantOn(localDate('2026-03-02'), '09:00');

type Placed = Thing & {
  /** How the reader will find it named when the test fails. */
  readonly name: string;
  readonly lead: Unit;
  readonly assisting: readonly Unit[];
  readonly warning: string;
};

let api: TestApi;
let own: Unit;
let other: Unit;
const clients = new Map<Role | 'none', Client>();
const things: Placed[] = [];

beforeAll(async () => {
  api = await testApi({ clock: { now: () => Promise.resolve(born) } });
  await seed(api.db, born);
  own = await createUnit(api.db);
  other = await createUnit(api.db);
  const cast = await castOfEveryRole(api.db, own);
  for (const [role, account] of cast) clients.set(role, await api.signedIn(account));
  const person_id = cast.get('none')?.person.id ?? '';
  for (const [name, lead, assisting] of [
    ['own item', own, []],
    ['assisting item', other, [own]],
    ['other item', other, []],
  ] as const) {
    const id = await insertItem(api.db, { lead, assisting });
    await place({ kind: 'supervision_item', id }, name, lead, assisting);
  }
  for (const [name, unit] of [
    ['own task', own],
    ['other task', other],
  ] as const) {
    const { id } = await putTask(api.db, { unit_id: unit.id, person_id, at: born, by: system });
    await place({ kind: 'indicator_task', id }, name, unit, []);
  }
});
afterAll(() => api.close());

async function place(thing: Thing, name: string, lead: Unit, assisting: readonly Unit[]): Promise<void> {
  const warning = randomUUID();
  await api.db
    .insertInto('warning')
    .values({
      id: warning,
      thing_kind: thing.kind,
      thing_id: thing.id,
      event_version: 1,
      deadline_kind: 'acknowledgement',
      deadline_version: 1,
      level: 'bell',
      repeat: 0,
      chain: 'undertaking',
      due_at: stamp(born),
      moment: stamp(born),
      at: stamp(born),
      policy_name: 'standard',
      policy_version: 1,
    })
    .execute();
  things.push({ ...thing, name, lead, assisting, warning });
}

type Row = { readonly id: string };

/** Who finds what in a list: the names of the things, by role; null where the list itself is denied. */
async function found(path: string, nameOf: (row: Row) => string) {
  const all: Record<string, readonly string[] | null> = {};
  for (const [role, client] of clients) {
    const { status, body } = await client.get(path);
    expect([path, role, status]).toEqual([path, role, status === 403 ? 403 : 200]);
    all[role] = status === 403 ? null : (body.items as Row[]).map(nameOf).toSorted();
  }
  return all;
}

/** What the table of rights says of it. */
function expected(which: readonly Placed[], right: readonly Grant[] | null = null) {
  const all: Record<string, readonly string[] | null> = {};
  for (const role of ['none', ...everyRole] as const) {
    const denied = right !== null && !right.some((grant) => grant.role === role);
    all[role] = denied
      ? null
      : which
          .filter((thing) => isGranted(seesProcess, role, own, thing))
          .map(({ name }) => name)
          .toSorted();
  }
  return all;
}

const ofKind = (kind: Thing['kind']) => things.filter((thing) => thing.kind === kind);
const byId = (row: Row) => things.find(({ id }) => id === row.id)?.name ?? row.id;
const byWarning = (row: Row) => things.find(({ warning }) => warning === row.id)?.name ?? row.id;

test('the lists of supervision items and of indicator tasks', async () => {
  expect(await found('/supervision-items', byId)).toEqual(expected(ofKind('supervision_item')));
  expect(await found('/indicator-tasks', byId)).toEqual(expected(ofKind('indicator_task')));
  // A filter chooses among them, and shows nobody more.
  const others = await found(`/supervision-items?lead_unit_id=${other.id}`, byId);
  expect(others['undertaking_unit']).toEqual(['assisting item']);
  expect((await found(`/indicator-tasks?unit_id=${other.id}`, byId))['undertaking_unit']).toEqual([]);
});

test('the list of cards, of whatever they are for', async () => {
  expect(await found('/warnings', byWarning)).toEqual(expected(things));
  for (const thing of things)
    expect(await found(`/warnings?thing_id=${thing.id}`, byWarning)).toEqual(expected([thing]));
});

test('the list of indicators', async () => {
  const tasks = ofKind('indicator_task').toSorted((a, b) => a.name.localeCompare(b.name));
  const { body } = await (clients.get('e_monitor') as Client).get('/indicators?year=2026');
  const ids = new Map(
    (body.items as { id: string; unit_id: string }[]).map(({ id, unit_id }) => [
      id,
      tasks.find(({ lead }) => lead.id === unit_id)?.name ?? unit_id,
    ]),
  );
  expect(ids.size).toBe(2);
  expect(await found('/indicators?year=2026', ({ id }) => ids.get(id) ?? id)).toEqual(
    expected(tasks, rights.see_annual_list),
  );
});

test('the statistics of units, which count what a unit leads', async () => {
  const path = '/statistics/units?year=2026';
  for (const [role, client] of clients) {
    const { status, body } = await client.get(path);
    if (!rights.see_statistics.some((grant) => grant.role === role)) {
      expect([role, status]).toEqual([role, 403]);
      continue;
    }
    const seen = (body.items as { unit_id: string }[]).map(({ unit_id }) => unit_id).toSorted();
    const led = things.filter((thing) => isGranted(seesProcess, role, own, { ...thing, assisting: [] }));
    expect([role, seen]).toEqual([role, [...new Set(led.map(({ lead }) => lead.id))].toSorted()]);
  }
});

test('the to-dos of a role are those of its own unit and those of nobody’s; a reviewer’s lie in the scope', async () => {
  for (const thing of things)
    for (const role of everyRole)
      for (const [whose, unit] of [
        ['own', own],
        ['other', other],
        ['nobody’s', null],
      ] as const)
        await api.db.transaction().execute((tx) =>
          openTodo(tx, thing, born, {
            key: `${role}/${whose}`,
            what: `${thing.name}, ${role}, ${whose}`,
            unit_id: unit?.id ?? null,
            role,
            due: null,
          }),
        );
  for (const [role, client] of clients) {
    const { status, body } = await client.get('/todos?limit=200');
    const reviewed = role === 'reviewer_scorer' ? things.filter(({ lead }) => lead === own) : things;
    const wanted = role === 'none' ? [] : reviewed;
    expect([role, status, (body.items as { what: string }[]).map(({ what }) => what).toSorted()]).toEqual([
      role,
      200,
      wanted
        .flatMap(({ name }) => ['own', 'nobody’s'].map((whose) => `${name}, ${role}, ${whose}`))
        .toSorted(),
    ]);
  }
});
