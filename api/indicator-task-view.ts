/** An indicator task as the API shows it: its place in the list, its weight on a day, its periods and their colours. */
import type { Static } from 'typebox';
import { Type } from 'typebox';
import type { Db } from '../db/client.ts';
import type { Clock } from '../db/clock.ts';
import { taskLookUp, type TaskRow } from '../db/indicator-tasks.ts';
import {
  directions,
  indicatorKinds,
  origins,
  winningTarget,
  type LevelTargets,
} from '../domain/annual-list.ts';
import {
  allowedCommands,
  colourOf,
  ownersOf,
  stages,
  weightOn,
  type IndicatorTask,
  type PeriodState,
} from '../domain/indicator-task.ts';
import { periodName } from '../domain/period.ts';
import type { Viewer } from '../domain/permissions.ts';
import { outlooks } from '../domain/progress-policy.ts';
import { localDateOf, rfc3339, type Instant, type LocalDate } from '../domain/time.ts';
import { sourceLevels, type SourceLevel } from '../domain/vocabulary.ts';
import { cardShown } from '../domain/watching.ts';
import { workflowIdOf } from '../workflows/client.ts';
import { Day, Points, Value, Year } from './annual-lists-view.ts';
import type { ShownKind } from './process-kind.ts';
import {
  cards,
  commandsView,
  commonFields,
  Count,
  instantView,
  nextDeadlineView,
  withdrawalView,
} from './process-view.ts';
import { closed, named, nullable, oneOf, Timestamp, Uuid } from './schemas.ts';

const colours = ['green', 'bell', 'yellow_card', 'red_card'] as const;

/** Computed, with as many places as its computation gives; what people write has at most four. */
const Computed = Type.String({ pattern: String.raw`^-?\d+(\.\d+)?$` });

const Judgement = closed(
  {
    planned: Computed,
    accepted: Computed,
    behind: Type.String({ description: '落后计划的百分点；负数为超前' }),
    level: oneOf(cards),
    outlook: nullable(oneOf(outlooks)),
    praised: Type.Boolean(),
    returned: Type.Boolean(),
  },
  { description: '与计划对比的结果' },
);

const ReportOf = closed({ at: Timestamp, value: Computed });

const Period = closed({
  id: Type.String(),
  name: Type.String(),
  ends_on: Day,
  planned: Computed,
  due_at: nullable(Timestamp),
  filed: nullable(ReportOf),
  accepted: nullable(ReportOf),
  late: Type.Boolean({ description: '补报' }),
  returns: Count,
  colour: nullable(oneOf(colours)),
  colours: Type.Array(closed({ at: Timestamp, colour: oneOf(colours) }), { description: '颜色经过' }),
  judgement: nullable(Judgement),
});

const Weight = closed({
  points: Points,
  effective_from: Day,
  reason: Type.String(),
  proposed_by: nullable(Uuid),
  approved_by: nullable(Uuid),
});

export const Task = named(
  'IndicatorTask',
  closed({
    ...commonFields,
    name: Type.String(),
    year: Year,
    unit_id: Uuid,
    unit_name: Type.String(),
    kind: oneOf(indicatorKinds),
    theme: nullable(Type.String()),
    origin: oneOf(origins),
    effective_from: nullable(Day),
    source: closed({ level: oneOf(sourceLevels), document: nullable(Type.String()) }),
    target: closed({
      value: Value,
      released: Type.String({ description: '下达时的目标值' }),
      measure: Type.String(),
      direction: oneOf(directions),
      baseline: nullable(Value),
      start_value: Value,
      levels: Type.Array(closed({ level: oneOf(sourceLevels), value: Value, holds: Type.Boolean() }), {
        description: '各级目标；就高不就低，holds 为下达时生效的一级',
      }),
    }),
    weight: closed({ on: Day, points: nullable(Points) }, { description: '某日的分值；当日尚未生效为 null' }),
    weights: Type.Array(Weight, { description: '下达以后的各版分值' }),
    weight_proposal: nullable(
      closed({ points: Points, effective_from: Day, reason: Type.String(), proposed_by: nullable(Uuid) }),
    ),
    responsible_office: Type.String(),
    evidence: closed({ required: Type.Boolean(), what: Type.String() }),
    stage: oneOf(stages),
    assigned_on: Day,
    people: Type.Record(Type.String(), Uuid),
    progress: nullable(closed({ period: Type.String(), ...Judgement.properties })),
    periods: Type.Array(Period),
    adjustment: nullable(
      closed({
        kind: oneOf(['target', 'report_date']),
        value: nullable(Value),
        planned: Type.Record(Type.String(), Value),
        period: nullable(Type.String()),
        due_on: nullable(Day),
        reason: Type.String(),
      }),
    ),
    close_request: nullable(closed({ at: Timestamp, result: Type.String() })),
    outcome: nullable(closed({ completion: Type.String(), on_time: Type.Boolean() })),
    counts: closed({
      bell: Count,
      yellow_card: Count,
      red_card: Count,
      adjustments: Count,
      returns: Count,
      reports_returned: Count,
    }),
  }),
);

/** @param on the day for which the weight is asked. */
export function taskView(row: TaskRow, viewer: Viewer, on: LocalDate): Static<typeof Task> {
  const { state } = row;
  const { facts, target, weights, periods } = state;
  return {
    id: row.id,
    number: row.number,
    workflow_id: workflowIdOf('indicator_task', row.id),
    name: facts.name,
    year: facts.year,
    unit_id: facts.unit_id,
    unit_name: row.unit_name,
    kind: facts.kind,
    theme: facts.theme,
    origin: facts.origin,
    effective_from: facts.effective_from,
    source: { ...facts.source },
    target: {
      ...target,
      released: facts.target.value,
      baseline: facts.baseline,
      start_value: facts.start_value,
      levels: levelsOf(facts),
    },
    weight: { on, points: weightOn(state, on) },
    weights: weights.map(({ points, effective_from, reason, proposed_by, approved_by }) => ({
      points,
      effective_from,
      reason,
      proposed_by: personOf(proposed_by),
      approved_by: personOf(approved_by),
    })),
    weight_proposal: weightProposalOf(state),
    responsible_office: facts.responsible_office,
    evidence: { ...facts.evidence },
    stage: state.stage,
    card: cardShown(state),
    due_at: instantView(row.due_at),
    next_deadline: nextDeadlineView(row),
    version: row.version,
    created_at: rfc3339(row.created_at),
    assigned_on: state.assigned_on,
    people: { ...state.people },
    progress: progressOf(state),
    periods: periods.map((period) => periodView(state, period)),
    ...pending(state),
    withdrawal: withdrawalView(state),
    outcome:
      state.stage === 'completed' || state.stage === 'not_completed'
        ? { completion: state.completion, on_time: state.on_time }
        : null,
    counts: {
      ...state.cards,
      adjustments: state.adjustments,
      returns: state.returns,
      reports_returned: periods.reduce((sum, { returns }) => sum + returns, 0),
    },
    allowed_commands: commandsView(Task, allowedCommands(state, viewer)),
  };
}

/** by the rank of the levels, and which one holds. */
function levelsOf({ level_targets, target }: IndicatorTask['facts']) {
  const targets: LevelTargets = Object.fromEntries(level_targets.map(({ level, value }) => [level, value]));
  const won = winningTarget(targets, target.direction)?.level;
  return (Object.keys(sourceLevels) as SourceLevel[]).flatMap((level) => {
    const value = targets[level];
    return value === undefined ? [] : [{ level, value, holds: level === won }];
  });
}

const personOf = (actor: IndicatorTask['weights'][number]['proposed_by']) =>
  actor.kind === 'person' ? actor.person_id : null;

function weightProposalOf({ weight_proposal }: IndicatorTask) {
  if (weight_proposal === null) return null;
  const { by, points, effective_from, reason } = weight_proposal;
  return { points, effective_from, reason, proposed_by: personOf(by) };
}

/** The plan against what was accepted, as it was compared last. */
function progressOf({ periods }: IndicatorTask) {
  const judgement = periods.findLast((period) => period.judgement !== null)?.judgement ?? null;
  return judgement === null ? null : { period: judgement.period, ...judgementView(judgement) };
}

const judgementView = (judgement: NonNullable<PeriodState['judgement']>) => ({
  planned: judgement.planned,
  accepted: judgement.accepted,
  behind: judgement.behind,
  level: judgement.level,
  outlook: judgement.outlook ?? null,
  praised: judgement.praised ?? false,
  returned: judgement.returned ?? false,
});

const reportView = (report: { readonly at: Instant; readonly value: string } | null) =>
  report === null ? null : { at: rfc3339(report.at), value: report.value };

const periodView = (state: IndicatorTask, period: PeriodState) => ({
  id: period.id,
  name: periodName(period.id),
  ends_on: period.ends_on,
  planned: period.planned,
  due_at: instantView(period.due),
  filed: reportView(period.filed),
  accepted: reportView(period.accepted),
  late: period.late,
  returns: period.returns,
  colour: colourOf(state, period),
  colours: period.colours.map(({ at, colour }) => ({ at: rfc3339(at), colour })),
  judgement: period.judgement === null ? null : judgementView(period.judgement),
});

/** What waits for somebody's decision in the stage that the task is in. */
function pending(state: IndicatorTask) {
  const none = { adjustment: null, close_request: null };
  if (state.stage === 'under_review' && state.request !== null) {
    const { at, result } = state.request;
    return { ...none, close_request: { at: rfc3339(at), result } };
  }
  if (state.stage !== 'in_progress' || state.adjustment === null) return none;
  const { adjustment, reason } = state.adjustment;
  const shown =
    adjustment.kind === 'target'
      ? { value: adjustment.value, planned: { ...adjustment.planned }, period: null, due_on: null }
      : { value: null, planned: {}, period: adjustment.period, due_on: adjustment.due_on };
  return { ...none, adjustment: { kind: adjustment.kind, ...shown, reason } };
}

export const shownTasks = ({
  db,
  clock,
}: {
  readonly db: Db;
  readonly clock: Clock;
}): ShownKind<TaskRow, typeof Task> => ({
  kind: 'indicator_task',
  path: 'indicator-tasks',
  zh: '指标任务',
  view: Task,
  find: taskLookUp(db),
  ownersOf: ({ state }) => ownersOf(state),
  show: async (row, viewer) => taskView(row, viewer, localDateOf(await clock.now())),
});
