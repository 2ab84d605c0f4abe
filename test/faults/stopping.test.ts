/** A server or a worker that is told to end: in order, and at once when it is told again. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { sql } from 'kysely';
import { expect, onTestFinished, test } from 'vitest';
import { wallNow } from '../../db/clock.ts';
import { addDays, localDateOf } from '../../domain/time.ts';
import { underWay, usualPeople } from '../support/matter.ts';
import { createUnit } from '../support/people.ts';
import { eventually } from '../support/world.ts';
import { productionCity, type ProductionCity } from './production.ts';

/** A request of which half has been sent; the server waits for the rest. */
async function halfARequest(city: ProductionCity) {
  const { hostname, port } = city.address();
  const body = JSON.stringify({ account: 'nobody', password: 'nothing-at-all' });
  const socket = connect(Number(port), hostname);
  onTestFinished(() => void socket.destroy());
  let answer = '';
  socket.on('data', (text: Buffer) => (answer += text.toString()));
  const head = ['POST /api/v1/sessions HTTP/1.1', 'Host: dukao', 'Content-Type: application/json'];
  socket.write([...head, `Content-Length: ${body.length}`, '', body.slice(0, 10)].join('\r\n'));
  await once(socket, 'ready');
  return {
    async sendTheRest() {
      socket.write(body.slice(10));
      await eventually(() => (answer === '' ? null : answer), 'the answer');
      return answer.split('\r\n', 1)[0];
    },
  };
}

const readiness = async (city: ProductionCity) => {
  const answer = await fetch(new URL('/readyz', city.address()));
  return { status: answer.status, body: (await answer.json()) as { checks: Record<string, string> } };
};

/** Whoever can be connected to is accepted. */
const isRefused = async (city: ProductionCity) =>
  await fetch(new URL('/livez', city.address())).then(
    () => false,
    () => true,
  );

test('a server that is told to end is not ready first, then accepts nobody, serves what is under way, and ends', async () => {
  const city = await productionCity();
  const server = await city.startServer();
  const officer = await city.someone(await createUnit(city.db), { role: 'supervision_officer' });
  expect(await readiness(city)).toMatchObject({ status: 200, body: { checks: { serving: 'ok' } } });
  const half = await halfARequest(city);

  server.signal('SIGTERM');
  const left = await eventually(async () => {
    const now = await readiness(city);
    return now.status === 503 ? now : null;
  }, 'the server is not ready');
  expect(left.body.checks).toMatchObject({ serving: 'failed', postgres: 'ok', temporal: 'ok' });
  // Whoever has not looked yet is still served.
  expect((await officer.client.get('/me')).status).toBe(200);

  await eventually(async () => (await isRefused(city)) || null, 'nobody is accepted any more', 10_000);
  expect(await half.sendTheRest()).toBe('HTTP/1.1 401 Unauthorized');
  expect(await server.ended).toMatchObject({ code: 0, said: '' });
  await city.ends();
});

test(
  'told a second time, a server and a worker end at once, whatever they are at; the next ones go on with it',
  { timeout: 180_000 },
  async () => {
    const city = await productionCity();
    const [server, worker] = await Promise.all([city.startServer(), city.startWorker()]);
    const { officer, unit, reporter } = await usualPeople(city);
    const due_on = addDays(localDateOf(wallNow()), 60);
    const item = await underWay(city, officer, reporter, { due_on, lead_unit_id: unit.id });
    const report = [{ percent: 40, text: '路基完成一半' }, { key: 'the-report' }] as const;
    const { promise: enough, resolve: letThemWrite } = Promise.withResolvers<void>();
    const holding = city.db.transaction().execute(async (tx) => {
      await sql`lock table process_event in share mode`.execute(tx);
      await enough;
    });
    const unanswered = item.send(reporter, 'report-progress', ...report).catch(() => null);
    await eventually(
      async () => {
        const waiting =
          await sql`select 1 from pg_locks where not granted and relation = 'process_event'::regclass`.execute(
            city.db,
          );
        return waiting.rows[0];
      },
      'the worker is at it',
      30_000,
    );

    const from = performance.now();
    // Until it is heard: one that comes together with the first is as good as none.
    const again = setInterval(() => {
      for (const program of [server, worker]) program.signal('SIGINT');
    }, 100);
    expect(await server.ended).toMatchObject({ code: 1 });
    expect(await worker.ended).toMatchObject({ code: 1 });
    clearInterval(again);
    // Sooner than the server would have stopped accepting.
    expect(performance.now() - from).toBeLessThan(2_500);
    letThemWrite();
    await holding;
    expect(await unanswered).toBeNull();

    await Promise.all([city.startServer(), city.startWorker()]);
    await eventually(
      async () => ((await item.send(reporter, 'report-progress', ...report)).status === 200 ? true : null),
      'the report is taken',
      60_000,
    );
    expect(await item.events()).toEqual(['created', 'assigned', 'acknowledged', 'progress_reported']);
    await city.ends();
  },
);
