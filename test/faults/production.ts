/**
 * Dukao as it runs in production: `server.ts` and `worker.ts` in processes of their own, at the wall's
 * time, with the settings from the environment. For faults that lie between the processes.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { expect, inject, onTestFinished } from 'vitest';
import { wallNow } from '../../db/clock.ts';
import { seed } from '../../db/seed.ts';
import { openSession } from '../../db/sessions.ts';
import type { PostRole, Role } from '../../domain/vocabulary.ts';
import { openServer, sealing } from '../../server-assembly.ts';
import { logTemporalThrough } from '../../worker-assembly.ts';
import { startStandIn } from '../../sms/stand-in.ts';
import { contractOf, createClient, overHttp, testSettings } from '../support/api.ts';
import { auditEverything } from '../support/auditor.ts';
import { workflowBundle } from '../support/bundle.ts';
import { freshDatabase } from '../support/database.ts';
import { createAccount, createPerson, createUnit, givePost, type Unit } from '../support/people.ts';
import { storyCredentials, storyPhones, storyTemplate } from '../support/story-parts.ts';
import { eventually, type Someone } from '../support/world.ts';

const project = new URL('../../', import.meta.url).pathname;
const clock = new URL('./shifted-clock.ts', import.meta.url).href;
const RECEIPT_SECRET = 'receipts-of-a-test-0001';

export type Program = {
  readonly pid: number | undefined;
  readonly signal: (name: NodeJS.Signals) => void;
  /** What it said on stderr, once it has ended by itself or by `stop`. */
  readonly ended: Promise<{ readonly code: number | null; readonly said: string }>;
  readonly stop: () => Promise<void>;
};

export type ProductionCity = Awaited<ReturnType<typeof productionCity>>;

// The invariant replays what is open, and that would be told of.
logTemporalThrough(pino({ level: 'silent' }));

/** @param own settings instead of those that every test has. */
export async function productionCity(own: Readonly<Record<string, string>> = {}) {
  const { db, url, drop } = await freshDatabase();
  await seed(db, wallNow());
  const home = await mkdtemp(join(tmpdir(), 'dukao-production-'));
  const queue = `t-${randomUUID().slice(0, 8)}`;
  const standIn = await startStandIn(storyCredentials);
  const phones = storyPhones();
  const temporal = {
    address: inject('temporalAddress'),
    namespace: inject('temporalNamespace'),
    uiUrl: null,
  };
  // Looks on with a right clock; nobody is served by it.
  const looking = await openServer({
    databaseUrl: url,
    temporal,
    taskQueues: { processes: queue, sms: `${queue}-sms` },
    settings: testSettings,
    phones,
    receiptSecret: RECEIPT_SECRET,
    evidence: {
      folder: join(home, 'looking'),
      uploadMaxBytes: 1024,
      unitQuotaBytes: 1024,
      leastFreeBytes: 0,
    },
    log: pino({ level: 'silent' }),
  });
  await looking.app.ready();
  const contract = contractOf(looking.app);
  const programs: Program[] = [];
  let address = '';

  const settings = {
    DUKAO_MODE: 'production',
    DUKAO_HOME: home,
    HOST: '127.0.0.1',
    PORT: '0',
    METRICS_PORT: '0',
    PUBLIC_URL: 'http://127.0.0.1',
    DATABASE_URL: url,
    TEMPORAL_ADDRESS: temporal.address,
    TEMPORAL_NAMESPACE: temporal.namespace,
    TASK_QUEUE: queue,
    LOG_LEVEL: 'info',
    PHONE_KEY: `test:${Buffer.alloc(32, 7).toString('base64')}`,
    ALIYUN_ACCESS_KEY_ID: storyCredentials.accessKeyId,
    ALIYUN_ACCESS_KEY_SECRET: storyCredentials.accessKeySecret,
    ALIYUN_SMS_ENDPOINT: `http://${new URL(standIn.url).host}`,
    SMS_SIGN_NAME: '督考办',
    SMS_TEMPLATE_CODE: storyTemplate,
    SMS_RECEIPT_SECRET: RECEIPT_SECRET,
    SMS_RATE_PER_SECOND: '100',
    ...own,
  };

  function run(
    file: string,
    shiftMs: number,
    other: Readonly<Record<string, string>> = {},
  ): { child: ChildProcess; program: Program } {
    const wrong = shiftMs === 0 ? [] : ['--import', clock];
    const child = spawn(process.execPath, [...wrong, join(project, file)], {
      cwd: project,
      env: {
        PATH: process.env['PATH'],
        TZ: process.env['TZ'],
        ...settings,
        ...other,
        SHIFT_MS: String(shiftMs),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    child.stderr?.on('data', (text: Buffer) => (said += text.toString()));
    const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, said }));
    const program: Program = {
      pid: child.pid,
      ended,
      signal: (name) => void child.kill(name),
      async stop() {
        if (child.exitCode === null) child.kill('SIGTERM');
        await ended;
      },
    };
    programs.push(program);
    return { child, program };
  }

  /** Resolves when it says this in its log; when it ends before, so does the waiting. */
  async function says(child: ChildProcess, program: Program, words: RegExp): Promise<string> {
    const heard = Promise.withResolvers<string>();
    let text = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      const [found] = words.exec(text) ?? [];
      if (found !== undefined) heard.resolve(found);
    });
    void program.ended.then(({ code, said }) =>
      heard.reject(new Error(`ended with ${code} before it said ${String(words)}: ${said}\n${text}`)),
    );
    return heard.promise;
  }

  const someone = async (
    unit: Unit,
    { role, post, phone = null }: { role: Role; post?: PostRole; phone?: string | null },
  ): Promise<Someone> => {
    const sealed = phone === null ? null : sealing(phones).seal(phone);
    const person = await createPerson(db, {
      unit_id: unit.id,
      ...(sealed === null ? {} : { phone: sealed }),
    });
    if (post !== undefined) await givePost(db, { person, unit, role: post });
    const account = await createAccount(db, { person, roles: [role] });
    const { token } = await openSession(db, account.id, wallNow());
    const transport = (request: Parameters<ReturnType<typeof overHttp>>[0]) => overHttp(address)(request);
    const client = createClient(transport, () => Promise.resolve(contract), {
      authorization: `Bearer ${token}`,
    });
    const number = phone ?? '';
    const texts = () => standIn.phone(number).messages.map(({ text }) => text);
    return {
      person,
      account,
      client,
      phone: {
        number,
        expects: async (word = '') =>
          void (await eventually(
            () => texts().find((text) => text.includes(word)),
            `${number}: ${word}`,
            60_000,
          )),
        isSilent: () => expect(texts()).toEqual([]),
      },
    };
  };

  let numbers = 0;
  const phoneOfNext = () => `1391${String((numbers += 1)).padStart(7, '0')}`;
  const city = {
    db,
    standIn,
    server: looking,
    someone,
    workerSurroundings: { workflows: { workflowBundle: await workflowBundle() } },
    async unitWithPeople(name: string) {
      const unit = await createUnit(db, { name });
      const of = (post: PostRole) => someone(unit, { role: 'undertaking_unit', post, phone: phoneOfNext() });
      return {
        unit,
        reporter: await of('reporter'),
        deputy: await of('deputy_leader'),
        principal: await of('principal_leader'),
      };
    },
    /** Whoever has a client talks to this one from now on. */
    async startServer({ shiftMs = 0 } = {}): Promise<Program> {
      const { child, program } = run('server.ts', shiftMs);
      const said = await says(child, program, /Server listening at http:\/\/127\.0\.0\.1:\d+/);
      address = said.replace('Server listening at ', '');
      standIn.control({ receiptUrl: `${address}/api/v1/sms/receipts/${RECEIPT_SECRET}` });
      return program;
    },
    async startWorker({ shiftMs = 0 } = {}): Promise<Program> {
      const { child, program } = run('worker.ts', shiftMs);
      await says(child, program, /worker is ready/);
      return program;
    },
    /** One that is expected to end by itself, with other settings than the city's. */
    tryToStart: (file: 'server.ts' | 'worker.ts', other: Readonly<Record<string, string>> = {}) =>
      run(file, 0, other).program.ended,
    /** Of the server that was started last. */
    address: () => new URL(address),
    /** The invariant. */
    async ends() {
      expect(await auditEverything(city)).toEqual([]);
    },
  };
  onTestFinished(async () => {
    await Promise.all(programs.map((program) => program.stop()));
    await looking.close();
    await standIn.stop();
    await drop();
    await rm(home, { recursive: true, force: true });
  });
  return city;
}
