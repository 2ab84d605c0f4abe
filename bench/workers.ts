/** Dukao's workers as the bench runs them: in its own process, or in one of their own whose memory is looked at. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { pino } from 'pino';
import { createGateway } from '../sms/gateway.ts';
import { createPhoneCipher } from '../sms/phone-cipher.ts';
import { openWorkers } from '../worker-assembly.ts';
import type { Memory } from './worker-memory.ts';

export const phones = createPhoneCipher([
  { id: 'bench', secret: Buffer.alloc(32, 7), algorithm: 'aes-256-gcm' },
]);
export const taskQueues = { processes: 'dukao', sms: 'dukao-sms' };
export const providerKeys = { accessKeyId: 'bench', accessKeySecret: 'bench' };

/** Plain data: it is also sent to another process. */
export type WorkersAt = {
  readonly databaseUrl: string;
  readonly temporal: { readonly address: string; readonly namespace: string };
  /** Of the stand-in provider. */
  readonly endpoint: string;
};

export type BenchWorkers = {
  /** Null where they share the bench's process. */
  readonly memory: (() => Promise<Memory>) | null;
  readonly close: () => Promise<void>;
};

export async function workersHere({ endpoint, ...at }: WorkersAt): Promise<BenchWorkers> {
  const workers = await openWorkers({
    ...at,
    taskQueues,
    phones,
    log: pino({ level: 'warn' }),
    timeTravel: false,
    gateway: createGateway({
      ...providerKeys,
      endpoint,
      protocol: 'http',
      signName: 'bench',
      templateCode: 'SMS_100000001',
      connectTimeoutMs: 5_000,
      readTimeoutMs: 10_000,
    }),
    templateCode: 'SMS_100000001',
    smsPerSecond: 100,
  });
  const working = workers.run();
  return {
    memory: null,
    async close() {
      workers.shutdown();
      await working;
      await workers.close();
    },
  };
}

export async function workersInTheirOwnProcess(at: WorkersAt): Promise<BenchWorkers> {
  const child = fork(new URL('./worker-process.ts', import.meta.url), [JSON.stringify(at)], {
    execArgv: ['--expose-gc'],
  });
  const ended = once(child, 'exit');
  const answer = async () => {
    const [said] = (await Promise.race([
      once(child, 'message'),
      ended.then(() => Promise.reject(new Error('the worker has ended'))),
    ])) as [unknown];
    return said;
  };
  await answer();
  return {
    async memory() {
      child.send('memory');
      return (await answer()) as Memory;
    },
    async close() {
      child.send('end');
      await ended;
    },
  };
}
