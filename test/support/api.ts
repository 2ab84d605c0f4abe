/**
 * The API under test: the real application on a database of its own, and clients whose every answer
 * is held to the OpenAPI document.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { text as textOf } from 'node:stream/consumers';
import type { FastifyInstance, LightMyRequestResponse } from 'fastify';
import { pino } from 'pino';
import { buildApp, type AppDeps } from '../../api/app.ts';
import type { Phones } from '../../api/deps.ts';
import type { Db } from '../../db/client.ts';
import { createClock, wallNow } from '../../db/clock.ts';
import { openSession } from '../../db/sessions.ts';
import { createPhoneCipher } from '../../sms/phone-cipher.ts';
import { maskPhone, parsePhone } from '../../sms/phone.ts';
import { freshDatabase } from './database.ts';
import { Contract, type OpenApiDocument } from './openapi.ts';
import { noEngine, noEvidence, noProcesses } from './stand-ins.ts';

// A test reads fields as the document promises them; the contract below has checked that they are there.
// oxlint-disable-next-line typescript/no-explicit-any
export type Answer<Body = any> = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Parsed JSON, or text, or undefined when there is none. */
  readonly body: Body;
};

export type Asked = {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Its own for every request unless given. */
  readonly key?: string;
  /** Version for `If-Match`. */
  readonly version?: number;
};

/** How a request travels. */
export type Transport = (request: {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: string | Buffer | undefined;
}) => Promise<{ status: number; headers: Record<string, string>; text: string }>;

export type Client = {
  readonly get: (path: string, asked?: Asked) => Promise<Answer>;
  readonly post: (path: string, body?: unknown, asked?: Asked) => Promise<Answer>;
  readonly patch: (path: string, body: unknown, asked?: Asked) => Promise<Answer>;
  readonly put: (path: string, body: unknown, asked?: Asked) => Promise<Answer>;
  readonly delete: (path: string, asked?: Asked) => Promise<Answer>;
  readonly send: (method: string, path: string, asked?: Asked) => Promise<Answer>;
};

/** Paths begin with a slash and lie under /api/v1 unless they are one of the few outside of it. */
export function createClient(
  transport: Transport,
  contract: () => Promise<Contract>,
  standing: Readonly<Record<string, string>> = {},
): Client {
  const send: Client['send'] = async (method, path, { body, headers = {}, key, version } = {}) => {
    const full = /^\/(api\/v1|problems|livez|readyz|metrics)\b/.test(path) ? path : `/api/v1${path}`;
    const bare = typeof body === 'string' || Buffer.isBuffer(body);
    const {
      status,
      headers: answered,
      text,
    } = await transport({
      method,
      path: full,
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(method === 'POST' || method === 'PATCH' ? { 'idempotency-key': `"${key ?? randomUUID()}"` } : {}),
        ...(version === undefined ? {} : { 'if-match': `"${version}"` }),
        ...standing,
        ...headers,
      },
      body: body === undefined ? undefined : bare ? body : JSON.stringify(body),
    });
    const contentType = answered['content-type'];
    const parsed: unknown =
      text === '' ? undefined : contentType?.includes('json') === true ? JSON.parse(text) : text;
    (await contract()).check({ method, path: full, status, contentType, body: parsed });
    if (answered['x-request-id'] === undefined) throw new Error(`${method} ${full}: no x-request-id`);
    return { status, headers: answered, body: parsed };
  };
  return {
    send,
    get: (path, asked) => send('GET', path, asked),
    post: (path, body, asked) => send('POST', path, { ...asked, ...(body === undefined ? {} : { body }) }),
    patch: (path, body, asked) => send('PATCH', path, { ...asked, body }),
    put: (path, body, asked) => send('PUT', path, { ...asked, body }),
    delete: (path, asked) => send('DELETE', path, asked),
  };
}

export const injecting =
  (app: FastifyInstance): Transport =>
  async ({ method, path, headers, body }) => {
    const asked = {
      method: method as 'GET',
      url: path,
      headers,
      ...(body === undefined ? {} : { payload: body }),
    };
    if (isEndless(path)) return firstOf(await app.inject({ ...asked, payloadAsStream: true }));
    const response = await app.inject(asked);
    return { status: response.statusCode, headers: plain(response.headers), text: response.body };
  };

/** The answer of this one does not end: its status and its type are all that is asked of it here. */
const isEndless = (path: string): boolean => path.split('?', 1)[0] === '/api/v1/events';

async function firstOf(response: LightMyRequestResponse): ReturnType<Transport> {
  const headers = plain(response.headers);
  const endless = headers['content-type']?.startsWith('text/event-stream') === true;
  const text = endless ? '' : await textOf(response.stream());
  if (endless) response.stream().destroy();
  return { status: response.statusCode, headers, text };
}

export const overHttp =
  (baseUrl: string): Transport =>
  async ({ method, path, headers, body }) => {
    const response = await fetch(new URL(path, baseUrl), {
      method,
      headers,
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : new Uint8Array(body) }),
    });
    return {
      status: response.status,
      headers: Object.fromEntries(response.headers),
      text: await response.text(),
    };
  };

const plain = (headers: Record<string, unknown>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));

const contracts = new Map<string, Contract>();

/** Of the same routes the document is the same: it is compiled once for a process and all of its test files. */
export function contractOf(app: FastifyInstance): Contract {
  const routes = JSON.stringify(app.routesWithRights);
  const known = contracts.get(routes) ?? new Contract(app.swagger() as unknown as OpenApiDocument);
  contracts.set(routes, known);
  return known;
}

const clientOf = (app: FastifyInstance, headers: Record<string, string>) =>
  createClient(injecting(app), () => Promise.resolve(contractOf(app)), headers);

/** A caller whom nobody knows. */
export const anonymous = (app: FastifyInstance): Client => clientOf(app, {});

/** Signed in without a password, as a program: with the token in `Authorization`. */
export async function signedIn(
  app: FastifyInstance,
  db: Db,
  account: { readonly id: string },
): Promise<Client> {
  const { token } = await openSession(db, account.id, wallNow());
  return clientOf(app, { authorization: `Bearer ${token}` });
}

export type TestApi = {
  readonly app: FastifyInstance;
  readonly db: Db;
  readonly url: string;
  readonly phones: Phones;
  /** Every line that was logged, as text. */
  readonly log: readonly string[];
  readonly anonymous: Client;
  readonly signedIn: (account: { readonly id: string }) => Promise<Client>;
  readonly close: () => Promise<void>;
};

/** The application on a fresh database. `deps` replaces what a test wants otherwise. */
export async function testApi(deps: Partial<AppDeps> = {}): Promise<TestApi> {
  const { db, url, drop } = await freshDatabase();
  const log: string[] = [];
  const all = testDeps(db, log, deps);
  const app = await buildApp(all);
  await app.ready();
  return {
    app,
    db,
    url,
    phones: all.phones,
    log,
    anonymous: anonymous(app),
    signedIn: (account) => signedIn(app, db, account),
    async close() {
      await app.close();
      await drop();
    },
  };
}

export const testSettings: AppDeps['settings'] = {
  publicUrl: null,
  secureCookies: false,
  sessionIdleMinutes: 30,
  sessionAbsoluteMinutes: 720,
  timeTravel: false,
};

export function testDeps(db: Db, log: string[], deps: Partial<AppDeps> = {}): AppDeps {
  return {
    db,
    clock: createClock({ db, timeTravel: deps.settings?.timeTravel ?? false }),
    log: pino({ level: 'debug' }, { write: (line: string) => void log.push(line) }),
    settings: testSettings,
    phones: testPhones(),
    evidence: noEvidence,
    processes: noProcesses,
    engine: noEngine,
    receiptSecret: 'test-receipt-secret',
    ...deps,
  };
}

export function testPhones(): Phones {
  const cipher = createPhoneCipher([{ id: 'test', secret: randomBytes(32), algorithm: 'aes-256-gcm' }]);
  return {
    seal(text) {
      const phone = parsePhone(text);
      if (phone === null) return null;
      return {
        phone_cipher: cipher.encrypt(phone),
        phone_hash: cipher.lookup(phone),
        phone_masked: maskPhone(phone),
      };
    },
    open: (text) => cipher.decrypt(text),
  };
}
