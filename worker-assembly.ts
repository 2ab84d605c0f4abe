/** What every process that works on Temporal's tasks is put together from: production worker, `npm start`, tests. */
import { setTimeout as pause } from 'node:timers/promises';
import { Client } from '@temporalio/client';
import { makeTelemetryFilterString, NativeConnection, Runtime, type WorkerOptions } from '@temporalio/worker';
import type { Logger } from 'pino';
import { createCadences } from './activities/cadences.ts';
import { createDesk, deskTimes } from './activities/hand-over.ts';
import { createListRelease } from './activities/list-release.ts';
import { createMessages } from './activities/messages.ts';
import { createProjections } from './activities/projections.ts';
import { createSms } from './activities/sms.ts';
import { createWorkers, type Workers } from './activities/worker.ts';
import { notAnswering, requireNamespace } from './cannot-start.ts';
import { connect, type Db } from './db/client.ts';
import { outbox } from './db/hand-overs.ts';
import { createClock } from './db/clock.ts';
import { knownMigrations } from './db/migrate.ts';
import { hasEnded } from './db/things.ts';
import { DoesNotFit, requireFit, watchGate } from './db/version-gate.ts';
import { isRefusal, refuse } from './domain/refusal.ts';
import type { Gateway } from './sms/gateway.ts';
import type { PhoneCipher } from './sms/phone-cipher.ts';
import { createProcesses } from './workflows/client.ts';
import { createOversight } from './workflows/oversight.ts';
import { startingFrom } from './workflows/starting.ts';

export type WorkerSurroundings = {
  readonly databaseUrl: string;
  readonly temporal: { readonly address: string; readonly namespace: string };
  readonly taskQueues: { readonly processes: string; readonly sms: string };
  readonly timeTravel: boolean;
  readonly gateway: Gateway;
  readonly templateCode: string;
  readonly smsPerSecond: number;
  readonly phones: PhoneCipher;
  readonly log: Logger;
  /** A bundle made beforehand; else it is made now. */
  readonly workflows?: Pick<WorkerOptions, 'workflowBundle' | 'workflowsPath' | 'bundlerOptions'>;
  /** Lets a test stand between an activity and the world. */
  readonly around?: <A extends Activities>(activities: A) => A;
};

type Activities = Readonly<Record<string, (...args: never[]) => Promise<unknown>>>;

export type RunningWorkers = Workers & {
  readonly db: Db;
  /** Ends after a shutdown; with `DoesNotFit` when the database has been closed to this version meanwhile. */
  readonly run: () => Promise<void>;
  readonly close: () => Promise<void>;
};

let logging = false;

/** Temporal's own words go where ours go. Once per process, before the first connection. */
export function logTemporalThrough(log: Logger): void {
  if (logging) return;
  logging = true;
  const write = (level: string, message: string, meta?: object) => {
    // The SMS queue's worker has none, on purpose.
    if (message.startsWith('No workflows registered')) return;
    const at =
      level === 'TRACE'
        ? 'trace'
        : level === 'DEBUG'
          ? 'debug'
          : level === 'WARN'
            ? 'warn'
            : level === 'ERROR'
              ? 'error'
              : 'info';
    log[at]({ ...meta }, message);
  };
  Runtime.install({
    // Whoever put the parts together ends them in order: the worker goes after the API that needs it.
    shutdownSignals: [],
    telemetryOptions: {
      logging: { filter: makeTelemetryFilterString({ core: 'WARN', other: 'ERROR' }), forward: {} },
    },
    logger: {
      log: write,
      trace: (message, meta) => write('TRACE', message, meta),
      debug: (message, meta) => write('DEBUG', message, meta),
      info: (message, meta) => write('DEBUG', message, meta),
      warn: (message, meta) => write('WARN', message, meta),
      error: (message, meta) => write('ERROR', message, meta),
    },
  });
}

export const workflowsPath = new URL('./workflows/index.ts', import.meta.url).pathname;

/**
 * Evaluated once in each of a worker's threads, not once more for every workflow that begins or is taken over:
 * no module of the workflows keeps anything (test/preloaded.test.ts).
 */
export const preloadModules = [workflowsPath];

/** Rejects with `DoesNotFit` when code and database are of different versions, with `CannotStart` when nobody answers. */
export async function openWorkers(around: WorkerSurroundings): Promise<RunningWorkers> {
  const { log, temporal, taskQueues, timeTravel } = around;
  logTemporalThrough(log);
  const db = connect({
    url: around.databaseUrl,
    onError: (error) => log.warn({ err: error }, 'a database connection broke between two queries'),
  });
  const known = await knownMigrations();
  await fit(db, known, log).catch(async (error: unknown) => {
    await db.destroy();
    throw error;
  });
  const connection = await NativeConnection.connect({ address: temporal.address }).catch(
    notAnswering(`The Temporal server of TEMPORAL_ADDRESS (${temporal.address})`),
  );
  await requireNamespace(connection, temporal.namespace);
  const client = new Client({ connection, namespace: temporal.namespace });
  const processes = createProcesses({
    client,
    taskQueues,
    timeTravel,
    answerWithinMs: 10_000,
    eager: true,
  });
  const desk = createDesk({
    ...outbox(db),
    tell: (person_id, told) => processes.tellRecipient(person_id, told),
    onFault: (error) => log.warn({ err: error }, 'somebody could not be told yet; tried again soon'),
    ...deskTimes(timeTravel),
  });
  const { handOver } = desk;
  const wrap = around.around ?? ((activities) => activities);
  const workers = await createWorkers({
    connection,
    namespace: temporal.namespace,
    taskQueues,
    workflows: around.workflows ?? { workflowsPath, bundlerOptions: { preloadModules } },
    activities: wrap({
      ...createProjections({ db, handOver }),
      ...createListRelease({
        db,
        clock: createClock({ db, timeTravel }),
        handOver,
        start: (task) => processes.start(startingFrom({ kind: 'indicator_task', ...task }, timeTravel)),
        command: async (id, command, by, commandId) => {
          const task = { kind: 'indicator_task', id } as const;
          const result = await processes.command(task, { command, by }, commandId);
          if (isRefusal(result)) return result;
          if (!('no_answer' in result)) return null;
          // Without a process it has ended, or was lost and will be begun again.
          if (result.no_answer === 'no_process' && (await hasEnded(db, task)))
            return refuse('process_ended', '指标任务已结束。');
          throw new Error(`indicator_task/${id} did not answer`);
        },
      }),
      ...createCadences({
        db,
        clock: createClock({ db, timeTravel }),
        oversight: createOversight({ client, processes, taskQueues, timeTravel }),
        tellLeft: async () => handOver(await outbox(db).left()),
      }),
      ...createMessages({ db, templateCode: around.templateCode, handOver }),
    }),
    sms: wrap({
      ...createSms({
        db,
        gateway: around.gateway,
        phones: around.phones,
        clock: createClock({ db, timeTravel }),
      }),
    }),
    smsPerSecond: around.smsPerSecond,
  });
  return {
    ...workers,
    run: async () => {
      // What died with the worker before this one.
      await desk
        .sweep()
        .catch((error: unknown) => log.warn({ err: error }, 'what was left could not be told'));
      let why: DoesNotFit | null = null;
      const gate = watchGate(db, {
        known,
        shut: (error) => {
          why = error;
          workers.shutdown();
        },
      });
      try {
        await workers.run();
      } finally {
        gate.stop();
      }
      if (why !== null) throw why;
    },
    db,
    close: async () => {
      await desk.close();
      await processes.settled();
      await connection.close();
      await db.destroy();
    },
  };
}

/** A database that is being started again is soon back; one at a wrong address never is. */
const ANSWERS_WITHIN_MS = 10_000;

/** Without its word nothing is begun. */
async function fit(db: Db, known: readonly string[], log: Logger): Promise<void> {
  for (const until = Date.now() + ANSWERS_WITHIN_MS; ;) {
    try {
      return await requireFit(db, known);
    } catch (error) {
      if (error instanceof DoesNotFit) throw error;
      if (Date.now() > until) return notAnswering('The database of DATABASE_URL')(error);
      log.warn({ err: error }, 'the database does not answer; asked again in a second');
      await pause(1_000);
    }
  }
}
