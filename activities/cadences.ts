/** What a cadence does, once for the day it works for, and how that shows. */
import { Context } from '@temporalio/activity';
import { beginRun, endRun, keepReport } from '../db/cadence-runs.ts';
import type { Db } from '../db/client.ts';
import { wallNow, type Clock } from '../db/clock.ts';
import { closeMonth, monthsToClose } from '../db/period-close.ts';
import { isWorkingWeek, remindOfSelfCheck } from '../db/self-check.ts';
import { monthBefore, weekOf, type CadenceName } from '../domain/cadence.ts';
import { localDateOf, type Instant, type LocalDate } from '../domain/time.ts';
import { audit, type Findings } from './auditing.ts';
import type { Oversight } from './oversight.ts';
import { beginLost, reconcile } from './reconciling.ts';

export type Cadences = {
  /** Made again, it does nothing twice. */
  runCadence(run: {
    readonly run_id: string;
    readonly name: CadenceName;
    readonly date: LocalDate | null;
  }): Promise<void>;
};

export type CadenceSurroundings = {
  readonly db: Db;
  readonly clock: Clock;
  readonly oversight: Oversight;
  /** Somebody may have to be told: the outbox is looked through. */
  readonly tellLeft: () => Promise<void>;
};

const BEAT_MS = 10_000;

export const createCadences = ({ db, clock, oversight, tellLeft }: CadenceSurroundings): Cadences => ({
  async runCadence({ run_id: id, name, date }) {
    const context = Context.current();
    const goOn = () => context.cancellationSignal.throwIfAborted();
    const at = await clock.now();
    const for_date = await beginRun(db, {
      id,
      name,
      for_date: date ?? localDateOf(at),
      at: wallNow(),
    });
    const found = async (kind: 'audit' | 'reconcile', { faults, numbers, anchor = null }: Findings) => {
      await keepReport(db, { run_id: id, kind, at, made_at: wallNow(), faults, anchor });
      return { ...numbers, found: faults.length, left: faults.filter(({ mended }) => !mended).length };
    };
    const around = { db, clock, oversight, goOn };
    const works: Readonly<Record<CadenceName, () => Promise<Readonly<Record<string, number>>>>> = {
      weekly_self_check: async () => ({ reminded: await remind(db, for_date, at) }),
      monthly_close: async () => ({ units: await close(db, for_date, at) }),
      audit: async () => found('audit', await audit(around)),
      reconcile: async () => found('reconcile', await reconcile(around)),
      start_lost: async () => ({ begun: await beginLost(around, oversight.begin) }),
    };
    const beats = setInterval(() => context.heartbeat(), BEAT_MS);
    try {
      const numbers = await works[name]();
      await endRun(db, id, { outcome: 'done', numbers, at: wallNow() });
    } catch (error) {
      await endRun(db, id, { outcome: 'failed', numbers: {}, at: wallNow() });
      throw error;
    } finally {
      clearInterval(beats);
    }
    await tellLeft();
  },
});

/** A week that is over, or has not begun, is nobody's to be reminded of. */
async function remind(db: Db, date: LocalDate, at: Instant): Promise<number> {
  const week = weekOf(date);
  if (week !== weekOf(localDateOf(at)) || !(await isWorkingWeek(db, week))) return 0;
  return remindOfSelfCheck(db, week, at);
}

/** A month that is not over cannot be closed. One whose own day was missed is closed with the next. */
async function close(db: Db, date: LocalDate, at: Instant): Promise<number> {
  const asked = monthBefore(date);
  if (asked.ends > at) return 0;
  let units = 0;
  for (const month of await monthsToClose(db, asked)) units += await closeMonth(db, month, at);
  return units;
}
