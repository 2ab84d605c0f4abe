/** Production: the process that serves HTTP. Any number of them may run behind one address. */
import { setTimeout as pause } from 'node:timers/promises';
import closeWithGrace from 'close-with-grace';
import { sql } from 'kysely';
import { pino } from 'pino';
import { buildInternalApp } from './api/internal-app.ts';
import { cannotListen, notAnswering, orRefuse } from './cannot-start.ts';
import { loadConfig, type ProductionConfig } from './config.ts';
import { connect } from './db/client.ts';
import { wallNow } from './db/clock.ts';
import { migrate } from './db/migrate.ts';
import { seed } from './db/seed.ts';
import type { DoesNotFit } from './db/version-gate.ts';
import { createAdministrators, FirstAccounts } from './first-start.ts';
import { phoneCipherOf } from './phone-keys.ts';
import { openServer } from './server-assembly.ts';

/** So long it serves on although it says that it is not ready: whoever spreads requests has seen it by then. */
const LEAVES_FOR_MS = 3_000;

const config = loadConfig();
if (config.mode !== 'production') {
  process.stderr.write('server.ts is for production: set DUKAO_MODE=production, or run npm start.\n');
  process.exit(1);
}
const log = pino({ level: config.logLevel });
await orRefuse(() => serve(config));

async function serve(settings: ProductionConfig): Promise<void> {
  const { host, port, metricsPort } = settings;
  const accounts = await prepareDatabase(settings);
  let shut: DoesNotFit | null = null;
  const server = await openServer({
    databaseUrl: settings.databaseUrl,
    temporal: {
      address: settings.temporalAddress,
      namespace: settings.temporalNamespace,
      uiUrl: settings.temporalUiUrl,
    },
    taskQueues: settings.taskQueues,
    settings: {
      publicUrl: settings.publicUrl,
      secureCookies: settings.publicUrl.startsWith('https:'),
      sessionIdleMinutes: settings.session.idleMinutes,
      sessionAbsoluteMinutes: settings.session.absoluteMinutes,
      trustProxy: [...settings.trustedProxies],
      timeTravel: false,
    },
    phones: phoneCipherOf(settings),
    receiptSecret: settings.sms.receiptSecret,
    receiptSources: settings.sms.receiptSources,
    evidence: settings.evidence,
    log,
    onPasswordChanged: async (account) => accounts.forget(account),
    onShut: (why) => {
      shut = why;
      ending.close();
    },
  });
  const { checks, auditing, metrics } = server;
  const internal = metricsPort === null ? null : await buildInternalApp({ log, checks, auditing, metrics });
  if (internal !== null && metricsPort !== null)
    await internal.listen({ host, port: metricsPort }).catch(cannotListen('METRICS_PORT', metricsPort, host));

  const ending = closeWithGrace({ delay: LEAVES_FOR_MS + 30_000 }, async ({ err, signal }) => {
    if (err !== undefined) log.fatal({ err }, 'ended by a fault nobody foresaw');
    server.leave();
    if (signal !== undefined) await pause(LEAVES_FOR_MS);
    await server.close();
    await internal?.close();
    if (shut === null) return;
    process.stderr.write(`${shut.message}\n`);
    process.exit(1);
  });
  await server.app.listen({ host, port }).catch(cannotListen('PORT', port, host));
  void server
    .keepHouse()
    .catch((err: unknown) => log.warn({ err }, 'housekeeping failed; it is tried again in an hour'));
}

/** What an empty database needs before anybody is served. */
async function prepareDatabase({ databaseUrl, home }: ProductionConfig): Promise<FirstAccounts> {
  const db = connect({
    url: databaseUrl,
    onError: (err) => log.warn({ err }, 'a database connection broke'),
  });
  await sql`select 1`.execute(db).catch(notAnswering('The database of DATABASE_URL'));
  const applied = await migrate(db);
  if (applied.length > 0) log.info({ applied }, 'migrations applied');
  await seed(db, wallNow());
  const accounts = new FirstAccounts(`${home}/first-accounts.json`);
  if (await createAdministrators(db, accounts)) {
    log.warn(
      `the three administrators' one-time passwords are in ${accounts.path}: sign in and change them now`,
    );
  }
  await db.destroy();
  return accounts;
}
