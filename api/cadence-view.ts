/** A run of a cadence as it is shown, and as it is asked for. */
import { Type } from 'typebox';
import { runOf, type Run } from '../db/cadence-runs.ts';
import type { Db } from '../db/client.ts';
import { cadences, type CadenceName } from '../domain/cadence.ts';
import { localDateOf, parseLocalDate, rfc3339, type LocalDate } from '../domain/time.ts';
import type { AppDeps } from './deps.ts';
import { ApiProblem, noWorker } from './problem.ts';
import { closed, DateOnly, named, nullable, oneOf, Timestamp, Uuid } from './schemas.ts';

export const Numbers = Type.Record(Type.String(), Type.Number());

export const CadenceRun = named(
  'CadenceRun',
  closed({
    id: Uuid,
    name: oneOf(cadences),
    for: DateOnly,
    started_at: Timestamp,
    ended_at: nullable(Timestamp),
    outcome: oneOf({ running: '进行中', done: '完成', failed: '失败，将再试' }),
    numbers: Numbers,
  }),
);

export const runView = ({ id, name, for_date, started_at, ended_at, outcome, numbers }: Run) => ({
  id,
  name,
  for: for_date,
  started_at: rfc3339(started_at),
  ended_at: ended_at === null ? null : rfc3339(ended_at),
  outcome,
  numbers,
});

/** What the day means to each of them: only two work for it. */
export const RunAsked = closed({
  for: Type.Optional(
    Type.String({
      format: 'date',
      description:
        '为哪一天；不填则为今天。月度结转结到这一天之前的一个月，周自查提醒只在本周之内；审计、核对、补启动总是按此刻办理，日期只说明补的是哪一次',
    }),
  ),
});

/** Today's when no day is given; a day that has not come has nothing to work on. */
export async function dayOf(
  { clock }: Pick<AppDeps, 'clock'>,
  { for: given }: { for?: string | undefined },
): Promise<LocalDate> {
  const today = localDateOf(await clock.now());
  const date = given === undefined ? today : (parseLocalDate(given) ?? today);
  if (date <= today) return date;
  const detail = `日期尚未到来，最晚为今天（${today}）。`;
  throw new ApiProblem('invalid_request', detail, { errors: [{ pointer: '/for', detail, in: 'body' }] });
}

export async function run(
  { db, processes }: Pick<AppDeps, 'db' | 'processes'> & { readonly db: Db },
  name: CadenceName,
  date: LocalDate,
  commandId: string,
): Promise<Run> {
  const row = await runOf(db, await processes.runCadence(name, date, commandId));
  // Taken in, and no worker has begun it.
  if (row === undefined) throw noWorker();
  return row;
}
