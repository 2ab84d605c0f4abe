/** What every process that serves HTTP is put together from: production server, `npm start`, tests. */
import { Client, Connection } from '@temporalio/client';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { Registry } from 'prom-client';
import { createDesk, deskTimes } from './activities/hand-over.ts';
import { buildApp } from './api/app.ts';
import type { AppDeps, Phones, Settings } from './api/deps.ts';
import { measureWatchers } from './api/metrics.ts';
import { createProcessDoor } from './api/process-door.ts';
import { createReceiptWork } from './api/receipt-work.ts';
import { createStory, type Story } from './api/story.ts';
import { notAnswering, requireNamespace } from './cannot-start.ts';
import { connect, type Db } from './db/client.ts';
import { outbox } from './db/hand-overs.ts';
import { lastOf } from './db/cadence-runs.ts';
import { createClock, wallNow, type Clock } from './db/clock.ts';
import { clearDrafts, openEvidenceFolder } from './db/evidence-store.ts';
import { sweep } from './db/housekeeping.ts';
import { knownMigrations } from './db/migrate.ts';
import { resealPhones } from './db/phone-keys.ts';
import { seed } from './db/seed.ts';
import { requireFit, watchGate, type DoesNotFit } from './db/version-gate.ts';
import { DAY, HOUR, later, localDateOf, yearOf, type Instant } from './domain/time.ts';
import { sql } from 'kysely';
import { maskPhone, parsePhone } from './sms/phone.ts';
import { PhoneUnreadable, type PhoneCipher } from './sms/phone-cipher.ts';
import { createProcesses, type Processes } from './workflows/client.ts';
import { ensureSchedules } from './workflows/schedules.ts';
import { historyOf } from './workflows/history.ts';
import { fastForward } from './workflows/time-travel.ts';

export type ServerSurroundings = {
  readonly databaseUrl: string;
  readonly temporal: { readonly address: string; readonly namespace: string; readonly uiUrl: string | null };
  readonly taskQueues: { readonly processes: string; readonly sms: string };
  readonly settings: Settings;
  readonly phones: PhoneCipher;
  readonly receiptSecret: string;
  /** Who may push receipts; everybody who knows the secret when empty. */
  readonly receiptSources?: readonly string[];
  readonly evidence: {
    readonly folder: string;
    readonly uploadMaxBytes: number;
    /** Of all files of one unit together [D]. */
    readonly unitQuotaBytes: number;
    /** With less free than this nothing is ready. */
    readonly leastFreeBytes: number;
  };
  readonly log: Logger;
  /** Told of each instant that a story comes to: the stand-in provider goes along. */
  readonly onTimeTravel?: (at: Instant) => void;
  readonly onPasswordChanged?: (account: string) => Promise<void>;
  /** Told once when the database has been closed to this version: nothing is ready any more. */
  readonly onShut?: (why: DoesNotFit) => void;
};

export type RunningServer = {
  readonly app: FastifyInstance;
  readonly db: Db;
  readonly clock: Clock;
  readonly client: Client;
  readonly processes: Processes;
  readonly metrics: Registry;
  readonly checks: NonNullable<AppDeps['checks']>;
  readonly auditing: NonNullable<AppDeps['auditing']>;
  readonly story: Story | null;
  /**
   * Makes good what was left undone: between row and workflow and between a receipt and what it confirms, by a
   * crash; numbers under a former key, by whoever has exchanged it.
   */
  readonly startLost: () => Promise<number>;
  /**
   * What was left undone is made good, what runs by the calendar stands as it is wanted, and what has had its time
   * goes: now, and every hour until the server is closed. Rejects when it fails now; it is tried again all the same.
   */
  readonly keepHouse: () => Promise<void>;
  /** Not ready any more, and still serving: whoever spreads requests turns to others. */
  readonly leave: () => void;
  /** Leaves, serves what is under way, and is gone. */
  readonly close: () => Promise<void>;
};

export async function openServer(around: ServerSurroundings): Promise<RunningServer> {
  const { log, temporal, settings } = around;
  const { timeTravel } = settings;
  const db = connect({
    url: around.databaseUrl,
    maxConnections: 20,
    onError: (error) => log.warn({ err: error }, 'a database connection broke between two queries'),
  });
  const connection = await Connection.connect({ address: temporal.address }).catch(
    notAnswering(`The Temporal server of TEMPORAL_ADDRESS (${temporal.address})`),
  );
  await requireNamespace(connection, temporal.namespace);
  const client = new Client({ connection, namespace: temporal.namespace });
  const processes = createProcesses({
    client,
    taskQueues: around.taskQueues,
    timeTravel,
    answerWithinMs: 10_000,
  });
  const clock = createClock({ db, timeTravel });
  const desk = createDesk({
    ...outbox(db),
    tell: (person_id, told) => processes.tellRecipient(person_id, told),
    onFault: (error) => log.warn({ err: error }, 'somebody could not be told yet; a worker will tell them'),
    ...deskTimes(timeTravel),
    sweepEveryMs: null,
  });
  const door = createProcessDoor({ db, clock, client: processes, timeTravel, handOver: desk.handOver });
  const receipts = createReceiptWork({ db, clock, processes: door });
  const story = timeTravel
    ? createStory({
        db,
        clock,
        client: processes,
        fastForward: (workflowId, ms) => fastForward(client, workflowId, ms),
        comingTo: atNewYear((at) => seed(db, at)),
        ...(around.onTimeTravel === undefined ? {} : { moved: around.onTimeTravel }),
      })
    : null;
  const phones = sealing(around.phones);
  const reseal = async () => {
    const { resealed, unreadable } = await resealPhones(db, {
      keyId: around.phones.keyId,
      reseal: (text) => again(phones, text),
    });
    if (resealed > 0) log.info({ resealed }, 'phone numbers were encrypted anew with the current key');
    if (unreadable > 0) log.warn({ unreadable }, 'phone numbers are under a key that nobody has named here');
  };
  const known = await knownMigrations();
  const gate = watchGate(db, { known, shut: (why) => around.onShut?.(why) });
  const store = await openEvidenceFolder(around.evidence.folder);
  const metrics = new Registry();
  let leaving = false;
  const checks = {
    serving: async () => {
      if (leaving) throw new Error('this process is about to end');
    },
    postgres: async () => {
      await sql`select 1`.execute(db);
    },
    migrations: () => requireFit(db, known),
    temporal: () => processes.reach(),
    disk: async () => {
      const free = await store.free();
      const { leastFreeBytes } = around.evidence;
      if (free !== null && free < leastFreeBytes)
        throw new Error(`${free} bytes are free for evidence, and ${leastFreeBytes} are wanted`);
    },
  };
  const auditing: RunningServer['auditing'] = {
    lastSuccess: async (watcher) => (await lastOf(db, watcher))?.ended_at ?? null,
    now: wallNow,
  };
  measureWatchers(metrics, (watcher) => lastOf(db, watcher));
  const app = await buildApp({
    db,
    clock,
    log,
    settings,
    phones,
    evidence: {
      store,
      uploadMaxBytes: around.evidence.uploadMaxBytes,
      unitQuotaBytes: around.evidence.unitQuotaBytes,
    },
    processes: door,
    engine: {
      historyOf: (workflowId) => historyOf(client, workflowId),
      uiUrlOf: (workflowId, runId) =>
        temporal.uiUrl === null
          ? null
          : `${temporal.uiUrl}/namespaces/${temporal.namespace}/workflows/${encodeURIComponent(workflowId)}/${runId}/history`,
    },
    passOn: (traceparent, goOn) => void connection.withMetadata({ traceparent }, async () => goOn()),
    receiptSecret: around.receiptSecret,
    receiptSources: around.receiptSources ?? [],
    ...(story === null ? {} : { story }),
    checks,
    auditing,
    metrics,
    ...(around.onPasswordChanged === undefined ? {} : { onPasswordChanged: around.onPasswordChanged }),
  });
  const startLost = async () => {
    const found = (await door.startLost()) + (await receipts.workOnLeft());
    await reseal();
    return found;
  };
  const chores: readonly (() => Promise<unknown>)[] = [
    () => sweep(db, wallNow()),
    () => clearDrafts(around.evidence.folder, later(wallNow(), -DAY)),
    // A process that runs through New Year finds the year after it as one that starts then would.
    async () => seed(db, await clock.now()),
    startLost,
    () => ensureSchedules(client, around.taskQueues.processes),
  ];
  /** What fails keeps nothing else from being done. */
  const keepHouse = async () => {
    const faults: unknown[] = [];
    for (const chore of chores) await chore().catch((error: unknown) => faults.push(error));
    if (faults.length > 0) throw new AggregateError(faults, 'not everything in the house could be done');
  };
  let hourly: NodeJS.Timeout | undefined;
  const leave = () => {
    leaving = true;
  };
  return {
    app,
    db,
    clock,
    client,
    processes,
    metrics,
    checks,
    auditing,
    story,
    startLost,
    keepHouse: () => {
      const again = () =>
        void keepHouse().catch((err: unknown) =>
          log.warn({ err }, 'housekeeping failed; it is tried again in an hour'),
        );
      hourly ??= setInterval(again, HOUR);
      return keepHouse();
    },
    leave,
    close: async () => {
      leave();
      gate.stop();
      clearInterval(hourly);
      await app.close();
      await desk.close();
      await processes.settled();
      await connection.close();
      await db.destroy();
    },
  };
}

/** Told of every instant that a story comes to: once in each of its years something is done. */
function atNewYear(work: (at: Instant) => Promise<void>): (at: Instant) => Promise<void> {
  let year = 0;
  return async (at) => {
    const now = yearOf(localDateOf(at));
    if (now === year) return;
    await work(at);
    year = now;
  };
}

/** A number as the tables keep it: enciphered, as a keyed hash, and masked. */
export const sealing = (cipher: PhoneCipher): Phones => ({
  seal: (text) => {
    const phone = parsePhone(text);
    if (phone === null) return null;
    return {
      phone_cipher: cipher.encrypt(phone),
      phone_hash: cipher.lookup(phone),
      phone_masked: maskPhone(phone),
    };
  },
  open: (sealed) => cipher.decrypt(sealed),
});

/** The same number under the current key. */
function again(phones: Phones, text: string) {
  try {
    return phones.seal(phones.open(text));
  } catch (error) {
    if (error instanceof PhoneUnreadable) return null;
    throw error;
  }
}
