import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { CannotStart } from '../../embedded/cannot-start.ts';
import { PortBook, isFree, requireFree } from '../../embedded/ports.ts';
import { openStateFolder } from '../../embedded/state-folder.ts';
import { temporaryHome } from './temporary-home.ts';

const silent = () => undefined;

async function occupiedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

describe('the state folder', () => {
  test('belongs to one start at a time', async () => {
    const home = temporaryHome();
    const first = await openStateFolder(home, silent);
    await expect(openStateFolder(home, silent)).rejects.toThrow(CannotStart);
    first.close();
    (await openStateFolder(home, silent)).close();
  });

  test('keeps its keys, readable by their owner alone', async () => {
    const home = temporaryHome();
    const first = await openStateFolder(home, silent);
    const { keys } = first;
    first.close();
    const second = await openStateFolder(home, silent);
    onTestFinished(() => second.close());
    expect(second.keys).toEqual(keys);
    expect(keys.phone_key).toMatch(/^local-1:[A-Za-z0-9+/]{43}=$/);
    expect(statSync(join(home, 'keys.json')).mode & 0o777).toBe(0o600);
  });

  test('with damaged keys refuses instead of making new ones', async () => {
    const home = temporaryHome();
    writeFileSync(join(home, 'keys.json'), '{"phone_key":');
    await expect(openStateFolder(home, silent)).rejects.toThrow(/keys\.json is damaged/);
  });

  test('begins anew when asked', async () => {
    const home = temporaryHome();
    mkdirSync(join(home, 'evidence'));
    const first = await openStateFolder(home, silent);
    first.close();
    const second = await openStateFolder(home, silent, { fresh: true });
    onTestFinished(() => second.close());
    expect(second.keys).not.toEqual(first.keys);
    expect(() => statSync(join(home, 'evidence'))).toThrow(/ENOENT/);
  });

  test('is looked at by its owner alone, and touched only when what must hold before holds', async () => {
    const home = temporaryHome();
    mkdirSync(join(home, 'evidence'));
    const before = () => Promise.reject(new CannotStart('the port is used'));
    const first = await openStateFolder(home, silent);
    await expect(openStateFolder(home, silent, { before })).rejects.toThrow('Another start already uses');
    first.close();
    await expect(openStateFolder(home, silent, { fresh: true, before })).rejects.toThrow('the port is used');
    expect(statSync(join(home, 'evidence')).isDirectory()).toBe(true);
    (await openStateFolder(home, silent)).close();
  });

  test('never ends a process that only has the pid of one it started', async () => {
    const home = temporaryHome();
    const member = { name: 'postgres', pid: process.pid, startedAt: 'another/1', stopSignal: 'SIGKILL' };
    writeFileSync(join(home, 'processes.json'), JSON.stringify([member]));
    const said: string[] = [];
    const state = await openStateFolder(home, (line) => said.push(line));
    onTestFinished(() => state.close());
    expect(said).toEqual([]);
    expect(JSON.parse(readFileSync(join(home, 'processes.json'), 'utf8'))).toEqual([]);
  });

  test('tells other tools where things are while it runs, and no longer', async () => {
    const home = temporaryHome();
    const state = await openStateFolder(home, silent);
    state.writeRunning({
      base_url: 'http://127.0.0.1:3000',
      temporal_address: '127.0.0.1:7233',
      temporal_namespace: 'dukao',
      temporal_ui_url: null,
      database_url: 'postgres://127.0.0.1/dukao',
      phones_url: null,
    });
    const file = join(home, 'running.json');
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ base_url: 'http://127.0.0.1:3000' });
    state.close();
    expect(() => statSync(file)).toThrow(/ENOENT/);
  });
});

describe('ports', () => {
  test('are kept by name while they are free, and another one is taken when not', async () => {
    const file = join(temporaryHome(), 'ports.json');
    const port = await new PortBook(file).take('postgres');
    expect(await new PortBook(file).take('postgres')).toBe(port);
    writeFileSync(file, JSON.stringify({ postgres: await occupiedPort() }));
    const other = await new PortBook(file).take('postgres');
    expect(await isFree(other)).toBe(true);
  });

  test('one that is used is named, with the setting that changes it', async () => {
    const port = await occupiedPort();
    await expect(requireFree('PORT', port, '127.0.0.1')).rejects.toThrow(
      `Port ${port} on 127.0.0.1 is used by another program. Stop it, or set PORT to another port.`,
    );
    await requireFree('PORT', 0, '127.0.0.1');
  });
});
