/**
 * 督查事项, a supervision item: a matter that the supervision office tracks until it is closed
 * . list_making → task_assignment → progress_reporting → review_rating → closed.
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
import { grant, roleFor, type Grant, type Viewer } from './permissions.ts';
import type { Policies } from './deadline.ts';
import type { Actor, Circumstances, Process } from './process.ts';
import { isRefusal, refuse, type Refusal } from './refusal.ts';
import { decideAssignment, decideListMaking } from './supervision-item-assignment.ts';
import { itemDue } from './supervision-item-deadlines.ts';
import type {
  Command,
  CommandName,
  Event,
  ItemFacts,
  Rating,
  Stage,
  SupervisionItem,
} from './supervision-item-events.ts';
import { evolve } from './supervision-item-evolve.ts';
import { mayDecideExtension } from './supervision-item-extension.ts';
import { decideProgress, itemPaused } from './supervision-item-progress.ts';
import { decideReview, hasFiled } from './supervision-item-review.ts';
import { nextWarning, passWarnings, seenBy } from './warnings.ts';
import type { ProcessRules } from './watching.ts';

export type {
  Command,
  CommandName,
  Event,
  ItemCommand,
  ItemFacts,
  Rating,
  Stage,
  SupervisionItem,
} from './supervision-item-events.ts';
export type { ReportCycle } from './report-cycle.ts';
export { evolveAll } from './supervision-item-evolve.ts';

export const stages: Readonly<Record<Stage, string>> = {
  list_making: '制定清单',
  task_assignment: '任务交办',
  progress_reporting: '进度汇报',
  review_rating: '审核评定',
  closed: '办结销号',
  withdrawn: '已撤销',
};

export const ratings: Readonly<Record<Rating, string>> = {
  excellent: '优秀',
  good: '良好',
  qualified: '合格',
  unqualified: '不合格',
};

const officer: readonly Grant[] = [grant('supervision_officer')];
const leadUnit: readonly Grant[] = [grant('undertaking_unit', 'own_unit')];
const open: readonly Stage[] = ['list_making', 'task_assignment', 'progress_reporting', 'review_rating'];
const running: readonly Stage[] = ['task_assignment', 'progress_reporting', 'review_rating'];

type Row = {
  readonly zh: string;
  readonly stages: readonly Stage[];
  readonly who: readonly Grant[];
  readonly leads_to: readonly Stage[];
};

/** The process as a table: the diagram in the docs, the buttons and the rights all come from it. */
export const commandTable = {
  edit: { zh: '修改', stages: ['list_making'], who: officer, leads_to: ['list_making'] },
  assign: {
    zh: '交办',
    stages: ['list_making', 'task_assignment'],
    who: officer,
    leads_to: ['task_assignment'],
  },
  acknowledge: { zh: '签收', stages: ['task_assignment'], who: leadUnit, leads_to: ['progress_reporting'] },
  dispute: { zh: '提出异议', stages: ['task_assignment'], who: leadUnit, leads_to: ['task_assignment'] },
  uphold: { zh: '维持交办', stages: ['task_assignment'], who: officer, leads_to: ['task_assignment'] },
  report_progress: {
    zh: '汇报进度',
    stages: ['progress_reporting'],
    who: [...leadUnit, grant('undertaking_unit', 'assisting_unit')],
    leads_to: ['progress_reporting'],
  },
  request_extension: {
    zh: '申请延期',
    stages: ['progress_reporting'],
    who: leadUnit,
    leads_to: ['progress_reporting'],
  },
  decide_extension: {
    zh: '审批延期',
    stages: ['progress_reporting'],
    // First, so that whoever is both decides as the leader, who may do more.
    who: [grant('city_leader', 'own_portfolio'), ...officer],
    leads_to: ['progress_reporting'],
  },
  pause: { zh: '暂停', stages: ['progress_reporting'], who: officer, leads_to: ['progress_reporting'] },
  resume: { zh: '恢复', stages: ['progress_reporting'], who: officer, leads_to: ['progress_reporting'] },
  request_close: {
    zh: '申请办结',
    stages: ['progress_reporting'],
    who: leadUnit,
    leads_to: ['review_rating'],
  },
  approve: {
    zh: '评定办结',
    stages: ['review_rating'],
    who: officer,
    leads_to: ['closed', 'progress_reporting'],
  },
  return: { zh: '退回', stages: ['review_rating'], who: officer, leads_to: ['progress_reporting'] },
  urge: { ...commonCommands.urge, stages: running, leads_to: [] },
  withdraw: { ...commonCommands.withdraw, stages: open, leads_to: [] },
  confirm_withdrawal: { ...commonCommands.confirm_withdrawal, stages: open, leads_to: ['withdrawn'] },
  reject_withdrawal: { ...commonCommands.reject_withdrawal, stages: open, leads_to: [] },
  reassign_person: { ...commonCommands.reassign_person, stages: running, leads_to: [] },
  comment: { ...commonCommands.comment, stages: open, leads_to: [] },
} as const satisfies Record<CommandName, Row>;

export const commandNames = Object.keys(commandTable) as CommandName[];

/** The commands that this viewer may give now, without regard to what would be filled in. */
export function allowedCommands(state: SupervisionItem, viewer: Viewer): readonly CommandName[] {
  return commandNames.filter((name) => {
    const row: Row = commandTable[name];
    const role = row.stages.includes(state.stage) ? roleFor(viewer, row.who, state.facts) : null;
    return (
      role !== null &&
      applies(state, name, { kind: 'person', person_id: viewer.person_id, unit_id: viewer.unit_id, role })
    );
  });
}

function applies(state: SupervisionItem, name: CommandName, by: Actor): boolean {
  switch (state.stage) {
    case 'task_assignment':
      if (name === 'assign' || name === 'uphold') return state.dispute !== null;
      if (name === 'acknowledge' || name === 'dispute') return state.dispute === null;
      break;
    case 'progress_reporting':
      if (name === 'resume') return state.paused !== null;
      if (state.paused !== null && standsStill(name)) return false;
      if (name === 'decide_extension') return mayDecideExtension(state, by);
      if (name === 'request_extension') return state.extension === null;
      break;
    case 'review_rating':
      if (name === 'approve' || name === 'return') return !hasFiled(state, by);
      break;
    case 'list_making':
    case 'closed':
    case 'withdrawn':
  }
  return isCommon({ command: name }) ? commonApplies(state, name as CommonCommand['command'], by) : true;
}

/** While an item is paused nobody works on it, and nobody is urged to. */
const standsStill = (name: CommandName): boolean => name === 'urge' || !isCommon({ command: name });

/**
 * The first event of an item's life.
 * @returns it, or `due_missing`, `due_set_by_rule`, `due_in_past`, `calendar_not_loaded`.
 */
export function create(
  input: { readonly facts: ItemFacts; readonly rules: ProcessRules; readonly policies: Policies },
  { by, at, calendar }: Circumstances,
): Event | Refusal {
  const due = itemDue(input.facts, input.rules, { by, at, calendar });
  return isRefusal(due) ? due : { type: 'created', at, by, ...input };
}

function decide(
  state: SupervisionItem,
  command: Command,
  circumstances: Circumstances,
): readonly Event[] | Refusal {
  const row: Row = commandTable[command.command];
  if (!row.stages.includes(state.stage)) {
    return refuse('stage_forbids', `事项处于“${stages[state.stage]}”环节，不能${row.zh}。`);
  }
  if (isCommon(command)) {
    const paused = state.stage === 'progress_reporting' && state.paused !== null;
    return paused && standsStill(command.command) ? itemPaused : decideCommon(state, command, circumstances);
  }
  switch (state.stage) {
    case 'list_making':
      return decideListMaking(state, command, circumstances);
    case 'task_assignment':
      return decideAssignment(state, command, circumstances);
    case 'progress_reporting':
      return decideProgress(state, command, circumstances);
    case 'review_rating':
      return decideReview(state, command, circumstances);
    case 'closed':
    case 'withdrawn':
      return refuse('process_ended', '事项已结束。');
  }
}

export const supervisionItem: Process<SupervisionItem, Command, Event> = {
  decide,
  pass: passWarnings,
  replan,
  seen: seenBy,
  evolve,
  next: nextWarning,
  ended: ({ stage }) => stage === 'closed' || stage === 'withdrawn',
};
