/** Production: the process that serves HTTP. Any number of them may run behind one address. */
import closeWithGrace from 'close-with-grace';
import { pino } from 'pino';
import { buildInternalApp } from './api/internal-app.ts';
import { loadConfig } from './config.ts';
import { connect } from './db/client.ts';
import { wallNow } from './db/clock.ts';
import { migrate } from './db/migrate.ts';
import { seed } from './db/seed.ts';
import { DoesNotFit } from './db/version-gate.ts';
import { HOUR } from './domain/time.ts';
import { createAdministrators, FirstAccounts } from './first-start.ts';
import { phoneCipherOf } from './phone-keys.ts';
import { openServer } from './server-assembly.ts';

const config = loadConfig();
if (config.mode !== 'production') {
  process.stderr.write('server.ts is for production: set DUKAO_MODE=production, or run npm start.\n');
  process.exit(1);
}
const log = pino({ level: config.logLevel });

const db = connect({
  url: config.databaseUrl,
  onError: (err) => log.warn({ err }, 'a database connection broke'),
});
const applied = await migrate(db).catch((error: unknown) => {
  if (!(error instanceof DoesNotFit)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
});
if (applied.length > 0) log.info({ applied }, 'migrations applied');
await seed(db, wallNow());
const accounts = new FirstAccounts(`${config.home}/first-accounts.json`);
if (await createAdministrators(db, accounts)) {
  log.warn(
    `the three administrators' one-time passwords are in ${accounts.path}: sign in and change them now`,
  );
}
await db.destroy();

let shut: DoesNotFit | null = null;
const server = await openServer({
  databaseUrl: config.databaseUrl,
  temporal: { address: config.temporalAddress, namespace: config.temporalNamespace, uiUrl: null },
  taskQueues: config.taskQueues,
  settings: {
    publicUrl: config.publicUrl,
    secureCookies: config.publicUrl.startsWith('https:'),
    sessionIdleMinutes: config.session.idleMinutes,
    sessionAbsoluteMinutes: config.session.absoluteMinutes,
    trustProxy: [...config.trustedProxies],
    timeTravel: false,
  },
  phones: phoneCipherOf(config.phoneKey),
  receiptSecret: config.sms.receiptSecret,
  evidence: config.evidence,
  log,
  onPasswordChanged: async (account) => accounts.forget(account),
  onShut: (why) => {
    shut = why;
    ending.close();
  },
});
const internal =
  config.metricsPort === null
    ? null
    : await buildInternalApp({
        log,
        checks: server.checks,
        auditing: server.auditing,
        metrics: server.metrics,
      });
if (internal !== null && config.metricsPort !== null)
  await internal.listen({ host: config.host, port: config.metricsPort });

const { keepHouse } = server;
const timer = setInterval(
  () =>
    void keepHouse().catch((err: unknown) =>
      log.warn({ err }, 'housekeeping failed; tried again in an hour'),
    ),
  HOUR,
);

const ending = closeWithGrace({ delay: 30_000 }, async ({ err }) => {
  if (err !== undefined) log.fatal({ err }, 'ended by a fault nobody foresaw');
  clearInterval(timer);
  await internal?.close();
  await server.close();
  if (shut === null) return;
  process.stderr.write(`${shut.message}\n`);
  process.exit(1);
});
await server.app.listen({ host: config.host, port: config.port });
void keepHouse().catch((err: unknown) => log.warn({ err }, 'housekeeping failed; tried again in an hour'));
