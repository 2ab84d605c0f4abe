/** The tables of a run, for the terminal and for RESULTS.md. */
import { cpus, loadavg, release, totalmem } from 'node:os';
import { sql } from 'kysely';
import pgBossPackage from 'pg-boss/package.json' with { type: 'json' };
import clientPackage from '@temporalio/client/package.json' with { type: 'json' };
import type { Ground } from './ground.ts';

export type Line = {
  readonly what: string;
  readonly unit: string;
  readonly bare: number;
  readonly ours: number;
  /** `atLeast`: more is better; `atMost`: less is better. */
  readonly aim?: { readonly atLeast: number } | { readonly atMost: number };
  /** The same on pg-boss and on a polled table. */
  readonly peers?: { readonly pgBoss: number; readonly polledTable: number };
};

/** Lines of which the same two are compared; the ratio is the second divided by the first. */
export type Section = {
  readonly title: string;
  readonly heads: readonly [bare: string, ours: string];
  readonly lines: readonly Line[];
};

export type Surroundings = { readonly machine: string; readonly versions: string };

export async function surroundingsOf({ db, temporalVersion }: Ground): Promise<Surroundings> {
  const { rows } = await sql<{ server_version: string }>`show server_version`.execute(db);
  const [cpu] = cpus();
  const memory = (totalmem() / 1024 ** 3).toFixed(1);
  return {
    machine: `${cpus().length} × ${cpu?.model.trim() ?? 'CPU'}, ${memory} GiB, ${process.platform} ${release().split('-')[0]}`,
    versions: `Node ${process.versions.node}, Temporal server ${temporalVersion}, SDK ${clientPackage.version}, PostgreSQL ${rows[0]?.server_version ?? ''}, pg-boss ${pgBossPackage.version}`,
  };
}

export const figure = (value: number): string =>
  value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);

export const sectionText = ({ title, heads, lines }: Section): string =>
  `**${title}**\n\n${table(heads, lines)}`;

function table(heads: Section['heads'], lines: readonly Line[]): string {
  const withPeers = lines.some(({ peers }) => peers !== undefined);
  const cells = lines.map(({ what, unit, bare, ours, aim, peers }) => {
    const ratio = ours / bare;
    const wanted = aim === undefined ? '' : 'atLeast' in aim ? `≥ ${aim.atLeast}` : `≤ ${aim.atMost}`;
    const met = aim === undefined ? '' : isMet(ratio, aim) ? 'met' : 'missed';
    const theirs = peers === undefined ? ['', ''] : [figure(peers.pgBoss), figure(peers.polledTable)];
    const row = [what, unit, figure(bare), figure(ours), ratio.toFixed(2), wanted, met];
    return withPeers ? [...row, ...theirs] : row;
  });
  const peerHeads = withPeers ? ['pg-boss', 'polled table'] : [];
  return markdown(
    ['what', 'unit', ...heads, 'ratio', 'aim', '', ...peerHeads],
    ['---', '---', '--:', '--:', '--:', '---', '---', ...peerHeads.map(() => '--:')],
    cells,
  );
}

export const markdown = (
  heads: readonly string[],
  rule: readonly string[],
  rows: readonly (readonly string[])[],
): string => [heads, rule, ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');

const isMet = (ratio: number, aim: NonNullable<Line['aim']>): boolean =>
  'atLeast' in aim ? ratio >= aim.atLeast : ratio <= aim.atMost;

export const load = (): string =>
  loadavg()
    .map((value) => value.toFixed(2))
    .join(', ');
