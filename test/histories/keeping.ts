/**
 * Keeps what the server remembers of each process of a story: `npm run record-histories`, once for every
 * release, whose version is the name of the folder. What has been recorded is never changed: whatever has
 * run in production must still replay on later code.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { workflowIdOf, type ProcessKind } from '../../workflows/client.ts';
import { historyOf } from '../../workflows/history.ts';
import type { World } from '../support/world.ts';

const manifest = await readFile(new URL('../../package.json', import.meta.url), 'utf8');
const { version } = JSON.parse(manifest) as { version: string };
const folder = join(import.meta.dirname, version);
await mkdir(folder, { recursive: true });

/** Workers are known by their pid and host. */
const withoutMachine = (_: string, value: unknown): unknown =>
  typeof value === 'string' ? value.replace(/^\d+@.*$/, 'recorded') : value;

/** Every run of a process, one event a line; nothing of the machine on which it was recorded. */
export const keep = (city: World, kind: ProcessKind, id: string, name: string): Promise<string> =>
  keepOf(city, workflowIdOf(kind, id), `${kind}-${name}`);

export async function keepOf(city: World, workflowId: string, name: string): Promise<string> {
  const history = await historyOf(city.server.client, workflowId);
  if (history === null) throw new Error(`${workflowId} has no history`);
  const { raw } = history;
  let whole = '';
  for (const [index, run] of raw.entries()) {
    const { events } = run as { events: readonly unknown[] };
    const lines = events.map((event) => JSON.stringify(event, withoutMachine));
    const file = `${name}${raw.length > 1 ? `-run-${index + 1}` : ''}.json`;
    const text = `{"events":[\n${lines.join(',\n')}\n]}\n`;
    await writeFile(join(folder, file), text, { flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
      console.log(`${version}/${file} is there already and stays as it is`);
    });
    whole += text;
  }
  return whole;
}

export const commandsIn = (names: readonly string[], history: string) =>
  names.filter((name) => history.includes(`"name":"${name}"`));
