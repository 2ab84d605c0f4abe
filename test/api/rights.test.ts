/**
 * Every route × every role, and where a thing is concerned own × other, from the table of rights.
 * Routes that come later are tested without a line here; a new kind of process adds itself to `things`.
 */
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RouteWithRight } from '../../api/authentication.ts';
import { seed } from '../../db/seed.ts';
import { rights, seesProcess, type Grant } from '../../domain/permissions.ts';
import type { Role } from '../../domain/vocabulary.ts';
import { system } from '../../domain/process.ts';
import { commandTable as itemCommands } from '../../domain/supervision-item.ts';
import { commandTable as taskCommands } from '../../domain/indicator-task.ts';
import { instantOn, localDate } from '../../domain/time.ts';
import { testApi, type TestApi } from '../support/api.ts';
import { castOfEveryRole, everyRole, isGranted, type Standing } from '../support/every-role.ts';
import { sampleBody } from '../support/openapi-samples.ts';
import { createUnit, type Account, type Unit } from '../support/people.ts';
import { noStory } from '../support/stand-ins.ts';
import { insertItem } from '../support/supervision-item-rows.ts';
import { putTask } from '../support/tasks.ts';

type Thing = {
  /** How the unit of the one who asks can stand to one. */
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

/** Routes that ask for rights with something else in hand: the test that holds each to them. */
const elsewhere: Readonly<Record<string, string>> = {
  'GET /api/v1/supervision-items': 'list-rights',
  'GET /api/v1/indicator-tasks': 'list-rights',
  'GET /api/v1/warnings': 'list-rights',
  'GET /api/v1/evidence/:id': 'evidence',
  'GET /api/v1/evidence/:id/content': 'evidence',
  'GET /api/v1/imports': 'imports',
  'POST /api/v1/imports': 'imports',
  'GET /api/v1/imports/:id': 'imports',
  'POST /api/v1/imports/:id/commands/apply': 'imports',
};

let own: Unit;
let other: Unit;
let accounts: ReadonlyMap<Role | 'none', Account>;

beforeAll(async () => {
  // With a story, so that its route is there too.
  api = await testApi({ story: noStory });
  await seed(api.db, born);
  own = await createUnit(api.db);
  other = await createUnit(api.db);
  accounts = await castOfEveryRole(api.db, own);
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
  const concerning = () => routes().filter(({ right }) => right === 'process');
  const named = ({ method, url }: RouteWithRight) => `${method} ${url}`;

  /** What is read of a thing. */
  const pages = () =>
    concerning().flatMap((route) =>
      Object.entries(things)
        .filter(([base]) => route.method === 'GET' && isPageOf(base, route.url))
        .map(([, thing]) => ({ route, thing })),
    );

  /** What is done with one, and by whom. */
  const commands = () =>
    concerning().flatMap((route) =>
      Object.entries(things).flatMap(([base, thing]) => {
        const name = route.url.slice(`${base}/commands/`.length).replaceAll('-', '_');
        const row =
          route.url === `${base}/commands/${name.replaceAll('_', '-')}` ? thing.commands[name] : undefined;
        return route.method === 'POST' && row !== undefined ? [{ route, thing, who: row.who }] : [];
      }),
    );

  /** The one that the route is about, as its unit, as one that assists, as neither. */
  const relationsOf = ({ standings }: Thing) => {
    const all: Record<Standing, { readonly lead: Unit; readonly assisting: readonly Unit[] }> = {
      own: { lead: own, assisting: [] },
      assisting: { lead: other, assisting: [own] },
      other: { lead: other, assisting: [] },
    };
    return standings.map((relation) => ({ relation, ...all[relation] }));
  };

  test('is tested here, or in the test that is named for it', async () => {
    const here = [...pages(), ...commands()].map(({ route }) => named(route));
    expect([...here, ...Object.keys(elsewhere)].toSorted()).toEqual(concerning().map(named).toSorted());
    for (const [route, file] of Object.entries(elsewhere)) {
      const text = await readFile(new URL(`./${file}.test.ts`, import.meta.url), 'utf8');
      const [, path = ''] = /^\w+ \/api\/v1(\/[\w-]+)/.exec(route) ?? [];
      expect([file, text.includes(path)]).toEqual([file, true]);
    }
  });

  test('shows it to those who may see it: 404 to everybody else, as if it were not there', async () => {
    for (const { route, thing } of pages()) {
      for (const { relation, lead, assisting } of relationsOf(thing)) {
        const id = await thing.insert(lead, assisting);
        for (const role of ['none', ...everyRole] as const) {
          const { status } = await ask(route, role, id);
          const seen = isGranted(seesProcess, role, own, { lead, assisting });
          expect([route.url, relation, role, status]).toEqual([route.url, relation, role, seen ? 200 : 404]);
        }
      }
    }
  });

  test('takes a command from those whom the table names, and from nobody else', async () => {
    for (const { route, thing, who } of commands()) {
      for (const { relation, lead, assisting } of relationsOf(thing)) {
        const id = await thing.insert(lead, assisting);
        for (const role of ['none', ...everyRole] as const) {
          const { status } = await ask(route, role, id);
          const seen = isGranted(seesProcess, role, own, { lead, assisting });
          const granted = isGranted(who, role, own, { lead, assisting });
          const denied = status === 403 ? 'denied' : status === 404 ? 'unseen' : 'taken';
          const expected = granted ? 'taken' : seen ? 'denied' : 'unseen';
          expect([route.url, relation, role, denied]).toEqual([route.url, relation, role, expected]);
        }
      }
    }
  });
});

/** The thing itself, or a page right below it. */
const isPageOf = (base: string, url: string): boolean =>
  url === base || (url.startsWith(`${base}/`) && /^[\w-]+$/.test(url.slice(base.length + 1)));
