import { createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { readFileSync } from 'node:fs';
import { portIsUsed } from '../cannot-start.ts';
import { CannotStart } from './cannot-start.ts';
import { writeWhole } from './whole-file.ts';

const loopback = '127.0.0.1';

/** Ports by name, kept in a file so that a stack comes back at the addresses it had, while they are free. */
export class PortBook {
  readonly #file: string;
  readonly #ports: Record<string, number>;

  constructor(file: string) {
    this.#file = file;
    this.#ports = readPorts(file);
  }

  async take(name: string): Promise<number> {
    const kept = this.#ports[name];
    const others = new Set(
      Object.entries(this.#ports).flatMap(([key, port]) => (key === name ? [] : [port])),
    );
    const port = kept !== undefined && (await isFree(kept)) ? kept : await anyFreePort(others);
    this.#ports[name] = port;
    writeWhole(this.#file, JSON.stringify(this.#ports, null, 2));
    return port;
  }
}

export function isFree(port: number, host = loopback): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/** For a port that the settings name: throws {@link CannotStart} when another program has it. */
export async function requireFree(variable: string, port: number, host: string): Promise<void> {
  if (port === 0 || (await isFree(port, host))) return;
  throw new CannotStart(portIsUsed(variable, port, host));
}

/** Below the range that kernels hand to outgoing connections, so a port cannot be taken between look and use. */
export async function anyFreePort(avoid: ReadonlySet<number> = new Set()): Promise<number> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    if (!avoid.has(port) && (await isFree(port))) return port;
  }
  throw new Error('No free port between 20000 and 32000 on 127.0.0.1');
}

/** Asks `probe` until it stops throwing; the last fault is in the message when time is up. */
export async function waitUntil<T>(
  what: string,
  probe: () => Promise<T>,
  { withinMs, everyMs = 100, giveUp }: { withinMs: number; everyMs?: number; giveUp?: () => string | null },
): Promise<T> {
  const end = performance.now() + withinMs;
  for (;;) {
    try {
      return await probe();
    } catch (error) {
      const reason = giveUp?.() ?? null;
      if (reason !== null) throw new Error(`${what}: ${reason}`, { cause: error });
      if (performance.now() > end) {
        throw new Error(`${what}: not ready within ${withinMs / 1000} s (${String(error)})`, {
          cause: error,
        });
      }
    }
    await pause(everyMs);
  }
}

function readPorts(file: string): Record<string, number> {
  try {
    const known: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (typeof known !== 'object' || known === null) return {};
    return Object.fromEntries(
      Object.entries(known).filter((entry): entry is [string, number] => Number.isInteger(entry[1])),
    );
  } catch {
    return {};
  }
}
