/**
 * 指标任务, an indicator task: one row of a unit's yearly list, reported by period and held against its plan
 * . assigned → in_progress → under_review → completed / not_completed.
 * Pure: the stages and commands are data below; the rules are `decide`; the past is `evolve`.
 */
import {
  commonApplies,
  commonCommands,
  decideCommon,
  isCommon,
  replan,
  type CommonCommand,
} from './common-commands.ts';
import type { Calendar } from './calendar.ts';
import type { Deadline } from './deadline.ts';
import { decideAdjustment, requestAdjustment } from './indicator-task-adjustment.ts';
import { armAhead, yearEnd } from './indicator-task-deadlines.ts';
import type {
  Command,
  CommandName,
  Event,
  Given,
  In,
  IndicatorTask,
  Stage,
  TaskCommand,
} from './indicator-task-events.ts';
import { evolve } from './indicator-task-evolve.ts';
import {
  acceptReport,
  hasFiled,
  passCheckpoint,
  reportProgress,
  returnReport,
  withoutDeadlines,
} from './indicator-task-reports.ts';
import { promote } from './indicator-task-promotion.ts';
import { approve, endYear, requestClose, returnTask } from './indicator-task-review.ts';
import { confirmWeight, proposeWeight, rejectWeight } from './indicator-task-weights.ts';
import { grant, roleFor, type Grant, type Owned, type Viewer } from './permissions.ts';
import { samePerson, unreachable, type Actor, type Circumstances, type Process } from './process.ts';
import { isRefusal, refuse, type Refusal } from './refusal.ts';
import type { Instant } from './time.ts';
import { nextWarning, passTime, seenBy } from './warnings.ts';
import { armedOf } from './watching.ts';

export type {
  Adjustment,
  Colour,
  Command,
  CommandName,
  Direction,
  Event,
  IndicatorFacts,
  IndicatorRules,
  IndicatorTask,
  PeriodState,
  Stage,
  WeightVersion,
} from './indicator-task-events.ts';
export { create, defaultIndicatorRules } from './indicator-task-creation.ts';
export { evolveAll } from './indicator-task-evolve.ts';
export { weightOn } from './indicator-task-weights.ts';
export { colourOf } from './period-colours.ts';
export { cardShown as cardOf } from './watching.ts';

export const stages: Readonly<Record<Stage, string>> = {
  assigned: '已下达',
  in_progress: '推进中',
  under_review: '审核评定',
  completed: '已完成',
  not_completed: '未完成',
  withdrawn: '已撤销',
};

const unit: readonly Grant[] = [grant('undertaking_unit', 'own_unit')];
const reviewer: readonly Grant[] = [grant('reviewer_scorer', 'own_scope')];
const leader: readonly Grant[] = [grant('city_leader', 'own_portfolio')];
const admin: readonly Grant[] = [grant('assessment_admin')];
/**
 * Nobody by hand: a unit's weights change together, so that they stay at 100, and what becomes common does so
 * for many units. Two people decide it in the annual list, and the list's release tells each task in their names.
 */
const throughTheList: readonly Grant[] = [];
const open: readonly Stage[] = ['assigned', 'in_progress', 'under_review'];

type Row = {
  readonly zh: string;
  readonly stages: readonly Stage[];
  readonly who: readonly Grant[];
  readonly leads_to: readonly Stage[];
};

/** The process as a table: the diagram in the docs, the buttons and the rights all come from it. */
export const commandTable = {
  acknowledge: { zh: '签收', stages: ['assigned'], who: unit, leads_to: ['in_progress'] },
  report_progress: { zh: '填报进度', stages: ['in_progress'], who: unit, leads_to: [] },
  accept_report: {
    zh: '认定进度',
    // What was filed when the end was asked for, or when the year ended, is still to be accepted.
    stages: ['in_progress', 'under_review'],
    who: reviewer,
    leads_to: [],
  },
  return_report: { zh: '退回进度汇报', stages: ['in_progress'], who: reviewer, leads_to: [] },
  request_adjustment: { zh: '申请调整', stages: ['in_progress'], who: unit, leads_to: [] },
  decide_adjustment: { zh: '审批调整', stages: ['in_progress'], who: leader, leads_to: [] },
  change_weight: { zh: '提出权重调整', stages: open, who: throughTheList, leads_to: [] },
  confirm_weight: { zh: '确认权重调整', stages: open, who: throughTheList, leads_to: [] },
  reject_weight: { zh: '驳回权重调整', stages: open, who: throughTheList, leads_to: [] },
  promote: { zh: '转为共性指标', stages: open, who: throughTheList, leads_to: [] },
  request_close: { zh: '申请办结', stages: ['in_progress'], who: unit, leads_to: ['under_review'] },
  approve: {
    zh: '评定完成率',
    stages: ['under_review'],
    who: reviewer,
    leads_to: ['completed', 'not_completed'],
  },
  return: { zh: '退回', stages: ['under_review'], who: reviewer, leads_to: ['in_progress'] },
  urge: { ...commonCommands.urge, stages: open, leads_to: [] },
  // The assessment office has issued it, so it is the one to take it back.
  withdraw: { ...commonCommands.withdraw, who: admin, stages: open, leads_to: [] },
  confirm_withdrawal: {
    ...commonCommands.confirm_withdrawal,
    who: admin,
    stages: open,
    leads_to: ['withdrawn'],
  },
  reject_withdrawal: { ...commonCommands.reject_withdrawal, who: admin, stages: open, leads_to: [] },
  reassign_person: { ...commonCommands.reassign_person, stages: open, leads_to: [] },
  comment: { ...commonCommands.comment, stages: open, leads_to: [] },
} as const satisfies Record<CommandName, Row>;

export const commandNames = Object.keys(commandTable) as CommandName[];

/** The unit and the theme that a task belongs to, as far as rights are concerned. */
export const ownersOf = ({ facts }: Pick<IndicatorTask, 'facts'>): Owned => ({
  lead_unit_id: facts.unit_id,
  assisting_unit_ids: [],
  theme: facts.theme,
});

/** The commands that this viewer may give now, without regard to what would be filled in. */
export function allowedCommands(state: IndicatorTask, viewer: Viewer): readonly CommandName[] {
  return commandNames.filter((name) => {
    const row: Row = commandTable[name];
    const role = row.stages.includes(state.stage) ? roleFor(viewer, row.who, ownersOf(state)) : null;
    return (
      role !== null &&
      applies(state, name, { kind: 'person', person_id: viewer.person_id, unit_id: viewer.unit_id, role })
    );
  });
}

function applies(state: IndicatorTask, name: CommandName, by: Actor): boolean {
  const adjustment = state.stage === 'in_progress' ? state.adjustment : null;
  switch (name) {
    case 'accept_report':
    case 'return_report':
      return state.periods.some(({ filed }) => filed !== null) && !hasFiled(state, by);
    case 'request_adjustment':
      return adjustment === null;
    case 'decide_adjustment':
      return adjustment !== null && !samePerson(adjustment.by, by);
    case 'approve':
      return !hasFiled(state, by);
    case 'return':
      return !hasFiled(state, by) && state.stage === 'under_review' && state.request !== null;
    case 'acknowledge':
    case 'report_progress':
    case 'request_close':
    case 'change_weight':
    case 'confirm_weight':
    case 'reject_weight':
    case 'promote':
      return true;
    default:
      return commonApplies(state, name satisfies CommonCommand['command'], by);
  }
}

function decide(state: IndicatorTask, command: Command, c: Circumstances): readonly Event[] | Refusal {
  const row: Row = commandTable[command.command];
  if (!row.stages.includes(state.stage))
    return refuse('stage_forbids', `指标任务处于“${stages[state.stage]}”环节，不能${row.zh}。`);
  if (isCommon(command)) return decideCommon(state, command, c);
  switch (command.command) {
    case 'change_weight':
      return proposeWeight(state, command, c);
    case 'confirm_weight':
      return confirmWeight(state, command, c);
    case 'reject_weight':
      return rejectWeight(state, command, c);
    case 'promote':
      return promote(state, command, c);
  }
  switch (state.stage) {
    case 'assigned':
      return command.command === 'acknowledge' ? acknowledge(state, command, c) : unreachable(command);
    case 'in_progress':
      return decideProgress(state, command, c);
    case 'under_review':
      return decideReview(state, command, c);
    case 'completed':
    case 'not_completed':
    case 'withdrawn':
      return refuse('process_ended', '指标任务已结束。');
  }
}

function acknowledge(
  state: In<'assigned'>,
  { command: _, ...people }: Given<'acknowledge'>,
  c: Circumstances,
): readonly Event[] | Refusal {
  const late = state.deadlines.some(({ kind, due }) => kind === 'acknowledgement' && due <= c.at);
  const clears = armedOf(state, 'acknowledgement');
  const ahead = armAhead(withoutDeadlines(state, clears), c);
  if (isRefusal(ahead)) return ahead;
  return [{ type: 'acknowledged', at: c.at, by: c.by, people, late, clears, arms: ahead }];
}

function decideProgress(
  state: In<'in_progress'>,
  command: TaskCommand,
  c: Circumstances,
): readonly Event[] | Refusal {
  switch (command.command) {
    case 'report_progress':
      return reportProgress(state, command, c);
    case 'accept_report':
      return acceptReport(state, command, c);
    case 'return_report':
      return returnReport(state, command, c);
    case 'request_adjustment':
      return requestAdjustment(state, command, c);
    case 'decide_adjustment':
      return decideAdjustment(state, command, c);
    case 'request_close':
      return requestClose(state, command, c);
    default:
      return unreachable(command);
  }
}

function decideReview(
  state: In<'under_review'>,
  command: TaskCommand,
  c: Circumstances,
): readonly Event[] | Refusal {
  switch (command.command) {
    case 'accept_report':
      return acceptReport(state, command, c);
    case 'approve':
      return approve(state, command, c);
    case 'return':
      return returnTask(state, command, c);
    default:
      return unreachable(command);
  }
}

const turn = (state: IndicatorTask, deadline: Deadline, at: Instant, calendar: Calendar): readonly Event[] =>
  deadline.turn === 'year_end'
    ? endYear(state, deadline, at, calendar)
    : passCheckpoint(state, deadline, at, calendar);

/** When everything of the task has to be done. */
export const dueOf = ({ facts }: Pick<IndicatorTask, 'facts'>): Instant => yearEnd(facts).due;

export const indicatorTask: Process<IndicatorTask, Command, Event> = {
  decide,
  pass: (state, at, calendar) => passTime<IndicatorTask, Event>(state, at, calendar, { evolve, turn }),
  replan,
  seen: seenBy,
  evolve,
  next: nextWarning,
  ended: ({ stage }) => stage === 'completed' || stage === 'not_completed' || stage === 'withdrawn',
};
