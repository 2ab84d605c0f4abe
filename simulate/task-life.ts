/** A year of one indicator task: what its unit, its reviewer and its leader do, and when. */
import { nameOf, periodOf } from '../domain/deadline.ts';
import {
  addDecimals,
  compareDecimals,
  decimal,
  divideDecimals,
  multiplyDecimals,
  placesOf,
  subtractDecimals,
  type Decimal,
} from '../domain/decimal.ts';
import { defaultIndicatorRules, create, indicatorTask } from '../domain/indicator-task.ts';
import type { Command, Event, IndicatorFacts, IndicatorTask } from '../domain/indicator-task.ts';
import { startOfPeriod } from '../domain/period.ts';
import { pointsBehind } from '../domain/plan-curve.ts';
import type { Actor } from '../domain/process.ts';
import { isRefusal } from '../domain/refusal.ts';
import { addDays, deadlineDate, instantOn, localDate, localDateOf, type Instant } from '../domain/time.ts';
import type { Habits } from './habits.ts';
import { Life, type World } from './life.ts';
import { taskPolicies } from './policies.ts';

export type TaskCast = {
  readonly office: Actor;
  readonly reviewer: Actor;
  readonly leader: Actor;
  readonly unit: Actor;
  /** Somebody of the unit's leaders, who opens what is red. */
  readonly head: Actor;
};

type TaskLife = Life<IndicatorTask, Command, Event>;

export function liveTask(
  facts: IndicatorFacts,
  given: {
    readonly released: Instant;
    readonly cast: TaskCast;
    readonly habits: Habits;
    readonly world: World;
    readonly told: (event: Event, state: IndicatorTask) => void;
  },
): TaskLife {
  const { released, cast, habits, world, told } = given;
  const { calendar, chance } = world;
  const born = create(
    { facts, rules: defaultIndicatorRules, policies: taskPolicies },
    { by: cast.office, at: released, calendar },
  );
  if (isRefusal(born)) throw new Error(`${facts.number}: ${born.refusal} ${born.detail}`);
  const lag = lagOf(habits, chance);

  const life: TaskLife = new Life(indicatorTask, born, world, (event, state) => {
    told(event, state);
    react(event);
  });

  function react(event: Event): void {
    for (const { kind, due } of event.arms ?? [])
      if (nameOf(kind) === 'report') intendReport(periodOf(kind) ?? '', due);
    switch (event.type) {
      case 'acknowledged':
        if (facts.kind === 'individual' && chance.happens(habits.adjusts))
          life.plan(life.onWorkingDay(localDate(`${facts.year}-06-30`), chance.between(1, 10)), lowerTarget);
        return;
      case 'progress_reported':
        life.plan(life.atWork(chance.between(1, 4)), () => review(event.period));
        if (event.period === facts.periods.at(-1)?.id && !chance.happens(habits.forgets))
          life.plan(beforeTheYearEnds(life.atWork(chance.between(1, 3))), askForTheEnd);
        return;
      case 'adjustment_requested':
        life.plan(life.atWork(chance.between(1, 3)), () => {
          const decide = (granted: boolean) =>
            life.by(cast.leader, { command: 'decide_adjustment', granted, reason: '已核实' });
          // Too late to be granted: filed meanwhile, or its new day has passed.
          if (!decide(chance.happens(75))) decide(false);
        });
        return;
      case 'close_requested':
      case 'year_ended':
        life.plan(life.atWork(chance.between(2, 8)), assess);
        return;
      case 'warning_given':
        if (event.level === 'red_card' && event.repeat === 0) wakeUp(event);
        return;
      default:
    }
  }

  function wakeUp({ deadline, climbs }: Extract<Event, { type: 'warning_given' }>): void {
    if (climbs !== undefined && chance.happens(habits.opens_red))
      life.plan(life.atWork(0), () => life.isOpenedBy(cast.head));
    if (!chance.happens(habits.wakes)) return;
    const period = periodOf(deadline.kind);
    const name = nameOf(deadline.kind);
    if (name === 'acknowledgement') life.plan(life.atWork(chance.between(0, 2)), acknowledge);
    else if (name === 'report' && period !== null)
      life.plan(life.atWork(chance.between(0, 4)), () => report(period));
  }

  function acknowledge(): void {
    if (life.state.stage === 'assigned') life.by(cast.unit, { command: 'acknowledge' });
  }

  /** Somebody sits down to a report that has just come to be watched. */
  function intendReport(period: string, due: Instant): void {
    if (chance.happens(habits.forgets)) return;
    if (chance.happens(habits.late)) {
      life.plan(life.onWorkingDay(deadlineDate(due), chance.between(1, 8)), () => report(period));
      return;
    }
    const last = deadlineDate(due);
    if (chance.happens(habits.extensions) && period !== facts.periods.at(-1)?.id) {
      life.plan(life.onWorkingDay(last, -3), () => askForTime(period, due));
      life.plan(life.onWorkingDay(last, chance.between(-1, 3)), () => report(period));
      return;
    }
    // What is asked for on the last day of the year is filed some weeks before: there is no time after it.
    const isYearsLast = last === localDate(`${facts.year}-12-31`);
    const begins = startOfPeriod(facts.periods, period);
    const ends = facts.periods.find(({ id }) => id === period)?.ends_on ?? last;
    const from = isYearsLast ? localDate(`${facts.year}-12-04`) : ends;
    const earliest = from > begins ? from : begins;
    const today = localDateOf(life.now);
    life.plan(
      earliest >= today
        ? life.onWorkingDay(earliest, chance.between(1, 3))
        : life.atWork(chance.between(0, 1)),
      () => report(period),
    );
  }

  function report(id: string): void {
    const period = life.state.periods.find((one) => one.id === id);
    if (life.state.stage !== 'in_progress' || period === undefined) return;
    if (period.accepted !== null || period.filed !== null) return;
    life.by(cast.unit, {
      command: 'report_progress',
      period: id,
      value: valueAtLag(life.state, period.planned, Math.max(lag + chance.between(-2, lag > 0 ? 3 : 0), -5)),
      text: '按计划推进，详见台账',
      evidence_ids: Array.from({ length: chance.between(1, 2) }, (_, nth) => `${facts.number}/${id}/${nth}`),
    });
  }

  function review(period: string): void {
    const filed = life.state.periods.find(({ id }) => id === period)?.filed ?? null;
    if (filed === null || life.state.stage !== 'in_progress') return;
    if (chance.happens(habits.returned))
      life.by(cast.reviewer, { command: 'return_report', period, reasons: '数据与台账不符' });
    else life.by(cast.reviewer, { command: 'accept_report', period });
  }

  function askForTime(period: string, due: Instant): void {
    if (life.state.stage !== 'in_progress' || life.state.adjustment !== null) return;
    if (life.state.periods.some(({ id, filed, accepted }) => id === period && (filed ?? accepted) !== null))
      return;
    const due_on = addDays(deadlineDate(due), chance.between(3, 14));
    const adjustment = { kind: 'report_date', period, due_on } as const;
    life.by(cast.unit, { command: 'request_adjustment', adjustment, reason: '数据须待上级核定' });
  }

  /** Half the way beyond last year, and the plan of the open periods with it. */
  function lowerTarget(): void {
    const { state } = life;
    if (state.stage !== 'in_progress' || state.adjustment !== null || facts.baseline === null) return;
    const { value: before } = state.target;
    const places = placesOf(before) + 1;
    const value = divideDecimals(addDecimals(facts.baseline, before), decimal('2'), places);
    const way = subtractDecimals(before, facts.start_value);
    if (way === '0' || value === before) return;
    const open = state.periods.filter(({ accepted }) => accepted === null);
    const planned = Object.fromEntries(
      open.map((period, index) => [
        period.id,
        index === open.length - 1 ? value : scaledTo(value, period.planned, { way, places }),
      ]),
    );
    const adjustment = { kind: 'target', value, planned } as const;
    life.by(cast.unit, { command: 'request_adjustment', adjustment, reason: '上级计划调减' });
  }

  function scaledTo(value: Decimal, planned: Decimal, { way, places }: { way: Decimal; places: number }) {
    const share = multiplyDecimals(
      subtractDecimals(planned, facts.start_value),
      subtractDecimals(value, facts.start_value),
    );
    return addDecimals(facts.start_value, divideDecimals(share, way, places));
  }

  const beforeTheYearEnds = (at: Instant): Instant => {
    const last = instantOn(localDate(`${facts.year}-12-31`), '16:00');
    return at < last ? at : last;
  };

  function askForTheEnd(): void {
    if (life.state.stage === 'in_progress')
      life.by(cast.unit, { command: 'request_close', result: '年度任务已完成' });
  }

  function assess(): void {
    if (life.state.stage !== 'under_review') return;
    for (const { id, filed } of life.state.periods)
      if (filed !== null) life.by(cast.reviewer, { command: 'accept_report', period: id });
    life.by(cast.reviewer, {
      command: 'approve',
      completion: completionOf(life.state),
      reasons: '按认定的完成值评定',
    });
  }

  told(born, life.state);
  react(born);
  if (!chance.happens(habits.forgets_receipt))
    life.plan(
      life.atWork(chance.happens(habits.late) ? chance.between(4, 6) : chance.between(0, 2)),
      acknowledge,
    );
  return life.live();
}

/** Percentage points behind the plan, for the whole year; on plan or a little ahead where none of them applies. */
function lagOf({ behind }: Habits, { pick, between }: World['chance']): number {
  const drawn = pick(100);
  if (drawn < behind.far) return between(31, 60);
  if (drawn < behind.far + behind.clearly) return between(10, 30);
  if (drawn < behind.far + behind.clearly + behind.little) return between(1, 9);
  return between(-3, 0);
}

function valueAtLag(
  { target, facts: { start_value } }: IndicatorTask,
  planned: Decimal,
  lag: number,
): Decimal {
  const way = subtractDecimals(target.value, start_value);
  const missing = divideDecimals(
    multiplyDecimals(way, decimal(String(lag))),
    decimal('100'),
    placesOf(target.value) + 2,
  );
  // Lower is better and still adds up from nothing: who is behind has more of it.
  const towards = way.startsWith('-') === (target.direction === 'lower_better');
  if (!towards) return addDecimals(planned, missing);
  const value = subtractDecimals(planned, missing);
  // Nothing has been done is the worst that can be said of what adds up.
  return start_value === '0' && value.startsWith('-') ? start_value : value;
}

function completionOf({ target, periods, facts: { start_value } }: IndicatorTask): Decimal {
  const accepted = periods.findLast((period) => period.accepted !== null)?.accepted?.value;
  if (accepted === undefined) return decimal('0');
  const behind = pointsBehind({ start_value, target }, target.value, accepted, 2);
  const completion = subtractDecimals(decimal('100'), behind);
  if (compareDecimals(completion, decimal('0')) < 0) return decimal('0');
  return compareDecimals(completion, decimal('100')) > 0 ? decimal('100') : completion;
}
