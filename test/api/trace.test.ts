/** A caller's trace goes along with what its request makes of the engine; the engine here only listens. */
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { expect, onTestFinished, test } from 'vitest';
import { wallNow } from '../../db/clock.ts';
import { seed } from '../../db/seed.ts';
import { openSession } from '../../db/sessions.ts';
import { openServer } from '../../server-assembly.ts';
import { testSettings } from '../support/api.ts';
import { freshDatabase } from '../support/database.ts';
import { createAccount } from '../support/people.ts';
import { storyPhones } from '../support/story-parts.ts';

test('a trace is passed on with every call that a request leads to, and with no other', async () => {
  const engine = await listeningEngine();
  const { db, url, drop } = await freshDatabase();
  const folder = await mkdtemp(join(tmpdir(), 'dukao-evidence-'));
  await seed(db, wallNow());
  const server = await openServer({
    databaseUrl: url,
    temporal: { address: engine.address, namespace: 'nowhere', uiUrl: null },
    taskQueues: { processes: 'nobody', sms: 'nobody-sms' },
    settings: testSettings,
    phones: storyPhones(),
    receiptSecret: 'receipts-of-a-test-0001',
    evidence: { folder, uploadMaxBytes: 1024, unitQuotaBytes: 1024 ** 3, leastFreeBytes: 0 },
    log: pino({ level: 'silent' }),
  });
  onTestFinished(async () => {
    await server.close();
    await engine.stop();
    await drop();
    await rm(folder, { recursive: true, force: true });
  });
  const account = await createAccount(db, { roles: ['supervision_officer', 'e_monitor'] });
  const { token } = await openSession(db, account.id, wallNow());
  const ask = async (method: 'GET' | 'POST', path: string, trace: string, payload?: object) => {
    const heard = engine.heard.length;
    await server.app.inject({
      method,
      url: `/api/v1${path}`,
      headers: {
        authorization: `Bearer ${token}`,
        'idempotency-key': trace === '' ? 'none' : trace,
        ...(trace === '' ? {} : { traceparent: trace }),
      },
      ...(payload === undefined ? {} : { payload }),
    });
    return engine.heard.slice(heard);
  };

  const trace = (n: number) => `00-0af7651916cd43dd8448eb211c80319c-b7ad6b716920333${n}-01`;
  const history = '/workflows/recipient/00000000-0000-4000-8000-000000000000/history';
  expect(await ask('GET', history, trace(1))).toEqual([`DescribeWorkflowExecution ${trace(1)}`]);
  expect(await ask('GET', history, '')).toEqual(['DescribeWorkflowExecution -']);
  // Behind a body, and behind what several requests do together.
  const item = {
    title: '某事项',
    aspect: 'key_work',
    source: { level: 'municipal', document: null, instructed_by: null },
    item_class: 'ordinary_item',
  };
  const both = await Promise.all(
    [2, 3].map((n) => ask('POST', '/supervision-items', trace(n), { ...item, title: `某事项${n}` })),
  );
  expect([...new Set(both.flat())].toSorted()).toEqual([
    `StartWorkflowExecution ${trace(2)}`,
    `StartWorkflowExecution ${trace(3)}`,
  ]);
});

/** Knows no call, and remembers each with the trace that came with it. */
async function listeningEngine() {
  const heard: string[] = [];
  const engine = createServer();
  engine.on('stream', (stream, { ':path': path = '', traceparent = '-' }) => {
    const call = path.split('/').at(-1) ?? '';
    if (call !== 'GetSystemInfo') heard.push(`${call} ${String(traceparent)}`);
    const unknown = { ':status': 200, 'content-type': 'application/grpc', 'grpc-status': '12' };
    stream.respond(unknown, { endStream: true });
  });
  engine.listen(0, '127.0.0.1');
  await once(engine, 'listening');
  const { port } = engine.address() as AddressInfo;
  return {
    heard: heard as readonly string[],
    address: `127.0.0.1:${port}`,
    stop: () => new Promise<void>((resolve) => void engine.close(() => resolve())),
  };
}
