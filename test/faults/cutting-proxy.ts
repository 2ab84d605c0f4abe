/**
 * Ways to Postgres and to Temporal on which now and then an answer is lost although what was asked for
 * has been done. Nothing is lost on the way there.
 */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import type { Chance } from '../support/seeded.ts';

export type CuttingProxy = {
  readonly port: number;
  /** How often an answer was lost. */
  readonly cuts: () => number;
  /** Nothing is lost until it is told to go on. */
  readonly behave: (behaves: boolean) => void;
  readonly stop: () => Promise<void>;
};

export type Cutting = {
  readonly to: { readonly host: string; readonly port: number };
  readonly chance: Chance;
  /** Of what may be cut, how much is: 0.07. */
  readonly share: number;
  /** Sees what goes there; says whether its answer may be lost. */
  readonly isAtRisk: (chunk: Buffer, connection: object) => boolean;
  /** Sees what comes back; says whether it ends the answer. */
  readonly isAnswered: (chunk: Buffer, connection: object) => boolean;
};

export async function startCuttingProxy({
  to,
  chance,
  share,
  isAtRisk,
  isAnswered,
}: Cutting): Promise<CuttingProxy> {
  let cuts = 0;
  let behaves = false;
  const open = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(to.port, to.host);
    const connection = {};
    let doomed = false;
    const end = () => {
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) {
      open.add(socket);
      socket.setNoDelay(true);
      socket.on('error', end);
      socket.on('close', () => {
        open.delete(socket);
        end();
      });
    }
    client.on('data', (chunk: Buffer) => {
      if (isAtRisk(chunk, connection) && !behaves && chance.next() < share) doomed = true;
      upstream.write(chunk);
    });
    upstream.on('data', (chunk: Buffer) => {
      const answered = isAnswered(chunk, connection);
      if (!doomed) {
        client.write(chunk);
        return;
      }
      // Done there; here it looks as if the connection had broken.
      if (!answered) return;
      cuts += 1;
      end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    cuts: () => cuts,
    behave: (now) => {
      behaves = now;
    },
    async stop() {
      server.close();
      for (const socket of open) socket.destroy();
      await once(server, 'close');
    },
  };
}

/** The answers to commits, and to single statements that write, which are their own commit. */
export function losingCommits(databaseUrl: string, chance: Chance, share: number): Promise<CuttingProxy> {
  const { hostname, port } = new URL(databaseUrl);
  const inTransaction = new WeakSet();
  return startCuttingProxy({
    to: { host: hostname, port: Number(port) },
    chance,
    share,
    isAtRisk(chunk, connection) {
      const text = chunk.toString('latin1');
      if (/^Q....commit/is.test(text)) return true;
      return !inTransaction.has(connection) && /\b(insert into|update|delete from) "/i.test(text);
    },
    isAnswered(chunk, connection) {
      // ReadyForQuery ends every answer: `Z`, its length 5, and whether a transaction is open.
      const [kind, , , , length, status] = chunk.subarray(-6);
      if (kind !== 0x5a || length !== 5) return false;
      if (status === 0x49) inTransaction.delete(connection);
      else inTransaction.add(connection);
      return true;
    },
  });
}

/** Answers of Temporal: the connection breaks, and with it every call under way. */
export function losingAnswers(address: string, chance: Chance, share: number): Promise<CuttingProxy> {
  const [host = '127.0.0.1', port] = address.split(':');
  return startCuttingProxy({
    to: { host, port: Number(port) },
    chance,
    share,
    // The first frames settle how to talk; short ones are acknowledgements.
    isAtRisk: (chunk) => chunk.length > 100,
    isAnswered: () => true,
  });
}

export const through = (url: string, { port }: CuttingProxy): string => {
  const through = new URL(url);
  through.port = String(port);
  return through.href;
};
