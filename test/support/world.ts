/**
 * A whole Dukao for one story: its own database, its own workers, its own provider with phones, and a
 * clock that begins when the story does. Whatever message no test expected fails the test.
 */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { pino } from 'pino';
import { expect, inject, onTestFinished } from 'vitest';
import { seed } from '../../db/seed.ts';
import { instantOn, localDate, rfc3339, type Instant } from '../../domain/time.ts';
import type { PostRole, Role } from '../../domain/vocabulary.ts';
import { openServer, sealing, type RunningServer } from '../../server-assembly.ts';
import type { Gateway } from '../../sms/gateway.ts';
import { startStandIn, type StandIn } from '../../sms/stand-in.ts';
import { openWorkers, type RunningWorkers, type WorkerSurroundings } from '../../worker-assembly.ts';
import { signedIn, testSettings, type Client } from './api.ts';
import { auditEverything } from './auditor.ts';
import { workflowBundle } from './bundle.ts';
import { freshDatabase } from './database.ts';
import { storyCredentials, storyGateway, storyPhones, storyTemplate } from './story-parts.ts';
import {
  createAccount,
  createPerson,
  createUnit,
  givePost,
  type Account,
  type Person,
  type Unit,
} from './people.ts';

/** `2026-09-28 10:00` in Shanghai. */
export const at = (text: string): Instant => {
  const [date = '', clock = '00:00'] = text.split(' ');
  return instantOn(localDate(date), clock);
};

export type PhoneOf = {
  readonly number: string;
  /** The next message that nobody has looked at yet says this. */
  readonly expects: (...words: string[]) => Promise<void>;
  /** Nothing has arrived that was not expected. */
  readonly isSilent: () => void;
};

export type Someone = {
  readonly person: Person;
  readonly account: Account;
  readonly client: Client;
  readonly phone: PhoneOf;
};

export type World = Awaited<ReturnType<typeof beginStory>>;

export type StoryOptions = {
  readonly at: string;
  /** Stands between the system and the provider: for the faults. */
  readonly gateway?: (real: Gateway) => Gateway;
  readonly around?: WorkerSurroundings['around'];
  /** Other workflows than those of the project as they are. */
  readonly workflows?: WorkerSurroundings['workflows'];
  /** What the provider takes; many a second unless the story is about that. */
  readonly smsPerSecond?: number;
  /** The test brings its own workers. */
  readonly withoutWorkers?: boolean;
  /** Of a test that runs beside others: its own `onTestFinished`. */
  readonly atEnd?: typeof onTestFinished;
  /** Another stack than the one that all tests share. */
  readonly stack?: {
    readonly postgresUrl: string;
    readonly temporalAddress: string;
    readonly temporalNamespace: string;
  };
  /** Other ways to Postgres and Temporal than the direct one. */
  readonly ways?: (direct: Way) => Promise<{ readonly server: Way; readonly workers: Way }>;
};

export type Way = { readonly databaseUrl: string; readonly temporalAddress: string };

/** Nobody opens it; histories link to it. */
export const TEMPORAL_UI = 'http://temporal-ui.test';

export const RECEIPT_SECRET = 'receipts-of-a-test-0001';

export async function beginStory(options: StoryOptions) {
  const stack = options.stack ?? {
    postgresUrl: inject('postgresUrl'),
    temporalAddress: inject('temporalAddress'),
    temporalNamespace: inject('temporalNamespace'),
  };
  const { db, url, drop } = await freshDatabase({ server: stack.postgresUrl });
  const folder = await mkdtemp(join(tmpdir(), 'dukao-evidence-'));
  const name = `t-${randomUUID().slice(0, 8)}`;
  const taskQueues = { processes: name, sms: `${name}-sms` };
  const direct: Way = { databaseUrl: url, temporalAddress: stack.temporalAddress };
  const ways = (await options.ways?.(direct)) ?? { server: direct, workers: direct };
  const temporalBy = (way: Way) => ({
    address: way.temporalAddress,
    namespace: stack.temporalNamespace,
    uiUrl: TEMPORAL_UI,
  });
  const phones = storyPhones();
  const log: string[] = [];
  const logger = pino({ level: 'debug' }, { write: (line: string) => void log.push(line) });
  const standIn = await startStandIn(storyCredentials);
  const begins = at(options.at);
  await seed(db, begins);

  const server = await openServer({
    databaseUrl: ways.server.databaseUrl,
    temporal: temporalBy(ways.server),
    taskQueues,
    settings: { ...testSettings, timeTravel: true },
    phones,
    receiptSecret: RECEIPT_SECRET,
    evidence: { folder, uploadMaxBytes: 1024 * 1024, unitQuotaBytes: 1024 ** 3, leastFreeBytes: 0 },
    log: logger,
    onTimeTravel: (now) => standIn.control({ clock: { at: rfc3339(now) } }),
  });
  const { story } = server;
  if (story === null) throw new Error('a story needs a clock of its own');
  await server.app.listen({ host: '127.0.0.1', port: 0 });
  const address = server.app.listeningOrigin;
  standIn.control({ receiptUrl: `${address}/api/v1/sms/receipts/${RECEIPT_SECRET}` });
  await story.beginAt(begins);

  const real = storyGateway(standIn.endpoint);
  const workerSurroundings: WorkerSurroundings = {
    databaseUrl: ways.workers.databaseUrl,
    temporal: temporalBy(ways.workers),
    taskQueues,
    timeTravel: true,
    gateway: options.gateway?.(real) ?? real,
    templateCode: storyTemplate,
    smsPerSecond: options.smsPerSecond ?? 100,
    phones,
    log: logger,
    workflows: options.workflows ?? { workflowBundle: await workflowBundle() },
    ...(options.around === undefined ? {} : { around: options.around }),
  };
  let workers: { running: RunningWorkers; done: Promise<void> } | null = null;
  const startWorkers = async () => {
    const running = await openWorkers(workerSurroundings);
    workers = { running, done: running.run() };
  };
  const stopWorkers = async () => {
    if (workers === null) return;
    const { running, done } = workers;
    workers = null;
    running.shutdown();
    await done;
    await running.close();
  };
  if (options.withoutWorkers !== true) await startWorkers();

  const seen = new Map<string, number>();
  const phoneOf = (number: string): PhoneOf => ({
    number,
    async expects(...words) {
      for (const word of words) {
        const index = seen.get(number) ?? 0;
        const message = await eventually(
          () => standIn.phone(number).messages[index],
          `phone ${number} expects ${word}`,
        );
        expect(message.text).toContain(word);
        seen.set(number, index + 1);
      }
    },
    isSilent() {
      expect(
        standIn
          .phone(number)
          .messages.slice(seen.get(number) ?? 0)
          .map(({ text }) => text),
      ).toEqual([]);
    },
  });

  let numbers = 0;
  const someone = async (
    unit: Unit,
    {
      role,
      post,
      phone = `1381${String((numbers += 1)).padStart(7, '0')}`,
      rank = 1,
    }: { role: Role; post?: PostRole; phone?: string | null; rank?: number },
  ): Promise<Someone> => {
    const sealed = phone === null ? null : sealing(phones).seal(phone);
    const person = await createPerson(db, {
      unit_id: unit.id,
      ...(sealed === null ? {} : { phone: sealed }),
    });
    if (post !== undefined) await givePost(db, { person, unit, role: post, rank });
    const account = await createAccount(db, { person, roles: [role] });
    return { person, account, client: await signedIn(server.app, db, account), phone: phoneOf(phone ?? '') };
  };

  /** A unit with its whole chain, as most stories need it. */
  const unitWithPeople = async (named: string) => {
    const unit = await createUnit(db, { name: named });
    return {
      unit,
      reporter: await someone(unit, { role: 'undertaking_unit', post: 'reporter' }),
      deputy: await someone(unit, { role: 'undertaking_unit', post: 'deputy_leader' }),
      principal: await someone(unit, { role: 'undertaking_unit', post: 'principal_leader' }),
    };
  };

  let stopped = false;
  const world = {
    db,
    url,
    server: server as RunningServer & { story: NonNullable<RunningServer['story']> },
    address,
    /** Where evidence lies, and nothing else. */
    evidenceFolder: folder,
    standIn: standIn as StandIn,
    log: log as readonly string[],
    workerSurroundings,
    taskQueues,
    startWorkers,
    stopWorkers,
    someone,
    unitWithPeople,
    phoneOf,
    phones,
    /** Brings everything to this time. Whatever is due on the way happens. */
    async travelTo(text: string) {
      await story.travelTo(at(text));
    },
    /** What has arrived so far is another story's matter; that none came twice is looked at in any case. */
    phonesAreRead() {
      for (const { number, messages } of standIn.phones()) seen.set(number, messages.length);
    },
    /** Ends the story: nothing unexpected on any phone, nothing missing, nothing double, every chain unbroken. */
    async ends() {
      for (const { number } of standIn.phones()) phoneOf(number).isSilent();
      expect(await auditEverything(world)).toEqual([]);
      await world.stop();
    },
    async stop() {
      if (stopped) return;
      stopped = true;
      await stopWorkers();
      await server.close();
      await standIn.stop();
      await drop();
      await rm(folder, { recursive: true, force: true });
    },
  };
  // Also when the story failed half way: its workers would work on beside the next one.
  (options.atEnd ?? onTestFinished)(() => world.stop());
  return world;
}

/** Waits for what happens elsewhere in a moment of real time. */
export async function eventually<T>(
  look: () => T | undefined | null | Promise<T | undefined | null>,
  what: string,
  withinMs = 8_000,
  /** Asked when the time is over, for the message. */
  seen: () => Promise<string> = async () => '',
): Promise<T> {
  const until = Date.now() + withinMs;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== null) return found;
    if (Date.now() > until) throw new Error(`waited in vain: ${what} ${await seen()}`.trim());
    await pause(15);
  }
}
