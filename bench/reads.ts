/** Pages of open cards through the API, and the same SQL behind a bare Fastify route. */
import autocannon from 'autocannon';
import { fastify } from 'fastify';
import { CompiledQuery, Kysely, PostgresDialect, type PostgresPool } from 'kysely';
import { connect, type Db } from '../db/client.ts';
import { listTasks } from '../db/indicator-tasks.ts';
import type { Database } from '../db/tables.ts';
import { listWarnings } from '../db/warnings.ts';
import type { Ground } from './ground.ts';

/** Requests per second, and milliseconds. */
type Rate = { readonly perSecond: number; readonly p50: number; readonly p99: number };
export type Reads = { readonly bare: Rate; readonly ours: Rate };

const CONNECTIONS = 10;
/** A page, and one row more that tells whether there is a next. */
const page = { limit: 51, after: null };
const all = { all: true } as const;

const lists = {
  warnings: { path: '/warnings?limit=50', read: (db: Db) => listWarnings(db, all, {}, page) },
  tasks: {
    path: '/indicator-tasks?card=yellow_card&limit=50',
    read: (db: Db) => listTasks(db, all, { card: 'yellow_card' }, { order: 'number', ...page }),
  },
} as const;
export type ReadList = keyof typeof lists;

export async function reads(ground: Ground, list: ReadList, seconds: number): Promise<Reads> {
  const { path, read } = lists[list];
  const query = await statementOf(read);
  const db = connect({ url: ground.databaseUrl, maxConnections: 20, onError: () => undefined });
  const app = fastify();
  app.get('/', async () => ({ items: (await db.executeQuery(query)).rows.slice(0, 50) }));
  await app.listen({ host: '127.0.0.1', port: 0 });
  try {
    const authorization = `Bearer ${ground.cast.officer.token}`;
    const bare = await fired(app.listeningOrigin, {}, seconds);
    const ours = await fired(`${ground.origin}/api/v1${path}`, { authorization }, seconds);
    return { bare, ours };
  } finally {
    await app.close();
    await db.destroy();
  }
}

/** From a thread of its own: whoever asks takes nothing from whoever answers but the machine. */
async function fired(url: string, headers: Record<string, string>, seconds: number): Promise<Rate> {
  const shot = (duration: number) =>
    autocannon({ url, headers, connections: CONNECTIONS, duration, workers: 1 });
  await shot(1);
  const { requests, latency, non2xx, errors } = await shot(seconds);
  if (non2xx + errors > 0) throw new Error(`${url}: ${non2xx} refused, ${errors} failed`);
  return { perSecond: requests.average, p50: latency.p50, p99: latency.p99 };
}

/** What the query module sends, word for word. */
async function statementOf(read: (db: Db) => Promise<unknown>): Promise<CompiledQuery> {
  const sent: CompiledQuery[] = [];
  const client = {
    query: async (text: string, values: readonly unknown[]) => {
      sent.push(CompiledQuery.raw(text, [...values]));
      return { rows: [], command: 'SELECT' as const, rowCount: 0 };
    },
    release: () => undefined,
  };
  const pool = { connect: async () => client, end: async () => undefined };
  await read(
    new Kysely<Database>({ dialect: new PostgresDialect({ pool: pool as unknown as PostgresPool }) }),
  );
  const [only] = sent;
  if (only === undefined || sent.length > 1) throw new Error(`${sent.length} statements`);
  return only;
}
