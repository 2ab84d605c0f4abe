/**
 * Every route × every role, and where a thing is concerned own × other, from the table of rights.
 * Routes that come later are tested without a line here; a new kind of process adds itself to `things`.
 */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RouteWithRight } from '../../api/authentication.ts';
import { replaceScope } from '../../db/review-scope.ts';
import { seed } from '../../db/seed.ts';
import { roleFor, rights, seesProcess, type Grant, type Owned } from '../../domain/permissions.ts';
import { roles, type Role } from '../../domain/vocabulary.ts';
import { system } from '../../domain/process.ts';
import { commandTable as itemCommands } from '../../domain/supervision-item.ts';
import { commandTable as taskCommands } from '../../domain/indicator-task.ts';
import { instantOn, localDate } from '../../domain/time.ts';
import { testApi, type TestApi } from '../support/api.ts';
import { sampleBody } from '../support/openapi-samples.ts';
import { createAccount, createUnit, givePost, type Account, type Unit } from '../support/people.ts';
import { insertItem } from '../support/supervision-item-rows.ts';
import { putTask } from '../support/tasks.ts';

/** How the unit of the one who asks stands to a thing. */
type Standing = 'own' | 'assisting' | 'other';

type Thing = {
  readonly standings: readonly Standing[];
  /** Puts one into the tables, as it looks when that unit has just been given it. */
  readonly insert: (lead: Unit, assisting: readonly Unit[]) => Promise<string>;
  readonly commands: Readonly<Record<string, { readonly who: readonly Grant[] }>>;
};

const born = instantOn(localDate('2026-03-02'), '09:00');

let api: TestApi;
const things: Record<string, Thing> = {
  '/api/v1/supervision-items/:id': {
    standings: ['own', 'assisting', 'other'],
    insert: (lead, assisting) => insertItem(api.db, { lead, assisting }),
    commands: itemCommands,
  },
  '/api/v1/indicator-tasks/:id': {
    standings: ['own', 'other'],
    insert: async (lead) => {
      const person_id = accounts.get('none')?.person.id ?? '';
      return (await putTask(api.db, { unit_id: lead.id, person_id, at: born, by: system })).id;
    },
    commands: taskCommands,
  },
};

const everyRole = (Object.keys(roles) as Role[]).filter((role) => role !== 'public');

let own: Unit;
let other: Unit;
const accounts = new Map<Role | 'none', Account>();

beforeAll(async () => {
  api = await testApi();
  await seed(api.db, born);
  own = await createUnit(api.db);
  other = await createUnit(api.db);
  accounts.set('none', await createAccount(api.db, { unit: own }));
  for (const role of everyRole) accounts.set(role, await createAccount(api.db, { roles: [role], unit: own }));
  const reviewer = accounts.get('reviewer_scorer');
  if (reviewer !== undefined)
    await api.db
      .transaction()
      .execute((tx) => replaceScope(tx, reviewer.id, { units: [own.id], themes: [] }));
  const leader = accounts.get('city_leader');
  if (leader !== undefined) await givePost(api.db, { person: leader.person, unit: own, role: 'city_leader' });
});
afterAll(() => api.close());

const routes = () => api.app.routesWithRights.filter(({ method }) => method !== 'HEAD');

/** A fresh session for every request: signing out is a route too. */
async function ask(route: RouteWithRight, who: Role | 'none' | 'anonymous', id: string = randomUUID()) {
  const account = who === 'anonymous' ? undefined : accounts.get(who);
  const client = account === undefined ? api.anonymous : await api.signedIn(account);
  const path = route.url.replace(':id', id).replaceAll(/:\w+/g, () => randomUUID());
  const body = route.method === 'GET' || route.method === 'DELETE' ? {} : { body: bodyFor(route) };
  return await client.send(route.method, path, body);
}

/** Routes that decide with the thing in hand see its rights only behind a body that fits. */
const bodyFor = (route: RouteWithRight) =>
  route.right === 'process' ? sampleBody(api.app.swagger(), route) : {};

test('whoever is not signed in gets 401 from every route but the public ones', async () => {
  for (const route of routes().filter(({ right }) => right !== 'public')) {
    const { status, body } = await ask(route, 'anonymous');
    expect([route.method, route.url, status, body.code]).toEqual([
      route.method,
      route.url,
      401,
      'not_signed_in',
    ]);
  }
});

test('a route under a right answers the roles of the table and denies all others', async () => {
  for (const route of routes()) {
    if (!(route.right in rights)) continue;
    const grants: readonly Grant[] = rights[route.right as keyof typeof rights];
    for (const role of ['none', ...everyRole] as const) {
      const { status } = await ask(route, role);
      const allowed = grants.some((grant) => grant.role === role);
      expect([route.method, route.url, role, status === 403]).toEqual([
        route.method,
        route.url,
        role,
        !allowed,
      ]);
    }
  }
});

test('a route for everybody signed in denies nobody who is', async () => {
  for (const route of routes().filter(({ right }) => right === 'signed_in')) {
    for (const role of ['none', ...everyRole] as const) {
      const { status } = await ask(route, role);
      expect([route.url, role, status === 401 || status === 403]).toEqual([route.url, role, false]);
    }
  }
});

describe('a route that concerns one thing', () => {
  const cases = () =>
    routes().flatMap((route) => {
      const found = Object.entries(things).find(
        ([url]) => route.url === url || route.url.startsWith(`${url}/`),
      );
      return route.right !== 'process' || found === undefined
        ? []
        : [{ route, base: found[0], thing: found[1] }];
    });

  /** The one that the route is about, as its unit, as one that assists, as neither. */
  const relationsOf = ({ standings }: Thing) => {
    const all: Record<Standing, { readonly lead: Unit; readonly assisting: readonly Unit[] }> = {
      own: { lead: own, assisting: [] },
      assisting: { lead: other, assisting: [own] },
      other: { lead: other, assisting: [] },
    };
    return standings.map((relation) => ({ relation, ...all[relation] }));
  };

  test('shows it to those who may see it: 404 to everybody else, as if it were not there', async () => {
    for (const { route, thing } of cases()) {
      if (route.method !== 'GET' || /:\w+/g.exec(route.url.replace(':id', '')) !== null) continue;
      for (const { relation, lead, assisting } of relationsOf(thing)) {
        const id = await thing.insert(lead, assisting);
        for (const role of ['none', ...everyRole] as const) {
          const { status } = await ask(route, role, id);
          const seen = isGranted(seesProcess, role, lead, assisting);
          expect([route.url, relation, role, status]).toEqual([route.url, relation, role, seen ? 200 : 404]);
        }
      }
    }
  });

  test('takes a command from those whom the table names, and from nobody else', async () => {
    for (const { route, base, thing } of cases()) {
      const name = route.url.slice(`${base}/commands/`.length).replaceAll('-', '_');
      const row = thing.commands[name];
      if (route.method !== 'POST' || row === undefined) continue;
      for (const { relation, lead, assisting } of relationsOf(thing)) {
        const id = await thing.insert(lead, assisting);
        for (const role of ['none', ...everyRole] as const) {
          const { status } = await ask(route, role, id);
          const seen = isGranted(seesProcess, role, lead, assisting);
          const granted = isGranted(row.who, role, lead, assisting);
          const denied = status === 403 ? 'denied' : status === 404 ? 'unseen' : 'taken';
          const expected = granted ? 'taken' : seen ? 'denied' : 'unseen';
          expect([route.url, relation, role, denied]).toEqual([route.url, relation, role, expected]);
        }
      }
    }
  });
});

function isGranted(
  grants: readonly Grant[],
  role: Role | 'none',
  lead: Unit,
  assisting: readonly Unit[],
): boolean {
  if (role === 'none') return false;
  const thing: Owned = { lead_unit_id: lead.id, assisting_unit_ids: assisting.map(({ id }) => id) };
  const portfolio = role === 'city_leader' ? [own.id] : [];
  const scope = role === 'reviewer_scorer' ? { units: [own.id], themes: [] } : null;
  return roleFor({ person_id: '', unit_id: own.id, roles: [role], portfolio, scope }, grants, thing) !== null;
}
