/** The life of one supervision item: assigned some time in the year, reported by its cycle, closed or not. */
import { nameOf } from '../domain/deadline.ts';
import type { Actor } from '../domain/process.ts';
import { isRefusal } from '../domain/refusal.ts';
import type { SupervisionListRow } from '../domain/import-supervision-list.ts';
import { create, supervisionItem } from '../domain/supervision-item.ts';
import type { Command, Event, ItemFacts, SupervisionItem } from '../domain/supervision-item.ts';
import {
  addDays,
  daysBetween,
  deadlineDate,
  instantOn,
  localDate,
  localDateOf,
  type Instant,
} from '../domain/time.ts';
import { defaultRules } from '../domain/watching.ts';
import type { Habits } from './habits.ts';
import { Life, type World } from './life.ts';
import { itemPolicies } from './policies.ts';

export type ItemCast = {
  readonly officer: Actor;
  readonly leader: Actor;
  readonly lead: Actor;
  readonly assisting: readonly Actor[];
  readonly head: Actor;
};

type ItemLife = Life<SupervisionItem, Command, Event>;

/** The sample's list is of this day; what it gives a matter in days, it is given from the day it is assigned. */
const LIST_OF = localDate('2026-11-02');

export function liveItem(
  row: SupervisionListRow,
  number: string,
  given: {
    readonly assigned: Instant;
    readonly cast: ItemCast;
    readonly habits: Habits;
    readonly world: World;
    readonly told: (event: Event, state: SupervisionItem) => void;
  },
): ItemLife {
  const { assigned, cast, habits, world, told } = given;
  const { calendar, chance } = world;
  const { row: _, number: __, lead_unit_code, assisting_unit_codes, warning_policy, due_on, ...rest } = row;
  const facts: ItemFacts = {
    ...rest,
    number,
    due_on: due_on === null ? null : addDays(localDateOf(assigned), daysBetween(LIST_OF, due_on)),
    lead_unit_id: lead_unit_code,
    assisting_unit_ids: assisting_unit_codes,
  };
  const policies = itemPolicies(row.item_class, warning_policy);
  const born = create({ facts, rules: defaultRules, policies }, { by: cast.officer, at: assigned, calendar });
  if (isRefusal(born)) throw new Error(`${number}: ${born.refusal} ${born.detail}`);

  const life: ItemLife = new Life(supervisionItem, born, world, (event, state) => {
    told(event, state);
    react(event);
  });

  function react(event: Event): void {
    for (const { kind, due } of event.arms ?? []) if (nameOf(kind) === 'report') intendReport(due);
    switch (event.type) {
      case 'assigned':
        if (chance.happens(habits.disputes)) life.plan(life.atWork(0), dispute);
        intendToAcknowledge();
        for (const unit of cast.assisting)
          if (!chance.happens(habits.forgets))
            life.plan(life.atWork(chance.between(2, 15)), () => reportShare(unit));
        return;
      case 'disputed':
        life.plan(life.atWork(1), () => {
          life.by(cast.officer, { command: 'uphold', reason: '属本单位职责' });
          intendToAcknowledge();
        });
        return;
      case 'acknowledged':
      case 'extension_granted':
        intendToClose();
        return;
      case 'returned':
        life.plan(life.atWork(chance.between(1, 4)), askForTheEnd);
        return;
      case 'extension_requested':
        life.plan(life.atWork(chance.between(0, 1)), () => {
          const granted = chance.happens(75);
          life.by(cast.leader, { command: 'decide_extension', granted, reason: '情况属实' });
        });
        return;
      case 'close_requested':
        life.plan(life.atWork(chance.between(0, 2)), review);
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
    const act = { acknowledgement: acknowledge, report, item: askForTheEnd }[nameOf(deadline.kind) as 'item'];
    if (act !== undefined) life.plan(life.atWork(chance.between(0, 4)), act);
  }

  function intendToAcknowledge(): void {
    if (chance.happens(habits.forgets_receipt)) return;
    life.plan(life.atWork(chance.happens(habits.late) ? chance.between(2, 3) : 0), acknowledge);
  }

  function acknowledge(): void {
    if (life.state.stage === 'task_assignment' && life.state.dispute === null)
      life.by(cast.lead, { command: 'acknowledge' });
  }

  function dispute(): void {
    if (life.state.stage === 'task_assignment' && life.state.dispute === null)
      life.by(cast.lead, { command: 'dispute', reason: '不属本单位职责' });
  }

  function intendReport(due: Instant): void {
    if (chance.happens(habits.forgets)) return;
    const last = deadlineDate(due);
    if (chance.happens(habits.late)) life.plan(life.onWorkingDay(last, chance.between(1, 4)), report);
    else {
      // Before the bell, which rings in the morning of the working day before; and after the day that has been answered for.
      const early = life.onWorkingDay(last, -2);
      const { reported_until } = life.state;
      if (reported_until !== null && localDateOf(early) <= reported_until)
        life.plan(life.onWorkingDay(reported_until, 1), report);
      else life.plan(early > life.now ? early : life.atWork(0), report);
    }
  }

  function report(): void {
    if (life.state.stage !== 'progress_reporting') return;
    const percent = Math.min(95, (life.state.last_report?.percent ?? 0) + chance.between(5, 20));
    life.by(cast.lead, {
      command: 'report_progress',
      percent,
      text: '正在按方案推进',
      evidence_ids: chance.happens(60) ? [`${number}/${life.state.version}`] : [],
    });
  }

  function reportShare(unit: Actor): void {
    if (life.state.stage === 'progress_reporting')
      life.by(unit, { command: 'report_progress', percent: 100, text: '协办事项已完成' });
  }

  function intendToClose(): void {
    const { due } = life.state;
    if (due === null || chance.happens(habits.forgets)) return;
    const last = deadlineDate(due);
    if (chance.happens(habits.extensions)) life.plan(life.onWorkingDay(last, -2), () => askForTime(due));
    if (chance.happens(habits.late)) {
      life.plan(life.onWorkingDay(last, chance.between(1, 10)), askForTheEnd);
      return;
    }
    const days = daysBetween(localDateOf(life.now), last);
    // An ordinary matter has a week, and is done in its first days; one with a year has its report before the bell.
    const early = row.item_class === 'year_end_clear' ? -chance.between(25, 45) : -chance.between(4, 8);
    const at = days < 20 ? life.atWork(chance.between(0, 1)) : life.onWorkingDay(last, early);
    // Where a week's holiday lies in between, somebody stays on.
    life.plan(at < instantOn(addDays(last, -3)) ? at : life.now, askForTheEnd);
  }

  function askForTime(due: Instant): void {
    if (life.state.stage !== 'progress_reporting' || life.state.due !== due) return;
    if (life.state.extension !== null) return;
    const new_due_on = addDays(deadlineDate(due), chance.between(7, 30));
    life.by(cast.lead, { command: 'request_extension', new_due_on, reason: '前置审批未完成' });
  }

  function askForTheEnd(): void {
    if (life.state.stage !== 'progress_reporting') return;
    life.by(cast.lead, { command: 'request_close', result: '已办结', evidence_ids: [`${number}/result`] });
  }

  function review(): void {
    if (life.state.stage !== 'review_rating') return;
    if (chance.happens(habits.returned))
      life.by(cast.officer, { command: 'return', reasons: '佐证材料不足' });
    else life.by(cast.officer, { command: 'approve', rating: chance.happens(30) ? 'excellent' : 'good' });
  }

  told(born, life.state);
  life.plan(assigned, () => life.by(cast.officer, { command: 'assign' }));
  return life.live();
}
