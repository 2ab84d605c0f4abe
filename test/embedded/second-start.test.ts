/** `npm start` typed wrongly: once more on the folder and the ports of one that runs (fault 30), or beginning anew what it does not hold. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openStateFolder } from '../../embedded/state-folder.ts';
import { temporaryHome } from './temporary-home.ts';

const project = join(import.meta.dirname, '..', '..');

/** @returns how it ended, and what it said on stderr. */
async function start(settings: Readonly<Record<string, string>>, ...flags: readonly string[]) {
  const child = spawn(process.execPath, [join(project, 'start.ts'), ...flags], {
    cwd: project,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], METRICS_PORT: '0', ...settings },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (text: Buffer) => (said += text.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, said };
}

test('fault 30: with nothing changed it names the folder that is taken, and not the port that goes with it', async () => {
  const home = temporaryHome();
  const running = await openStateFolder(home, () => undefined);
  onTestFinished(() => running.close());
  const itsPort = createServer().listen(0, '127.0.0.1');
  await once(itsPort, 'listening');
  onTestFinished(() => void itsPort.close());
  const PORT = String((itsPort.address() as AddressInfo).port);

  expect(await start({ DUKAO_HOME: home, PORT })).toEqual({
    code: 1,
    said: `Another start already uses the state folder ${home}. Stop it first, or set DUKAO_HOME to another folder.\n`,
  });
  expect(await start({ DUKAO_HOME: temporaryHome(), PORT })).toEqual({
    code: 1,
    said: `Port ${PORT} on 127.0.0.1 is used by another program. Stop it, or set PORT to another port.\n`,
  });
});

test('nothing begins anew whose database or engine is not in the folder: its keys are kept', async () => {
  const home = temporaryHome();
  (await openStateFolder(home, () => undefined)).close();
  const keys = readFileSync(join(home, 'keys.json'), 'utf8');
  const given = { DATABASE_URL: 'postgres://dukao@127.0.0.1:9/dukao', TEMPORAL_ADDRESS: '127.0.0.1:9' };
  for (const [name, value] of Object.entries(given)) {
    const { code, said } = await start({ DUKAO_HOME: home, PORT: '0', [name]: value }, '--fresh');
    expect(code).toBe(1);
    expect(said).toMatch(new RegExp(`^--fresh empties the state folder and not what ${name} names, .*\\n$`));
  }
  expect(readFileSync(join(home, 'keys.json'), 'utf8')).toBe(keys);
});
