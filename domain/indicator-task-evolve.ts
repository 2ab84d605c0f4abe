/** What has happened to an indicator task makes its state, and nothing else does. */
import { evolveCommon } from './common-commands.ts';
import { cardOf, nameOf, periodOf, type DeadlineKind } from './deadline.ts';
import { isOwed } from './indicator-task-deadlines.ts';
import type { Adjustment, Event, In, IndicatorTask, Life, PeriodState } from './indicator-task-events.ts';
import { keepColours } from './period-colours.ts';
import type { PeriodId } from './period.ts';
import { momentOf, type Actor } from './process.ts';
import { higher } from './warning-policy.ts';
import { evolveWarning } from './warnings.ts';
import { evolveFrame, leaveStage, unwatched } from './watching.ts';

export function evolve(before: IndicatorTask | null, event: Event): IndicatorTask {
  if (event.type === 'created') return born(event);
  if (before === null) throw new Error(`a task's life begins with created, not ${event.type}`);
  const after = changed(withReportsDue(evolveFrame(before, event), event), before, event);
  return keepColours(after, momentOf(event));
}

function changed(
  state: IndicatorTask,
  before: IndicatorTask,
  event: Exclude<Event, { type: 'created' }>,
): IndicatorTask {
  switch (event.type) {
    case 'acknowledged':
      return {
        ...life(state),
        stage: 'in_progress',
        adjustment: null,
        people: { ...state.people, ...event.people },
      };
    case 'progress_reported': {
      const { at, by, value } = event;
      const filed = { at, by, value };
      return filedBy(
        inPeriod(state, event.period, (period) => ({ filed, late: period.late || event.late })),
        by,
      );
    }
    case 'report_accepted': {
      const { at, value, judgement } = event;
      return inPeriod(state, event.period, () => ({ filed: null, accepted: { at, value }, judgement }));
    }
    case 'report_returned':
      return inPeriod(state, event.period, ({ returns }) => ({ filed: null, returns: returns + 1 }));
    case 'checkpoint_passed':
      return inPeriod(state, event.period, () => ({ judgement: event.judgement }));
    case 'adjustment_requested': {
      const { by, adjustment, reason } = event;
      return working(state, { adjustment: { by, adjustment, reason } });
    }
    case 'adjustment_granted':
      return {
        ...adjusted(working(state, { adjustment: null }), event.adjustment),
        adjustments: state.adjustments + 1,
      };
    case 'adjustment_rejected':
      return working(state, { adjustment: null });
    case 'weight_proposed': {
      const { by, points, effective_from, reason } = event;
      return { ...state, weight_proposal: { by, points, effective_from, reason } };
    }
    case 'weight_changed': {
      const { by: approved_by, points, effective_from, reason, proposed_by } = event;
      const version = { points, effective_from, reason, proposed_by, approved_by };
      return { ...state, weight_proposal: null, weights: [...state.weights, version] };
    }
    case 'weight_rejected':
      return { ...state, weight_proposal: null };
    case 'promoted':
      return { ...state, facts: { ...state.facts, kind: 'common', theme: event.theme } };
    case 'close_requested': {
      const { by, at, result } = event;
      return {
        ...life(filedBy(state, by)),
        stage: 'under_review',
        request: { by, at, result },
        // The card for the year stands until somebody has judged.
        card_kept: cardOf(before.deadlines.filter(({ kind }) => kind === 'year_end')),
      };
    }
    case 'year_ended':
      return {
        ...life(state),
        stage: 'under_review',
        request: null,
        card_kept: 'red_card',
        periods: state.periods.map((period) => (isOwed(period) ? { ...period, card: 'red_card' } : period)),
      };
    case 'returned':
      return {
        ...life(state),
        stage: 'in_progress',
        adjustment: null,
        card_kept: 'none',
        returns: state.returns + 1,
      };
    case 'assessed': {
      const { outcome, completion, on_time } = event;
      const made = on_time ? 'none' : 'yellow_card';
      return {
        ...life(state),
        stage: outcome,
        completion,
        on_time,
        withdrawal: null,
        weight_proposal: null,
        // Done after its year it shows yellow for ever, not done red.
        card_kept: outcome === 'completed' ? made : 'red_card',
      };
    }
    case 'withdrawn':
      return {
        ...life(evolveCommon(state, event)),
        weight_proposal: null,
        stage: 'withdrawn',
        reason: event.reason,
      };
    case 'urged':
    case 'withdrawal_requested':
    case 'withdrawal_rejected':
    case 'person_reassigned':
    case 'commented':
    case 'replanned':
      return evolveCommon(state, event);
    case 'warning_given': {
      const { deadline, level } = event;
      return evolveWarning(
        inReport(state, deadline.kind, ({ card }) => ({ card: higher(card, level) })),
        event,
      );
    }
    case 'red_card_climbed':
    case 'red_card_seen':
    case 'accountability_proposed':
      return evolveWarning(state, event);
  }
}

type Change = (period: PeriodState) => Partial<PeriodState>;

const inPeriod = (state: IndicatorTask, id: PeriodId, change: Change): IndicatorTask => ({
  ...state,
  periods: state.periods.map((period) => (period.id === id ? { ...period, ...change(period) } : period)),
});

const inReport = (state: IndicatorTask, kind: DeadlineKind, change: Change): IndicatorTask => {
  const period = nameOf(kind) === 'report' ? periodOf(kind) : null;
  return period === null ? state : inPeriod(state, period, change);
};

const withReportsDue = (state: IndicatorTask, { arms = [] }: Event): IndicatorTask =>
  arms.reduce(
    (now, { kind, due, basis, given }) => inReport(now, kind, () => ({ due, due_basis: basis, card: given })),
    state,
  );

function adjusted(state: In<'in_progress'>, adjustment: Adjustment): In<'in_progress'> {
  // Another day for a report is in what the event arms.
  if (adjustment.kind === 'report_date') return state;
  const { value, planned = {} } = adjustment;
  const last = state.periods.length - 1;
  return {
    ...state,
    target: { ...state.target, value },
    periods: state.periods.map((period, index) => ({
      ...period,
      planned: index === last ? value : (planned[period.id] ?? period.planned),
    })),
  };
}

type FieldOf<State> = State extends unknown ? keyof State : never;

/** What of a stage ends with the stage. */
const ofOneStage: Readonly<Record<Exclude<FieldOf<IndicatorTask>, keyof Life>, true>> = {
  stage: true,
  adjustment: true,
  request: true,
  completion: true,
  on_time: true,
  reason: true,
};

const life = (state: IndicatorTask): Life => leaveStage(state, ofOneStage) as unknown as Life;

function filedBy(state: IndicatorTask, by: Actor): IndicatorTask {
  if (by.kind !== 'person' || state.filed_by.includes(by.person_id)) return state;
  return { ...state, filed_by: [...state.filed_by, by.person_id] };
}

function born(event: Extract<Event, { type: 'created' }>): IndicatorTask {
  const { facts, rules, policies, assigned_on } = event;
  const unseen = {
    due: null,
    due_basis: { kind: 'fixed' },
    filed: null,
    accepted: null,
    late: false,
    returns: 0,
    card: 'none',
    judgement: null,
    colours: [],
  } as const;
  return evolveFrame<IndicatorTask>(
    {
      ...unwatched(rules, policies),
      stage: 'assigned',
      facts,
      assigned_on,
      people: facts.people,
      target: facts.target,
      periods: facts.periods.map((period) => ({ ...period, ...unseen })),
      weights: [],
      weight_proposal: null,
      filed_by: [],
      adjustments: 0,
      returns: 0,
    },
    event,
  );
}

function working(state: IndicatorTask, change: Pick<In<'in_progress'>, 'adjustment'>): In<'in_progress'> {
  if (state.stage !== 'in_progress') throw new Error(`not in progress but ${state.stage}`);
  return { ...state, ...change };
}

/** The state that a list of events has led to. */
export function evolveAll(state: IndicatorTask | null, events: readonly Event[]): IndicatorTask {
  let now = state;
  for (const event of events) now = evolve(now, event);
  if (now === null) throw new Error('no event, no life');
  return now;
}
