/** A line between two programs that can break, fall silent and be slow, and be whole again. */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export type Fault =
  /** Connections break, and none can be made. */
  | { readonly is: 'broken' }
  /** Nothing gets through and nobody is told; what was sent meanwhile comes afterwards, as TCP sends it again. */
  | { readonly is: 'silent' }
  /** Everything takes this much longer, each way. */
  | { readonly is: 'slow'; readonly ms: number };

export type FaultyLine = {
  readonly port: number;
  readonly becomes: (fault: Fault | null) => void;
  readonly stop: () => Promise<void>;
};

/** @param to `host:port`. */
export async function startLine(to: string): Promise<FaultyLine> {
  const [host = '127.0.0.1', port] = to.split(':');
  const open = new Set<Socket>();
  let fault: Fault | null = null;
  let held: (() => void)[] = [];
  /** In its turn, whatever the line was like when it was sent. */
  const carry = (from: Socket, into: Socket) => {
    let before = Promise.resolve();
    const whole = () => new Promise<void>((resolve) => held.push(resolve));
    const way = async () => {
      if (fault?.is === 'slow') {
        const { ms } = fault;
        await new Promise((resolve) => setTimeout(resolve, ms));
      }
      while (fault?.is === 'silent') await whole();
    };
    const inTurn = (work: () => void) => {
      const arrived = way();
      before = before.then(() => arrived).then(work);
    };
    from.on('data', (chunk: Buffer) => inTurn(() => void into.write(chunk)));
    from.on('end', () => inTurn(() => void into.end()));
    from.on('error', () => into.destroy());
    from.on('close', () => {
      open.delete(from);
      inTurn(() => void into.destroy());
    });
  };
  const server = createServer({ allowHalfOpen: true }, (client) => {
    if (fault?.is === 'broken') return void client.destroy();
    const upstream = connect({ host, port: Number(port), allowHalfOpen: true });
    for (const socket of [client, upstream]) {
      open.add(socket);
      socket.setNoDelay(true);
    }
    carry(client, upstream);
    carry(upstream, client);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const becomes = (next: Fault | null) => {
    fault = next;
    if (next?.is === 'broken') for (const socket of open) socket.destroy();
    if (next?.is !== 'silent') {
      for (const go of held) go();
      held = [];
    }
  };
  return {
    port: (server.address() as AddressInfo).port,
    becomes,
    async stop() {
      becomes({ is: 'broken' });
      server.close();
      await once(server, 'close');
    },
  };
}
