/** What a server or a worker cannot start without: each missing thing is one sentence and exit code 1. */
import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import { productionCity } from './production.ts';

/** Nobody listens on it, and nobody may. */
const nowhere = '127.0.0.1:1';
const programs = ['server.ts', 'worker.ts'] as const;

/** One sentence, and nothing of where in the code it came from. */
const sentence = (words: string) => expect.stringMatching(new RegExp(`^${words}[^\\n]*\\n$`));

test('where nobody answers at TEMPORAL_ADDRESS, server and worker say so in one sentence and end', async () => {
  const city = await productionCity();
  const ends = await Promise.all(
    programs.map((program) => city.tryToStart(program, { TEMPORAL_ADDRESS: nowhere })),
  );
  const said = sentence(`The Temporal server of TEMPORAL_ADDRESS \\(${nowhere}\\) does not answer: `);
  expect(ends).toEqual([
    { code: 1, said },
    { code: 1, said },
  ]);
});

test('where TEMPORAL_NAMESPACE names none that there is, server and worker say so in one sentence and end', async () => {
  const city = await productionCity();
  const ends = await Promise.all(
    programs.map((program) => city.tryToStart(program, { TEMPORAL_NAMESPACE: 'dukoa' })),
  );
  const said = sentence('The Temporal server has no namespace "dukoa" \\(TEMPORAL_NAMESPACE\\): make it ');
  expect(ends).toEqual([
    { code: 1, said },
    { code: 1, said },
  ]);
});

test('where nobody answers at DATABASE_URL, server and worker say so in one sentence without its password, and end', async () => {
  const city = await productionCity();
  const DATABASE_URL = `postgres://dukao:geheim@${nowhere}/dukao`;
  const ends = await Promise.all(programs.map((program) => city.tryToStart(program, { DATABASE_URL })));
  const said = sentence('The database of DATABASE_URL does not answer: .*ECONNREFUSED');
  expect(ends).toEqual([
    { code: 1, said },
    { code: 1, said },
  ]);
  expect(JSON.stringify(ends)).not.toContain('geheim');
});

test.each(['PORT', 'METRICS_PORT'])(
  'a %s that another program has is named by the server in one sentence',
  async (name) => {
    const city = await productionCity();
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    onTestFinished(() => void other.close());
    const { port } = other.address() as AddressInfo;
    expect(await city.tryToStart('server.ts', { [name]: String(port) })).toEqual({
      code: 1,
      said: `Port ${port} on 127.0.0.1 is used by another program. Stop it, or set ${name} to another port.\n`,
    });
  },
);
