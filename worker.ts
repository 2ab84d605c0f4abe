/** Production: the process that lives the workflows and sends the SMS. Any number of them may run. */
import closeWithGrace from 'close-with-grace';
import { pino } from 'pino';
import { orRefuse } from './cannot-start.ts';
import { loadConfig, type ProductionConfig } from './config.ts';
import { phoneCipherOf } from './phone-keys.ts';
import { createGateway } from './sms/gateway.ts';
import { openWorkers } from './worker-assembly.ts';

const config = loadConfig();
if (config.mode !== 'production') {
  process.stderr.write('worker.ts is for production: set DUKAO_MODE=production, or run npm start.\n');
  process.exit(1);
}
const log = pino({ level: config.logLevel });
await orRefuse(() => work(config));

async function work({ sms, ...settings }: ProductionConfig): Promise<void> {
  const workers = await openWorkers({
    databaseUrl: settings.databaseUrl,
    temporal: { address: settings.temporalAddress, namespace: settings.temporalNamespace },
    taskQueues: settings.taskQueues,
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
    phones: phoneCipherOf(settings),
    log,
  });
  const working = workers.run();
  closeWithGrace({ delay: 40_000 }, async ({ err }) => {
    if (err !== undefined) log.fatal({ err }, 'ended by a fault nobody foresaw');
    workers.shutdown();
    await working.catch(() => undefined);
    await workers.close();
  });
  log.info('worker is ready');
  try {
    await working;
  } catch (error) {
    await workers.close();
    throw error;
  }
}
