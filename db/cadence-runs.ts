/** The runs of the cadences, and what the auditor and the reconciler reported. Their times are the wall's. */
import { sql } from 'kysely';
import type { Anchor } from '../domain/auditor.ts';
import type { CadenceName } from '../domain/cadence.ts';
import type { Instant, LocalDate } from '../domain/time.ts';
import { stamp, type Db } from './client.ts';
import type { Database } from './tables.ts';

export type Fault = { readonly what: string; readonly mended: boolean };
export type ReportKind = Database['audit_report']['kind'];

/** Begun, or begun again after a worker died in it. @returns the day for which it works, which stays as it was first. */
export async function beginRun(
  db: Db,
  run: {
    readonly id: string;
    readonly name: CadenceName;
    readonly for_date: LocalDate;
    readonly at: Instant;
  },
): Promise<LocalDate> {
  const { for_date } = await db
    .insertInto('cadence_run')
    .values({
      id: run.id,
      name: run.name,
      for_date: run.for_date,
      started_at: stamp(run.at),
      outcome: 'running',
      numbers: '{}',
    })
    .onConflict((conflict) => conflict.column('id').doUpdateSet({ outcome: 'running', ended_at: null }))
    .returning('for_date')
    .executeTakeFirstOrThrow();
  return for_date;
}

export async function endRun(
  db: Db,
  id: string,
  ended: {
    readonly outcome: 'done' | 'failed';
    readonly numbers: Readonly<Record<string, number>>;
    readonly at: Instant;
  },
): Promise<void> {
  await db
    .updateTable('cadence_run')
    .set({ outcome: ended.outcome, numbers: JSON.stringify(ended.numbers), ended_at: stamp(ended.at) })
    .where('id', '=', id)
    .execute();
}

export const runOf = (db: Db, id: string) =>
  db.selectFrom('cadence_run').selectAll().where('id', '=', id).executeTakeFirst();
export type Run = NonNullable<Awaited<ReturnType<typeof runOf>>>;

/** The newest first. */
export const runsOf = (
  db: Db,
  name: CadenceName,
  { limit, before }: { readonly limit: number; readonly before: readonly string[] | null },
): Promise<Run[]> =>
  db
    .selectFrom('cadence_run')
    .selectAll()
    .where('name', '=', name)
    .$if(before !== null, (query) =>
      query.where(
        sql<boolean>`(started_at, id) < (to_timestamp(${before?.[0] ?? '0'}::numeric / 1000), cast(${before?.[1] ?? ''} as uuid))`,
      ),
    )
    .orderBy('started_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();

/** Of each cadence the last one. */
export async function lastRuns(db: Db): Promise<ReadonlyMap<CadenceName, Run>> {
  const rows = await db
    .selectFrom('cadence_run')
    .distinctOn('name')
    .selectAll()
    .orderBy('name')
    .orderBy('started_at', 'desc')
    .orderBy('id', 'desc')
    .execute();
  return new Map(rows.map((row) => [row.name, row]));
}

const MOST_FAULTS = 1_000;

export async function keepReport(
  db: Db,
  report: {
    readonly run_id: string;
    readonly kind: ReportKind;
    readonly at: Instant;
    readonly made_at: Instant;
    readonly faults: readonly Fault[];
    readonly anchor?: Anchor | null;
  },
): Promise<void> {
  const { run_id, kind, faults, anchor = null } = report;
  // What could not be put right comes first: it is what somebody has to read.
  const first = faults.toSorted((a, b) => Number(a.mended) - Number(b.mended)).slice(0, MOST_FAULTS);
  const row = {
    at: stamp(report.at),
    made_at: stamp(report.made_at),
    found: faults.length,
    mended: faults.filter(({ mended }) => mended).length,
    faults: JSON.stringify(first),
    anchor: anchor === null ? null : JSON.stringify(anchor),
  };
  await db
    .insertInto('audit_report')
    .values({ run_id, kind, ...row })
    .onConflict((conflict) => conflict.column('run_id').doUpdateSet(row))
    .execute();
}

const reports = (db: Db) =>
  db
    .selectFrom('audit_report')
    .innerJoin('cadence_run', 'cadence_run.id', 'audit_report.run_id')
    .select([
      'audit_report.run_id as id',
      'audit_report.kind',
      'audit_report.at',
      'audit_report.made_at',
      'audit_report.found',
      'audit_report.mended',
      'cadence_run.for_date',
      'cadence_run.started_at',
      'cadence_run.ended_at',
      'cadence_run.outcome',
      'cadence_run.numbers',
    ]);
export type Report = Awaited<ReturnType<ReturnType<typeof reports>['execute']>>[number];

export const auditReports = (
  db: Db,
  {
    kind,
    limit,
    before,
  }: { readonly kind?: ReportKind; readonly limit: number; readonly before: readonly string[] | null },
): Promise<Report[]> =>
  reports(db)
    .$if(kind !== undefined, (query) => query.where('audit_report.kind', '=', kind ?? 'audit'))
    .$if(before !== null, (query) =>
      query.where(
        sql<boolean>`(audit_report.made_at, run_id) < (to_timestamp(${before?.[0] ?? '0'}::numeric / 1000), cast(${before?.[1] ?? ''} as uuid))`,
      ),
    )
    .orderBy('audit_report.made_at', 'desc')
    .orderBy('run_id', 'desc')
    .limit(limit)
    .execute();

export const auditReport = (db: Db, id: string) =>
  reports(db)
    .select(['audit_report.faults', 'audit_report.anchor'])
    .where('run_id', '=', id)
    .executeTakeFirst();

/** The last audit, or reconciliation, that came to its end, and how many faults it could not put right. */
export async function lastOf(
  db: Db,
  kind: ReportKind,
): Promise<{ readonly ended_at: Instant; readonly left: number } | null> {
  const row = await db
    .selectFrom('cadence_run')
    .innerJoin('audit_report', 'audit_report.run_id', 'cadence_run.id')
    .select(['cadence_run.ended_at', 'found', 'mended'])
    .where('name', '=', kind)
    .where('outcome', '=', 'done')
    .orderBy('started_at', 'desc')
    .orderBy('cadence_run.id', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row?.ended_at == null ? null : { ended_at: row.ended_at, left: row.found - row.mended };
}
