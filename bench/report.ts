/** The table of a run, for the terminal and for RESULTS.md. */
import { cpus, loadavg, release, totalmem } from 'node:os';
import { sql } from 'kysely';
import clientPackage from '@temporalio/client/package.json' with { type: 'json' };
import type { Ground } from './ground.ts';

export type Line = {
  readonly what: string;
  readonly unit: string;
  readonly bare: number;
  readonly ours: number;
  /** `atLeast`: more is better; `atMost`: less is better. */
  readonly aim?: { readonly atLeast: number } | { readonly atMost: number };
};

export type Surroundings = { readonly machine: string; readonly versions: string };

export async function surroundingsOf({ db, temporalVersion }: Ground): Promise<Surroundings> {
  const { rows } = await sql<{ server_version: string }>`show server_version`.execute(db);
  const [cpu] = cpus();
  const memory = (totalmem() / 1024 ** 3).toFixed(1);
  return {
    machine: `${cpus().length} × ${cpu?.model.trim() ?? 'CPU'}, ${memory} GiB, ${process.platform} ${release()}`,
    versions: `Node ${process.versions.node}, Temporal server ${temporalVersion}, SDK ${clientPackage.version}, PostgreSQL ${rows[0]?.server_version ?? ''}`,
  };
}

const figure = (value: number): string =>
  value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);

export function table(lines: readonly Line[]): string {
  const cells = lines.map(({ what, unit, bare, ours, aim }) => {
    const ratio = ours / bare;
    const wanted = aim === undefined ? '' : 'atLeast' in aim ? `≥ ${aim.atLeast}` : `≤ ${aim.atMost}`;
    return [
      what,
      unit,
      figure(bare),
      figure(ours),
      ratio.toFixed(2),
      wanted,
      aim === undefined ? '' : isMet(ratio, aim) ? 'met' : 'missed',
    ];
  });
  const rows = [
    ['what', 'unit', 'bare Temporal', 'Dukao', 'ratio', 'aim', ''],
    ['---', '---', '--:', '--:', '--:', '---', '---'],
    ...cells,
  ];
  return rows.map((row) => `| ${row.join(' | ')} |`).join('\n');
}

const isMet = (ratio: number, aim: NonNullable<Line['aim']>): boolean =>
  'atLeast' in aim ? ratio >= aim.atLeast : ratio <= aim.atMost;

export const load = (): string =>
  loadavg()
    .map((value) => value.toFixed(2))
    .join(', ');
