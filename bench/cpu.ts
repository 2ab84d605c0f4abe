/** Where the time goes: processor time by what it is spent on, from /proc. Nothing where there is no /proc. */
import { readdir, readFile } from 'node:fs/promises';
import { markdown } from './report.ts';

export const spenders = [
  'Node: API, worker, senders',
  'Temporal server',
  'PostgreSQL for Temporal',
  'PostgreSQL for rows',
  'PostgreSQL itself',
] as const;
type Spender = (typeof spenders)[number];

/** Milliseconds of processor time for one piece of work. */
export type Spent = Readonly<Record<Spender, number>>;
export type Spending = { readonly what: string; readonly bare: Spent | null; readonly ours: Spent | null };

/** The kernel counts in hundredths of a second. */
const TICK_MS = 10;

/** @returns what the work gives, and what each of its pieces cost; null where it cannot be told. */
export async function spentOn<T>(
  pieces: number,
  work: () => Promise<T>,
): Promise<{ readonly result: T; readonly spent: Spent | null }> {
  const before = await usedByNow();
  const result = await work();
  const after = await usedByNow();
  if (before.size === 0) return { result, spent: null };
  const spent: Record<Spender, number> = {
    'Node: API, worker, senders': 0,
    'Temporal server': 0,
    'PostgreSQL for Temporal': 0,
    'PostgreSQL for rows': 0,
    'PostgreSQL itself': 0,
  };
  // A connection that ended meanwhile is left out.
  for (const [pid, { spender, milliseconds }] of after)
    spent[spender] += (milliseconds - (before.get(pid)?.milliseconds ?? 0)) / pieces;
  return { result, spent };
}

type Used = { readonly spender: Spender; readonly milliseconds: number };

/** By process. */
async function usedByNow(): Promise<ReadonlyMap<number, Used>> {
  const used = new Map<number, Used>();
  if (process.platform !== 'linux') return used;
  for (const { pid, milliseconds } of await descendants()) {
    const spender = pid === process.pid ? spenders[0] : spenderOf(await titleOf(pid));
    if (spender !== null) used.set(pid, { spender, milliseconds });
  }
  return used;
}

function spenderOf(title: string): Spender | null {
  if (/temporal-server|^temporal /.test(title)) return 'Temporal server';
  // `postgres: user database address(port) state`
  const database = /^postgres: \S+ (\S+) \S+\(\d+\)/.exec(title)?.[1];
  if (database !== undefined)
    return database.startsWith('temporal') ? 'PostgreSQL for Temporal' : 'PostgreSQL for rows';
  return /postgres/.test(title) ? 'PostgreSQL itself' : null;
}

type Running = { readonly pid: number; readonly parent: number; readonly milliseconds: number };

async function descendants(): Promise<readonly Running[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const all = new Map<number, Running>();
  for (const pid of pids) {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
    // After the name, which may hold anything: state, parent, …; user and system time are the 12th and 13th.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (stat === '') continue;
    const ticks = Number(fields[11]) + Number(fields[12]);
    all.set(pid, { pid, parent: Number(fields[1]), milliseconds: ticks * TICK_MS });
  }
  const ours = (one: Running | undefined): boolean =>
    one !== undefined && (one.pid === process.pid || ours(all.get(one.parent)));
  return [...all.values()].filter(ours);
}

const titleOf = async (pid: number): Promise<string> =>
  (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).replaceAll('\0', ' ').trim();

export function spendingText(all: readonly Spending[]): string {
  const known = all.filter(({ bare, ours }) => bare !== null && ours !== null);
  if (known.length === 0) return '';
  const cell = (spent: Spent | null, spender: Spender) => (spent?.[spender] ?? 0).toFixed(1);
  const sum = (spent: Spent | null) =>
    spenders.reduce((total, spender) => total + (spent?.[spender] ?? 0), 0).toFixed(1);
  return `**Where the time goes: milliseconds of processor time for one piece, bare / Dukao**\n\n${markdown(
    ['what', ...spenders, 'in all'],
    ['---', ...spenders.map(() => '--:'), '--:'],
    known.map(({ what, bare, ours }) => [
      what,
      ...spenders.map((spender) => `${cell(bare, spender)} / ${cell(ours, spender)}`),
      `${sum(bare)} / ${sum(ours)}`,
    ]),
  )}`;
}
