/** An empty database with all migrations, for one test file: cloned from a template made once. */
import { createHash, randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import pg from 'pg';
import { inject } from 'vitest';
import { connect, type Db } from '../../db/client.ts';
import { migrate } from '../../db/migrate.ts';

export type FreshDatabase = { readonly db: Db; readonly url: string; readonly drop: () => Promise<void> };

const TEMPLATE_LOCK = 7_101_999;
const migrations = new URL('../../db/migrations/', import.meta.url);

/** Errors of idle connections are expected when a test breaks them; others show in what the test asks next. */
export async function freshDatabase({
  maxConnections = 10,
  server = inject('postgresUrl'),
} = {}): Promise<FreshDatabase> {
  const name = `dukao_t_${randomUUID().replaceAll('-', '').slice(0, 16)}`;
  await asAdministrator(server, async (admin) => {
    const template = await ensureTemplate(admin, server);
    await admin.query(`create database ${name} template ${template}`);
  });
  const url = addressOf(server, name);
  const db = connect({ url, maxConnections, onError: () => undefined });
  return {
    db,
    url,
    async drop() {
      await db.destroy();
      await asAdministrator(server, (admin) => admin.query(`drop database if exists ${name} with (force)`));
    },
  };
}

async function ensureTemplate(admin: pg.Client, server: string): Promise<string> {
  const template = `dukao_template_${await fingerprint()}`;
  await admin.query('select pg_advisory_lock($1)', [TEMPLATE_LOCK]);
  try {
    const there = await admin.query('select from pg_database where datname = $1', [template]);
    if (there.rowCount === 0) {
      // Under its name only when whole: a run may be killed half way.
      await admin.query(`drop database if exists ${template}_building with (force)`);
      await admin.query(`create database ${template}_building`);
      const db = connect({ url: addressOf(server, `${template}_building`), onError: () => undefined });
      try {
        await migrate(db);
      } finally {
        await db.destroy();
      }
      await admin.query(`alter database ${template}_building rename to ${template}`);
    }
  } finally {
    await admin.query('select pg_advisory_unlock($1)', [TEMPLATE_LOCK]);
  }
  return template;
}

async function fingerprint(): Promise<string> {
  const hash = createHash('sha256');
  for (const file of (await readdir(migrations)).toSorted()) {
    hash.update(file).update(await readFile(new URL(file, migrations)));
  }
  return hash.digest('hex').slice(0, 12);
}

function addressOf(server: string, name: string): string {
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.href;
}

async function asAdministrator<T>(server: string, work: (admin: pg.Client) => Promise<T>): Promise<T> {
  const admin = new pg.Client({ connectionString: server });
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.end();
  }
}
