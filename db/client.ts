/** The one way to Postgres. */
import { Kysely, PostgresDialect, sql, type RawBuilder, type Transaction } from 'kysely';
import pg from 'pg';
import { instant, type Instant } from '../domain/time.ts';
import type { Database } from './tables.ts';

export type Db = Kysely<Database>;
export type Tx = Transaction<Database>;

const TIMESTAMPTZ = 1184;
const DATE = 1082;

/** Reads instants as milliseconds and dates as text: a `Date` would bring the machine's time zone in. */
const types = {
  getTypeParser(oid: number, format?: 'text' | 'binary') {
    if (oid === TIMESTAMPTZ) return (text: string): Instant => instant(Date.parse(text));
    if (oid === DATE) return (text: string) => text;
    return pg.types.getTypeParser(oid, format);
  },
} as pg.CustomTypesConfig;

export type DbOptions = {
  readonly url: string;
  readonly maxConnections?: number;
  /** Told of every connection that broke between two queries. Without a listener such a break would end the process. */
  readonly onError: (error: Error) => void;
};

export function connect({ url, maxConnections = 10, onError }: DbOptions): Db {
  const pool = new pg.Pool({
    connectionString: url,
    max: maxConnections,
    types,
    connectionTimeoutMillis: 5_000,
    options:
      '-c TimeZone=Asia/Shanghai -c statement_timeout=30000 -c idle_in_transaction_session_timeout=60000',
  });
  pool.on('error', onError);
  // A connection may also break while it is lent out and silent.
  pool.on('connect', (client) => client.on('error', onError));
  return new Kysely<Database>({ dialect: new PostgresDialect({ pool }) });
}

/** An instant to compare a column with. */
export const when = (at: Instant): RawBuilder<Instant> => sql<Instant>`${new Date(at)}`;

/** An instant as Postgres takes it. */
export const stamp = (at: Instant): Date => new Date(at);
export const stampOrNull = (at: Instant | null): Date | null => (at === null ? null : new Date(at));
