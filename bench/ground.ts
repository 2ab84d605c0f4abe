/**
 * The ground that both stand on: one PostgreSQL, one Temporal server, Dukao's HTTP server and workers
 * as `npm start` runs them, and the bare worker beside them.
 */
import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { connect, type Db } from '../db/client.ts';
import { migrate } from '../db/migrate.ts';
import { seed } from '../db/seed.ts';
import type { QuietHours } from '../domain/quiet-hours.ts';
import { defaultRecipientRules } from '../domain/recipient.ts';
import { instant } from '../domain/time.ts';
import { startStack } from '../embedded/stack.ts';
import { openServer, sealing } from '../server-assembly.ts';
import { startStandIn } from '../sms/stand-in.ts';
import { logTemporalThrough } from '../worker-assembly.ts';
import { openBare } from './bare.ts';
import { castOf } from './cast.ts';
import { openTimers } from './timers.ts';
import { phones, providerKeys, taskQueues, workersHere, workersInTheirOwnProcess } from './workers.ts';

export type Ground = Awaited<ReturnType<typeof openGround>>;

const wall = () => instant(Date.now());

export type GroundOptions = {
  readonly say: (line: string) => void;
  /** The workers do not share the process of the HTTP server. */
  readonly ownWorkers?: boolean;
};

export async function openGround({ say, ownWorkers = false }: GroundOptions) {
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
  await setQuietHours(db, 1, { from: '00:00', to: '23:59', resume_at: '23:59' });
  const standIn = await startStandIn(providerKeys);

  const receiptSecret = 'bench-receipt-secret';
  const surroundings = {
    databaseUrl,
    temporal: { address: stack.temporalAddress, namespace: stack.temporalNamespace, uiUrl: null },
    taskQueues,
    phones,
    log: pino({ level: 'warn' }),
    receiptSecret,
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
    evidence: {
      folder: join(home, 'evidence'),
      uploadMaxBytes: 1024,
      unitQuotaBytes: 1024 ** 3,
      leastFreeBytes: 0,
    },
  });
  await server.app.listen({ host: '127.0.0.1', port: 0 });
  standIn.control({ receiptUrl: `${server.app.listeningOrigin}/api/v1/sms/receipts/${receiptSecret}` });
  const openWorkers = ownWorkers ? workersInTheirOwnProcess : workersHere;
  const workers = await openWorkers({
    databaseUrl,
    temporal: { address: stack.temporalAddress, namespace: stack.temporalNamespace },
    endpoint: standIn.endpoint,
  });
  logTemporalThrough(surroundings.log);
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
    cast: await castOf(db, sealing(phones).seal),
    standIn,
    databaseUrl,
    ensureDatabase: stack.ensureDatabase,
    workerMemory: workers.memory,
    /** From now on people's phones ring at any hour. Until then what is measured ends with the committed notification. */
    wakePhones: () => setQuietHours(db, 2, { from: '00:00', to: '00:00', resume_at: '00:00' }),
    temporalVersion: stack.temporalVersion,
    async close(): Promise<void> {
      await timers.close();
      await bare.close();
      await workers.close();
      await server.close();
      await standIn.stop();
      await db.destroy();
      await stack.stop();
      await rm(home, { recursive: true, force: true });
    },
  };
}

async function setQuietHours(
  db: Db,
  version: number,
  hours: Pick<QuietHours, 'from' | 'to' | 'resume_at'>,
): Promise<void> {
  const quiet = { ...hours, red_on_non_working_days: true };
  const rules = JSON.stringify({ ...defaultRecipientRules, quiet });
  await db.insertInto('recipient_rules').values({ version, body: rules, created_at: new Date() }).execute();
}
