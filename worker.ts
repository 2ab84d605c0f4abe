/** Production: the process that lives the workflows and sends the SMS. Any number of them may run. */
import closeWithGrace from 'close-with-grace';
import { pino } from 'pino';
import { loadConfig } from './config.ts';
import { DoesNotFit } from './db/version-gate.ts';
import { phoneCipherOf } from './phone-keys.ts';
import { createGateway } from './sms/gateway.ts';
import { openWorkers } from './worker-assembly.ts';

const config = loadConfig();
if (config.mode !== 'production') {
  process.stderr.write('worker.ts is for production: set DUKAO_MODE=production, or run npm start.\n');
  process.exit(1);
}
const log = pino({ level: config.logLevel });
const { sms } = config;
/** Neither a supervisor that starts it again nor a person is left to guess: one sentence, and not zero. */
const refuse = (error: unknown): never => {
  if (!(error instanceof DoesNotFit)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
};
const workers = await openWorkers({
  databaseUrl: config.databaseUrl,
  temporal: { address: config.temporalAddress, namespace: config.temporalNamespace },
  taskQueues: config.taskQueues,
  timeTravel: false,
  gateway: createGateway({
    ...sms,
    endpoint: sms.endpoint.address,
    protocol: sms.endpoint.protocol,
    connectTimeoutMs: 5_000,
    readTimeoutMs: 10_000,
  }),
  templateCode: sms.templateCode,
  smsPerSecond: sms.ratePerSecond,
  phones: phoneCipherOf(config),
  log,
}).catch(refuse);
const working = workers.run();
closeWithGrace({ delay: 40_000 }, async ({ err }) => {
  if (err !== undefined) log.fatal({ err }, 'ended by a fault nobody foresaw');
  workers.shutdown();
  await working.catch(() => undefined);
  await workers.close();
});
log.info('worker is ready');
await working.catch(async (error: unknown) => {
  await workers.close();
  refuse(error);
});
