/**
 * The ground that both stand on: one PostgreSQL, one Temporal server, Dukao's HTTP server and workers
 * as `npm start` runs them, and the bare worker beside them.
 */
import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { connect } from '../db/client.ts';
import { migrate } from '../db/migrate.ts';
import { seed } from '../db/seed.ts';
import { defaultRecipientRules } from '../domain/recipient.ts';
import { instant } from '../domain/time.ts';
import { startStack } from '../embedded/stack.ts';
import { openServer } from '../server-assembly.ts';
import { createGateway } from '../sms/gateway.ts';
import { createPhoneCipher } from '../sms/phone-cipher.ts';
import { openWorkers } from '../worker-assembly.ts';
import { openBare } from './bare.ts';
import { castOf } from './cast.ts';
import { openTimers } from './timers.ts';

export type Ground = Awaited<ReturnType<typeof openGround>>;

const wall = () => instant(Date.now());

export async function openGround(say: (line: string) => void) {
  const home = await mkdtemp(join(tmpdir(), 'dukao-bench-'));
  // As in production: every commit reaches the disk, and no process can be moved in time.
  const stack = await startStack({ home, durable: true, timeSkipping: false, say });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      stack.kill();
      rmSync(home, { recursive: true, force: true });
      process.exit(130);
    });
  }
  const databaseUrl = await stack.ensureDatabase('dukao');
  const db = connect({ url: databaseUrl, onError: () => undefined });
  await migrate(db);
  await seed(db, wall());
  // Phones stay silent for the whole run: what is measured ends with the committed notification.
  const quiet = { ...defaultRecipientRules.quiet, from: '00:00', to: '23:59', resume_at: '23:59' };
  const rules = JSON.stringify({ ...defaultRecipientRules, quiet });
  await db
    .insertInto('recipient_rules')
    .values({ version: 1, body: rules, created_at: new Date() })
    .execute();

  const surroundings = {
    databaseUrl,
    temporal: { address: stack.temporalAddress, namespace: stack.temporalNamespace, uiUrl: null },
    taskQueues: { processes: 'dukao', sms: 'dukao-sms' },
    phones: createPhoneCipher([{ id: 'bench', secret: Buffer.alloc(32, 7), algorithm: 'aes-256-gcm' }]),
    log: pino({ level: 'warn' }),
  };
  const server = await openServer({
    ...surroundings,
    settings: {
      publicUrl: null,
      secureCookies: false,
      sessionIdleMinutes: 600,
      sessionAbsoluteMinutes: 600,
      timeTravel: false,
    },
    receiptSecret: 'bench-receipt-secret',
    evidence: { folder: join(home, 'evidence'), uploadMaxBytes: 1024 },
  });
  await server.app.listen({ host: '127.0.0.1', port: 0 });
  const workers = await openWorkers({
    ...surroundings,
    timeTravel: false,
    // Nothing listens there, and nobody calls it.
    gateway: createGateway({
      accessKeyId: 'bench',
      accessKeySecret: 'bench',
      endpoint: '127.0.0.1:9',
      protocol: 'http',
      signName: 'bench',
      templateCode: 'bench',
      connectTimeoutMs: 100,
      readTimeoutMs: 100,
    }),
    templateCode: 'bench',
    smsPerSecond: 100,
  });
  const working = workers.run();
  const bare = await openBare({
    client: server.client,
    address: stack.temporalAddress,
    databaseUrl: await stack.ensureDatabase('bare'),
  });
  const timers = openTimers(stack.databaseUrl('temporal'));
  return {
    db,
    bare,
    timers,
    client: server.client,
    processes: server.processes,
    taskQueue: surroundings.taskQueues.processes,
    origin: server.app.listeningOrigin,
    cast: await castOf(db),
    temporalVersion: stack.temporalVersion,
    async close(): Promise<void> {
      await timers.close();
      await bare.close();
      workers.shutdown();
      await working;
      await workers.close();
      await server.close();
      await db.destroy();
      await stack.stop();
      await rm(home, { recursive: true, force: true });
    },
  };
}
