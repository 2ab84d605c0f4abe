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
    Client: PreparingClient,
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

/** What a process asks again and again is parsed and planned once per connection: a third of a short statement's cost. */
class PreparingClient extends pg.Client {
  // oxlint-disable-next-line typescript/no-explicit-any -- pg's own signature has a dozen forms; ours is Kysely's
  override query(text: any, values?: any, ...rest: any[]): any {
    const name =
      typeof text === 'string' && Array.isArray(values) && values.length > 0 ? statementName(text) : null;
    const named = name === null ? text : { name, text, values };
    return name === null ? super.query(text, values, ...(rest as [])) : super.query(named);
  }
}

const statementNames = new Map<string, string>();
/** Lists of changing length make a text of their own each. */
const MOST_STATEMENTS = 500;

/** None for `*`: what it means changes under a migration, and a prepared statement would fail then. */
function statementName(text: string): string | null {
  if (text.includes('*')) return null;
  const known = statementNames.get(text);
  if (known !== undefined || statementNames.size >= MOST_STATEMENTS) return known ?? null;
  const name = `s${statementNames.size}`;
  statementNames.set(text, name);
  return name;
}

/** An instant to compare a column with. */
export const when = (at: Instant): RawBuilder<Instant> => sql<Instant>`${new Date(at)}`;

/** An instant as Postgres takes it. */
export const stamp = (at: Instant): Date => new Date(at);
export const stampOrNull = (at: Instant | null): Date | null => (at === null ? null : new Date(at));
