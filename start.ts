/** `npm start`: the whole system on one machine, with nothing installed beforehand. */
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import closeWithGrace from 'close-with-grace';
import { pino } from 'pino';
import { buildInternalApp } from './api/internal-app.ts';
import { connect } from './db/client.ts';
import { createClock } from './db/clock.ts';
import { migrate } from './db/migrate.ts';
import { seed } from './db/seed.ts';
import { DoesNotFit } from './db/version-gate.ts';
import { loadConfig, type SmsConfig } from './config.ts';
import { CannotStart, messageOf, timed } from './embedded/cannot-start.ts';
import { requireFree } from './embedded/ports.ts';
import { startStack, type Stack } from './embedded/stack.ts';
import { createAdministrators, FirstAccounts, loadSampleCity } from './first-start.ts';
import { rfc3339 } from './domain/time.ts';
import { phoneCipherOf } from './phone-keys.ts';
import { openServer, type RunningServer } from './server-assembly.ts';
import { createGateway } from './sms/gateway.ts';
import { startStandIn, type StandIn } from './sms/stand-in.ts';
import { openWorkers } from './worker-assembly.ts';

const config = loadConfig();
const flags = new Set(process.argv.slice(2));
const log = pino({ level: config.logLevel }, pino.destination({ dest: 2, sync: false }));
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const starting = new AbortController();
/** What has been started, newest first to be stopped. */
const stops: { readonly what: string; readonly stop: () => Promise<void> }[] = [];
let kill: () => void = () => undefined;
let firstSignal: number | null = null;

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const ending = closeWithGrace(
  { delay: 60_000, skip: ['unhandledRejection', ...signals], logger: false },
  async ({ err }) => {
    if (err !== undefined) log.fatal({ err }, 'ended by a fault nobody foresaw');
    starting.abort();
    say('Stopping …');
    await stopAll();
    say('Stopped. Nothing is lost; `npm start` goes on from here.');
  },
);
// By ourselves: the library ends the process at the second signal whatever its handler thinks of it.
for (const signal of signals) process.on(signal, stopOrHurry);

/** A terminal sends one Ctrl-C to the whole group and npm passes it on: within half a second they are one. */
function stopOrHurry(): void {
  if (firstSignal === null) {
    firstSignal = Date.now();
    ending.close();
  } else if (Date.now() - firstSignal >= 500) {
    kill();
    process.exit(130);
  }
}

async function stopAll(): Promise<void> {
  for (const { what, stop } of stops.splice(0).toReversed()) {
    await stop().catch((error: unknown) => log.error({ err: error }, `${what} did not stop cleanly`));
  }
}

async function start(): Promise<void> {
  const unknown = [...flags].filter((flag) => flag !== '--fresh' && flag !== '--empty');
  if (unknown.length > 0)
    throw new CannotStart(
      `Unknown argument ${unknown.join(' ')}: known are --fresh (begin anew) and --empty (without the sample city).`,
    );
  const fresh = flags.has('--fresh');
  if (fresh) requireNothingGiven();
  const stack = await startStack({
    home: config.home,
    fresh,
    databaseUrl: config.databaseUrl,
    temporalAddress: config.temporalAddress,
    temporalNamespace: config.temporalNamespace,
    timeSkipping: true,
    say,
    signal: starting.signal,
    // A second start on this folder finds its own port used: that another one has the folder says more.
    before: async () => {
      await requireFree('PORT', config.port, config.host);
      if (config.metricsPort !== null) await requireFree('METRICS_PORT', config.metricsPort, config.host);
    },
  });
  stops.push({ what: 'the stack', stop: () => stack.stop() });
  kill = () => stack.kill();
  void stack.whenBroken.then(async (how) => {
    say(`${how}. Dukao stops; start it again with npm start.`);
    await stopAll();
    process.exit(1);
  });

  const databaseUrl = await prepareDatabase(stack);
  const standIn = config.sms === null ? await openStandIn(stack) : null;
  const server = await openSystem(stack, databaseUrl, standIn);
  await greet(stack, server, standIn);
}

/** What the folder's keys and files belong to would outlive them. */
function requireNothingGiven(): void {
  const given = [
    ...(config.databaseUrl === null ? [] : ['DATABASE_URL']),
    ...(config.temporalAddress === null ? [] : ['TEMPORAL_ADDRESS']),
  ];
  if (given.length > 0)
    throw new CannotStart(
      `--fresh empties the state folder and not what ${given.join(' and ')} names, whose phone numbers, files and processes would be lost with it. Leave --fresh out, or make a new database and namespace and begin in another folder (DUKAO_HOME).`,
    );
}

async function prepareDatabase(stack: Stack): Promise<string> {
  const databaseUrl = config.databaseUrl ?? (await stack.ensureDatabase('dukao'));
  const db = connect({
    url: databaseUrl,
    onError: (err) => log.warn({ err }, 'a database connection broke'),
  });
  try {
    const applied = await migrate(db);
    if (applied.length > 0) say(`Database: ${applied.length} migrations applied`);
    await seed(db, await createClock({ db, timeTravel: stack.timeSkipping }).now());
  } finally {
    await db.destroy();
  }
  return databaseUrl;
}

/** The stand-in provider: the real SDK talks to it, and every number is a phone on its page. */
async function openStandIn(stack: Stack): Promise<{ standIn: StandIn; sms: SmsConfig }> {
  const keys = { accessKeyId: 'stand-in', accessKeySecret: stack.state.keys.sms_receipt_secret };
  const standIn = await startStandIn({
    ...keys,
    port: await stack.state.ports.take('phones'),
    stateFile: stack.state.file('phones.jsonl'),
  });
  stops.push({ what: 'the stand-in provider', stop: () => standIn.stop() });
  const sms: SmsConfig = {
    ...keys,
    endpoint: { address: standIn.endpoint, protocol: 'http' },
    signName: '督考演示',
    templateCode: 'SMS_100000001',
    receiptSecret: stack.state.keys.sms_receipt_secret,
    receiptSources: [],
    ratePerSecond: 20,
  };
  return { standIn, sms };
}

async function openSystem(
  stack: Stack,
  databaseUrl: string,
  provider: { standIn: StandIn; sms: SmsConfig } | null,
): Promise<RunningServer & { baseUrl: string; accounts: FirstAccounts }> {
  const sms = config.sms ?? provider?.sms;
  if (sms === undefined) throw new Error('a gateway or its stand-in');
  const accounts = new FirstAccounts(stack.state.file('first-accounts.json'));
  const phones = phoneCipherOf(config, stack.state.keys.phone_key);
  const temporal = {
    address: stack.temporalAddress,
    namespace: stack.temporalNamespace,
    uiUrl: stack.uiUrl ?? config.temporalUiUrl,
  };
  const { taskQueues } = config;
  const gateway = createGateway({
    ...sms,
    endpoint: sms.endpoint.address,
    protocol: sms.endpoint.protocol,
    connectTimeoutMs: 5_000,
    readTimeoutMs: 10_000,
  });
  const workers = await timed(say, 'Worker', () =>
    openWorkers({
      databaseUrl,
      temporal,
      taskQueues,
      timeTravel: stack.timeSkipping,
      gateway,
      templateCode: sms.templateCode,
      smsPerSecond: sms.ratePerSecond,
      phones,
      log,
    }),
  );
  const working = workers.run();
  working.catch((err: unknown) => log.fatal({ err }, 'the worker ended'));
  stops.push({
    what: 'the worker',
    stop: async () => {
      workers.shutdown();
      await working;
      await workers.close();
    },
  });
  const server = await openServer({
    databaseUrl,
    temporal,
    taskQueues,
    settings: {
      publicUrl: config.publicUrl,
      secureCookies: config.publicUrl?.startsWith('https:') ?? false,
      sessionIdleMinutes: config.session.idleMinutes,
      sessionAbsoluteMinutes: config.session.absoluteMinutes,
      trustProxy: [...config.trustedProxies],
      timeTravel: stack.timeSkipping,
    },
    phones,
    receiptSecret: sms.receiptSecret,
    receiptSources: sms.receiptSources,
    evidence: config.evidence,
    log,
    onPasswordChanged: async (account) => accounts.forget(account),
    onShut: (why) => {
      say(why.message);
      void stopAll().finally(() => process.exit(1));
    },
    onTimeTravel: (at) => provider?.standIn.control({ clock: { at: rfc3339(at) } }),
  });
  stops.push({ what: 'the server', stop: server.close });
  const baseUrl = await server.app.listen({ host: config.host, port: config.port });
  provider?.standIn.control({ receiptUrl: `${baseUrl}/api/v1/sms/receipts/${sms.receiptSecret}` });
  await startInternal(server);
  await server.keepHouse();
  return { ...server, baseUrl, accounts };
}

async function startInternal({ checks, auditing, metrics }: RunningServer): Promise<void> {
  if (config.metricsPort === null) return;
  const internal = await buildInternalApp({ log, checks, auditing, metrics });
  await internal.listen({ host: config.host, port: config.metricsPort });
  stops.push({ what: 'the internal port', stop: () => internal.close() });
}

async function greet(
  stack: Stack,
  server: RunningServer & { baseUrl: string; accounts: FirstAccounts },
  provider: { standIn: StandIn } | null,
): Promise<void> {
  const { db, clock, baseUrl, accounts } = server;
  const first = await createAdministrators(db, accounts);
  // Loading that was cut off goes on where it was at the next start.
  const unfinished = stack.state.file('sample-unfinished');
  if (first && !flags.has('--empty')) writeFileSync(unfinished, '');
  if (existsSync(unfinished)) {
    await timed(
      say,
      'Sample city Hanyuan (57 units, 344 people, 116 supervision items; begin without it by npm start -- --fresh --empty)',
      async () => loadSampleCity(db, baseUrl, accounts, await clock.now()),
    );
    rmSync(unfinished);
  }
  stack.state.writeRunning({
    base_url: baseUrl,
    temporal_address: stack.temporalAddress,
    temporal_namespace: stack.temporalNamespace,
    temporal_ui_url: stack.uiUrl,
    database_url: stack.databaseUrl('dukao'),
    phones_url: provider?.standIn.url ?? null,
  });
  const known = accounts.read();
  say('');
  say(`Dukao is running: ${baseUrl}/api/v1  (description: ${baseUrl}/api/v1/openapi.json)`);
  if (stack.uiUrl !== null) say(`Temporal UI:      ${stack.uiUrl}`);
  if (provider !== null)
    say(`Phones:           ${provider.standIn.url}/phones  (every SMS that was sent, by number)`);
  if (known.length > 0) {
    say(`One-time passwords of ${known.length} accounts: ${accounts.path}. To begin with:`);
    for (const name of [
      'system.admin',
      'security.admin',
      'supervision-office.head',
      'd214.reporter1',
      'city.leader1',
    ]) {
      const one = known.find(({ account }) => account === name);
      if (one !== undefined) say(`  ${one.account.padEnd(26)} ${one.password}  (${one.role})`);
    }
  }
  say('What to try first: the tour in README.md. Ctrl-C stops everything and loses nothing.');
}

start().catch(async (error: unknown) => {
  if (starting.signal.aborted) return;
  if (error instanceof CannotStart || error instanceof DoesNotFit) process.stderr.write(`${error.message}\n`);
  else log.fatal({ err: error }, `Dukao could not start: ${messageOf(error)}`);
  await stopAll();
  process.exit(1);
});
