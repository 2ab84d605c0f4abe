/** The peers on the axes of bench/main.ts. First each has to show that it does what it is measured for. */
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type pg from 'pg';
import { inFlight, median, perSecond, quantile } from '../statistics.ts';
import { given, levels, type Peer, type Step } from './peer.ts';
import { openPgBoss } from './pg-boss.ts';
import { openPolledTable } from './polled-table.ts';

/** Per second, and milliseconds. */
export type PeerFigures = {
  readonly created: number;
  readonly aloneP50: number;
  readonly aloneP99: number;
  readonly togetherP50: number;
  readonly togetherP99: number;
  readonly storm: number;
  readonly bigStorm: number;
  readonly idle: number;
};
export type Peers = { readonly pgBoss: PeerFigures; readonly polledTable: PeerFigures };

export type PeerSizes = Readonly<
  Record<'created' | 'alone' | 'together' | 'deadlines' | 'manyDeadlines' | 'idle', number>
>;

const NINETY_DAYS = 90 * 24 * 60 * 60 * 1000;
const AT_ONCE = 20;

export async function measurePeers(
  databaseUrl: (name: string) => Promise<string>,
  sizes: PeerSizes,
): Promise<Peers> {
  // One after the other: each has the machine for itself, as Dukao has.
  const pgBoss = await measure(await openPgBoss(await databaseUrl('peer_pg_boss')), sizes);
  const polledTable = await measure(await openPolledTable(await databaseUrl('peer_polled')), sizes);
  return { pgBoss, polledTable };
}

type Open = Peer & { readonly pool: pg.Pool };

async function measure(peer: Open, sizes: PeerSizes): Promise<PeerFigures> {
  try {
    await show(peer);
    const far = () => ladder(Date.now() + NINETY_DAYS, 60_000);
    const batch = randomUUID();
    const create = (index: number) => peer.list(`${batch}/${index}`, far());
    await inFlight(20, AT_ONCE, (index) => peer.list(`${batch}/warm/${index}`, far()));
    const created = await perSecond(sizes.created, () => inFlight(sizes.created, AT_ONCE, create));
    const report = (_: number, lane: number) => peer.report(`${batch}/${lane}`, 'text of a report');
    await inFlight(40, AT_ONCE, report);
    const alone = await inFlight(sizes.alone, 1, report);
    const together = await inFlight(sizes.together, AT_ONCE, report);
    const idle: number[] = [];
    for (let n = 0; n < sizes.idle; n += 1) idle.push(await lateness(peer));
    return {
      created,
      aloneP50: median(alone),
      aloneP99: quantile(alone, 0.99),
      togetherP50: median(together),
      togetherP99: quantile(together, 0.99),
      storm: await storm(peer, sizes.deadlines),
      bigStorm: await storm(peer, sizes.manyDeadlines),
      idle: median(idle),
    };
  } finally {
    await peer.close();
  }
}

const ladder = (from: number, every: number): Step[] =>
  levels.map((level, index) => ({ level, at: from + index * every }));

/** The bell rings, the extension takes what comes after it back, and the new ladder is walked to its end. */
async function show(peer: Open): Promise<void> {
  const id = `shown/${randomUUID()}`;
  await peer.list(id, ladder(Date.now() + 200, 2_500));
  await until(async () => (await given(peer.pool, id, 'bell')) === 1);
  await peer.extend(id, ladder(Date.now() + 3_000, 200));
  await pause(2_700);
  if ((await given(peer.pool, id, 'yellow_card')) !== 0) throw new Error('a card in spite of the extension');
  await until(async () => (await given(peer.pool, id, 'red_card')) === 1);
  const counts = await Promise.all(levels.map((level) => given(peer.pool, id, level)));
  if (counts.join() !== '2,1,1') throw new Error(`bells, yellow and red cards: ${counts.join()}`);
}

/** The last step of each falls at one instant. */
async function storm(peer: Open, n: number): Promise<number> {
  const batch = `storm/${randomUUID()}`;
  const due = Date.now() + 2_000 + n * 4;
  await inFlight(n, AT_ONCE, (index) => peer.list(`${batch}/${index}`, [{ level: 'red_card', at: due }]));
  const left = due - Date.now();
  if (left < 0) throw new Error(`the starts took ${-left} ms too long for one instant`);
  await pause(left);
  await until(async () => (await given(peer.pool, batch, 'red_card')) === n, 20);
  return n / ((Date.now() - due) / 1000);
}

async function lateness(peer: Open): Promise<number> {
  const id = `idle/${randomUUID()}`;
  // At any moment between two looks.
  const due = Math.ceil(Date.now() + 600 + Math.random() * 500);
  await peer.list(id, [{ level: 'red_card', at: due }]);
  await pause(due - Date.now());
  await until(async () => (await given(peer.pool, id, 'red_card')) === 1, 1);
  return Date.now() - due;
}

async function until(come: () => Promise<boolean>, everyMs = 20): Promise<void> {
  const from = Date.now();
  while (!(await come())) {
    if (Date.now() - from > 60_000) throw new Error('it does not come');
    await pause(everyMs);
  }
}
