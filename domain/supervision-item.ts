/**
 * 督查事项, a supervision item: a matter that the supervision office tracks until it is closed
 * . list_making → task_assignment → progress_reporting → review_rating → closed.
 * Pure: the stages and commands are data below; the rules are `decide`; the past is `evolve`.
 */
import { covers, isWorkingDay, type Calendar } from './calendar.ts';
import {
  commonApplies,
  commonCommands,
  decideCommon,
  evolveCommon,
  isCommon,
  type CommonCommand,
  type CommonEvent,
} from './common-commands.ts';
import { afterWorkingDays, type Deadline } from './deadline.ts';
import { grant, roleFor, type Grant, type Viewer } from './permissions.ts';
import { samePerson, type Actor, type Circumstances, type EventFrame, type Process } from './process.ts';
import { isRefusal, refuse, type Refusal } from './refusal.ts';
import { dueOf } from './rule-710.ts';
import {
  addDays,
  dayEnd,
  daysBetween,
  deadlineDate,
  instantOn,
  localDateOf,
  officeTime,
  weekday,
  type Instant,
  type LocalDate,
} from './time.ts';
import type { Aspect, Importance, ItemClass, SourceLevel, SubAspect } from './vocabulary.ts';
import {
  armNext,
  armWorkingDays,
  evolveFrame,
  evolveWarning,
  nextWarning,
  passWarnings,
  replanned,
  seenBy,
  unwatched,
  type People,
  type ProcessRules,
  type WarningEvent,
  type Watched,
} from './watching.ts';

export type ReportCycle =
  | { readonly kind: 'none' }
  | { readonly kind: 'working_days'; readonly n: number }
  | { readonly kind: 'weekly' }
  | { readonly kind: 'monthly' };

/** What the list says of an item. Edited only while the list is being made. */
export type ItemFacts = {
  readonly number: string;
  readonly title: string;
  readonly aspect: Aspect;
  readonly sub_aspect: SubAspect | null;
  readonly source: {
    readonly level: SourceLevel;
    readonly document: string | null;
    readonly instructed_by: string | null;
  };
  readonly item_class: ItemClass;
  /** For `dated` only; the other classes get their day from rule 710 when the item is assigned. */
  readonly due_on: LocalDate | null;
  readonly lead_unit_id: string | null;
  readonly assisting_unit_ids: readonly string[];
  readonly report_cycle: ReportCycle;
  readonly importance: Importance;
};

export type Rating = 'excellent' | 'good' | 'qualified' | 'unqualified';
export type Report = { readonly at: Instant; readonly percent: number };
export type CloseRequest = {
  readonly by: Actor;
  readonly at: Instant;
  readonly result: string;
  /** Assisting units that have reported no share yet. */
  readonly missing_shares: readonly string[];
};

type Life = Watched & {
  readonly facts: ItemFacts;
  readonly assigned_on: LocalDate | null;
  readonly due: Instant | null;
  readonly last_report: Report | null;
  /** What assisting units have reported of their share. */
  readonly shares: Readonly<Record<string, Report>>;
  readonly extensions: number;
  readonly returns: number;
};

export type SupervisionItem = Life &
  (
    | { readonly stage: 'list_making' }
    | { readonly stage: 'task_assignment'; readonly dispute: { readonly by: Actor; readonly reason: string } | null }
    | {
        readonly stage: 'progress_reporting';
        readonly paused: { readonly on: LocalDate; readonly deadlines: readonly Deadline[] } | null;
        readonly extension: { readonly by: Actor; readonly new_due_on: LocalDate; readonly reason: string } | null;
      }
    | { readonly stage: 'review_rating'; readonly request: CloseRequest }
    | { readonly stage: 'closed'; readonly rating: Rating; readonly on_time: boolean; readonly requested_at: Instant }
    | { readonly stage: 'withdrawn'; readonly reason: string }
  );

export type Stage = SupervisionItem['stage'];

export const stages: Readonly<Record<Stage, string>> = {
  list_making: '制定清单',
  task_assignment: '任务交办',
  progress_reporting: '进度汇报',
  review_rating: '审核评定',
  closed: '办结销号',
  withdrawn: '已撤销',
};

export type ItemCommand =
  | ({ readonly command: 'edit' } & Partial<Omit<ItemFacts, 'number'>>)
  | { readonly command: 'assign'; readonly lead_unit_id?: string; readonly assisting_unit_ids?: readonly string[] }
  | ({ readonly command: 'acknowledge' } & People)
  | { readonly command: 'dispute'; readonly reason: string }
  | { readonly command: 'uphold'; readonly reason: string }
  | { readonly command: 'report_progress'; readonly percent: number; readonly text: string; readonly evidence_ids?: readonly string[] }
  | { readonly command: 'request_extension'; readonly new_due_on: LocalDate; readonly reason: string }
  | { readonly command: 'decide_extension'; readonly granted: boolean; readonly reason: string }
  | { readonly command: 'pause'; readonly reason: string }
  | { readonly command: 'resume'; readonly reason?: string }
  | { readonly command: 'request_close'; readonly result: string; readonly evidence_ids?: readonly string[] }
  | { readonly command: 'approve'; readonly rating: Rating; readonly opinion?: string }
  | { readonly command: 'return'; readonly reasons: string };

export type Command = ItemCommand | CommonCommand;
export type CommandName = Command['command'];

export type ItemEvent = EventFrame &
  (
    | { readonly type: 'created'; readonly facts: ItemFacts; readonly rules: ProcessRules; readonly policies: Watched['policies'] }
    | { readonly type: 'edited'; readonly changes: Partial<ItemFacts> }
    | {
        readonly type: 'assigned';
        readonly lead_unit_id: string;
        readonly assisting_unit_ids: readonly string[];
        readonly assigned_on: LocalDate;
        readonly due: Instant;
      }
    | { readonly type: 'acknowledged'; readonly people: People; readonly late: boolean }
    | { readonly type: 'disputed'; readonly reason: string }
    | { readonly type: 'dispute_rejected'; readonly reason: string }
    | { readonly type: 'progress_reported'; readonly percent: number; readonly text: string; readonly evidence_ids: readonly string[]; readonly late: boolean }
    | { readonly type: 'share_reported'; readonly unit_id: string; readonly percent: number; readonly text: string; readonly evidence_ids: readonly string[] }
    | { readonly type: 'extension_requested'; readonly new_due_on: LocalDate; readonly reason: string }
    | { readonly type: 'extension_granted'; readonly from: Instant; readonly due: Instant; readonly reason: string }
    | { readonly type: 'extension_rejected'; readonly reason: string }
    | { readonly type: 'paused'; readonly reason: string; readonly on: LocalDate }
    | { readonly type: 'resumed'; readonly reason: string; readonly days: number; readonly due: Instant }
    | { readonly type: 'close_requested'; readonly result: string; readonly evidence_ids: readonly string[]; readonly missing_shares: readonly string[] }
    | { readonly type: 'returned'; readonly reasons: string; readonly rating: Rating | null }
    | { readonly type: 'closed'; readonly rating: Rating; readonly opinion: string; readonly on_time: boolean; readonly requested_at: Instant }
  );

export type Event = ItemEvent | CommonEvent | WarningEvent;

const officer: readonly Grant[] = [grant('supervision_officer')];
const leadUnit: readonly Grant[] = [grant('undertaking_unit', 'own_unit')];
const open: readonly Stage[] = ['list_making', 'task_assignment', 'progress_reporting', 'review_rating'];
const running: readonly Stage[] = ['task_assignment', 'progress_reporting', 'review_rating'];

type Row = { readonly zh: string; readonly stages: readonly Stage[]; readonly who: readonly Grant[]; readonly leads_to: readonly Stage[] };

/** The process as a table: the diagram in the docs, the buttons and the rights all come from it. */
export const commandTable = {
  edit: { zh: '修改', stages: ['list_making'], who: officer, leads_to: ['list_making'] },
  assign: { zh: '交办', stages: ['list_making', 'task_assignment'], who: officer, leads_to: ['task_assignment'] },
  acknowledge: { zh: '签收', stages: ['task_assignment'], who: leadUnit, leads_to: ['progress_reporting'] },
  dispute: { zh: '提出异议', stages: ['task_assignment'], who: leadUnit, leads_to: ['task_assignment'] },
  uphold: { zh: '维持交办', stages: ['task_assignment'], who: officer, leads_to: ['task_assignment'] },
  report_progress: {
    zh: '汇报进度',
    stages: ['progress_reporting'],
    who: [...leadUnit, grant('undertaking_unit', 'assisting_unit')],
    leads_to: ['progress_reporting'],
  },
  request_extension: { zh: '申请延期', stages: ['progress_reporting'], who: leadUnit, leads_to: ['progress_reporting'] },
  decide_extension: {
    zh: '审批延期',
    stages: ['progress_reporting'],
    who: [...officer, grant('city_leader', 'own_portfolio')],
    leads_to: ['progress_reporting'],
  },
  pause: { zh: '暂停', stages: ['progress_reporting'], who: officer, leads_to: ['progress_reporting'] },
  resume: { zh: '恢复', stages: ['progress_reporting'], who: officer, leads_to: ['progress_reporting'] },
  request_close: { zh: '申请办结', stages: ['progress_reporting'], who: leadUnit, leads_to: ['review_rating'] },
  approve: { zh: '评定办结', stages: ['review_rating'], who: officer, leads_to: ['closed', 'progress_reporting'] },
  return: { zh: '退回', stages: ['review_rating'], who: officer, leads_to: ['progress_reporting'] },
  urge: { ...commonCommands.urge, stages: running, leads_to: [] },
  withdraw: { ...commonCommands.withdraw, stages: open, leads_to: [] },
  confirm_withdrawal: { ...commonCommands.confirm_withdrawal, stages: open, leads_to: ['withdrawn'] },
  reject_withdrawal: { ...commonCommands.reject_withdrawal, stages: open, leads_to: [] },
  reassign_person: { ...commonCommands.reassign_person, stages: running, leads_to: [] },
  comment: { ...commonCommands.comment, stages: open, leads_to: [] },
} as const satisfies Record<CommandName, Row>;

export const commandNames = Object.keys(commandTable) as CommandName[];

/** The longest that warnings, reviews and repeats reach beyond a deadline: the calendar must cover it. */
const CALENDAR_REACH_DAYS = 40;

export const owned = ({ facts }: SupervisionItem) => facts;

/** The commands that this viewer may give now, without regard to what would be filled in. */
export function allowedCommands(state: SupervisionItem, viewer: Viewer): readonly CommandName[] {
  return commandNames.filter((name) => {
    const row: Row = commandTable[name];
    const role = row.stages.includes(state.stage) ? roleFor(viewer, row.who, state.facts) : null;
    return role !== null && applies(state, name, { kind: 'person', person_id: viewer.person_id, unit_id: viewer.unit_id, role });
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
      if (name === 'decide_extension') return state.extension !== null && state.paused === null && !extensionNeedsLeader(state, by);
      if (name === 'request_extension') return state.extension === null && state.paused === null;
      if (name === 'pause' || name === 'report_progress' || name === 'request_close') return state.paused === null;
      break;
    case 'review_rating':
      if (name === 'approve' || name === 'return') return !samePerson(state.request.by, by);
      break;
    case 'list_making':
    case 'closed':
    case 'withdrawn':
  }
  return isCommon({ command: name }) ? commonApplies(state, name as CommonCommand['command'], by) : true;
}

/** The first event of an item's life. @returns `calendar_not_loaded`, `due_in_past` for a dated item that cannot be met. */
export function create(
  input: { readonly facts: ItemFacts; readonly rules: ProcessRules; readonly policies: Watched['policies'] },
  { by, at, calendar }: Circumstances,
): Event | Refusal {
  const fault = dueFault(input.facts, at, calendar);
  return fault ?? { type: 'created', at, by, ...input };
}

function dueFault(facts: ItemFacts, at: Instant, calendar: Calendar): Refusal | null {
  if (facts.item_class === 'dated' && facts.due_on === null) {
    return refuse('due_in_past', '限期事项须写明办结日期。', '/due_on');
  }
  const today = localDateOf(at);
  const due = dueDate(facts, today);
  if (due < today) return refuse('due_in_past', `办结日期${due}已过，请改为${today}或之后。`, '/due_on');
  const uncovered = covers(calendar, today, addDays(due, CALENDAR_REACH_DAYS));
  return uncovered === null ? null : { ...uncovered, pointer: '/due_on' };
}

const dueDate = (facts: ItemFacts, assignedOn: LocalDate): LocalDate =>
  facts.item_class === 'dated' ? (facts.due_on ?? assignedOn) : dueOf(facts.item_class, assignedOn);

function decide(state: SupervisionItem, command: Command, circumstances: Circumstances): readonly Event[] | Refusal {
  const row: Row = commandTable[command.command];
  if (!row.stages.includes(state.stage)) {
    return refuse('stage_forbids', `事项处于“${stages[state.stage]}”环节，不能${row.zh}。`);
  }
  if (isCommon(command)) return decideCommon(state, command, circumstances);
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

type In<S extends Stage> = SupervisionItem & { stage: S };

const unreachable = (command: Command): never => {
  throw new Error(`the table let ${command.command} through in a stage that does not know it`);
};

function decideListMaking(state: In<'list_making'>, command: ItemCommand, c: Circumstances): readonly Event[] | Refusal {
  switch (command.command) {
    case 'edit': {
      const { command: _, ...changes } = command;
      if (Object.keys(changes).length === 0) return refuse('nothing_changed', '没有任何修改。');
      const fault = dueFault({ ...state.facts, ...changes }, c.at, c.calendar);
      return fault ?? [{ type: 'edited', at: c.at, by: c.by, changes }];
    }
    case 'assign':
      return assign(state, command, c);
    default:
      return unreachable(command);
  }
}

function decideAssignment(state: In<'task_assignment'>, command: ItemCommand, c: Circumstances): readonly Event[] | Refusal {
  const { at, by } = c;
  switch (command.command) {
    case 'acknowledge': {
      if (state.dispute !== null) return refuse('already_disputed', '已提出异议，待督查办裁定后再签收。');
      const { command: _, ...people } = command;
      const report = armReport(state, c, localDateOf(at));
      if (isRefusal(report)) return report;
      const late = state.deadlines.some(({ kind, due }) => kind === 'acknowledgement' && due < at);
      return [{ type: 'acknowledged', at, by, people, late, clears: ['acknowledgement'], arms: report }];
    }
    case 'dispute': {
      if (state.dispute !== null) return refuse('already_disputed', '已提出异议，待督查办裁定。');
      const armed = armWorkingDays(state, 'dispute', 'reviewing', state.rules.dispute_working_days, c);
      if (isRefusal(armed)) return armed;
      return [{ type: 'disputed', at, by, reason: command.reason, clears: ['acknowledgement'], arms: [armed] }];
    }
    case 'uphold': {
      if (state.dispute === null) return refuse('no_dispute_pending', '没有待裁定的异议。');
      const armed = armWorkingDays(state, 'acknowledgement', 'undertaking', state.rules.acknowledgement_working_days, c);
      if (isRefusal(armed)) return armed;
      return [{ type: 'dispute_rejected', at, by, reason: command.reason, clears: ['dispute'], arms: [armed] }];
    }
    case 'assign':
      if (state.dispute === null) return refuse('no_dispute_pending', '事项已交办；只有承办单位提出异议后才能改派。');
      return assign(state, command, c);
    default:
      return unreachable(command);
  }
}

function assign(
  state: SupervisionItem,
  command: Extract<ItemCommand, { command: 'assign' }>,
  c: Circumstances,
): readonly Event[] | Refusal {
  const lead_unit_id = command.lead_unit_id ?? state.facts.lead_unit_id;
  if (lead_unit_id === null) return refuse('lead_unit_missing', '请指定牵头单位。', '/lead_unit_id');
  const fault = dueFault(state.facts, c.at, c.calendar);
  if (fault !== null) return fault;
  const assigned_on = localDateOf(c.at);
  const due = dayEnd(dueDate(state.facts, assigned_on));
  const acknowledgement = armWorkingDays(state, 'acknowledgement', 'undertaking', state.rules.acknowledgement_working_days, c);
  if (isRefusal(acknowledgement)) return acknowledgement;
  const item = armNext(state, { kind: 'item', chain: 'undertaking', due, basis: { kind: 'fixed' } }, c);
  if (isRefusal(item)) return item;
  const assisting_unit_ids = (command.assisting_unit_ids ?? state.facts.assisting_unit_ids).filter((id) => id !== lead_unit_id);
  return [
    {
      type: 'assigned',
      at: c.at,
      by: c.by,
      lead_unit_id,
      assisting_unit_ids,
      assigned_on,
      due,
      clears: ['dispute'],
      arms: [acknowledgement, item],
    },
  ];
}

function decideProgress(state: In<'progress_reporting'>, command: ItemCommand, c: Circumstances): readonly Event[] | Refusal {
  const { at, by } = c;
  const due = state.due ?? at;
  if (state.paused !== null && command.command !== 'resume') {
    return command.command === 'pause'
      ? refuse('already_paused', '事项已暂停。')
      : refuse('item_paused', '事项暂停期间不能办理，请先由督查办恢复。');
  }
  switch (command.command) {
    case 'report_progress':
      return reportProgress(state, command, c);
    case 'request_extension': {
      const cutoff = instantOn(deadlineDate(due), state.rules.extension_cutoff);
      if (at > cutoff) {
        return refuse('extension_too_late', `延期申请须在${officeTime(cutoff)}前提出，现已逾时；请尽快办理并申请办结。`);
      }
      if (state.extension !== null) return refuse('extension_pending', '已有延期申请待审批。');
      if (dayEnd(command.new_due_on) <= due) {
        return refuse('due_not_later', `新期限须晚于现期限${deadlineDate(due)}。`, '/new_due_on');
      }
      const uncovered = covers(c.calendar, localDateOf(at), addDays(command.new_due_on, CALENDAR_REACH_DAYS));
      if (uncovered !== null) return { ...uncovered, pointer: '/new_due_on' };
      return [{ type: 'extension_requested', at, by, new_due_on: command.new_due_on, reason: command.reason }];
    }
    case 'decide_extension':
      return decideExtension(state, command, c);
    case 'pause':
      return [
        {
          type: 'paused',
          at,
          by,
          reason: command.reason,
          on: localDateOf(at),
          clears: state.deadlines.map(({ kind }) => kind),
        },
      ];
    case 'resume':
      return resume(state, command, c);
    case 'request_close': {
      const review = armWorkingDays(state, 'review', 'reviewing', state.rules.review_working_days, c);
      if (isRefusal(review)) return review;
      const missing_shares = state.facts.assisting_unit_ids.filter((id) => state.shares[id] === undefined);
      return [
        {
          type: 'close_requested',
          at,
          by,
          result: command.result,
          evidence_ids: command.evidence_ids ?? [],
          missing_shares,
          clears: ['report', 'item'],
          arms: [review],
        },
      ];
    }
    default:
      return unreachable(command);
  }
}

function reportProgress(
  state: In<'progress_reporting'>,
  { percent, text, evidence_ids = [] }: Extract<ItemCommand, { command: 'report_progress' }>,
  c: Circumstances,
): readonly Event[] | Refusal {
  const { at, by } = c;
  const unit_id = by.kind === 'person' ? by.unit_id : null;
  if (unit_id !== null && state.facts.assisting_unit_ids.includes(unit_id)) {
    return [{ type: 'share_reported', at, by, unit_id, percent, text, evidence_ids }];
  }
  if (unit_id !== state.facts.lead_unit_id) return refuse('unit_not_on_item', '只有牵头单位或协办单位可以汇报进度。');
  // A report filed before its day answers for that day; one filed late answers for all that was missed.
  const owed = state.deadlines.find(({ kind }) => kind === 'report');
  const late = owed !== undefined && owed.due < at;
  const from = owed !== undefined && !late ? deadlineDate(owed.due) : localDateOf(at);
  const report = armReport(state, c, from);
  if (isRefusal(report)) return report;
  return [{ type: 'progress_reported', at, by, percent, text, evidence_ids, late, clears: ['report'], arms: report }];
}

const extensionNeedsLeader = (state: SupervisionItem, by: Actor): boolean =>
  (state.facts.item_class === 'year_end_clear' || state.extensions > 0) && !(by.kind === 'person' && by.role === 'city_leader');

function decideExtension(
  state: In<'progress_reporting'>,
  { granted, reason }: Extract<ItemCommand, { command: 'decide_extension' }>,
  c: Circumstances,
): readonly Event[] | Refusal {
  const { at, by } = c;
  if (state.extension === null) return refuse('no_extension_pending', '没有待审批的延期申请。');
  if (samePerson(state.extension.by, by)) return refuse('same_person', '延期不能由申请人自己审批。');
  if (extensionNeedsLeader(state, by)) {
    return refuse('extension_needs_city_leader', '年底清零事项和第二次延期须由分管市级领导审批。');
  }
  if (!granted) return [{ type: 'extension_rejected', at, by, reason }];
  const due = dayEnd(state.extension.new_due_on);
  if (due <= at) return refuse('due_in_past', `申请的新期限${state.extension.new_due_on}已过，请驳回后重新申请。`);
  const item = armNext(state, { kind: 'item', chain: 'undertaking', due, basis: { kind: 'fixed' } }, c);
  if (isRefusal(item)) return item;
  const report = state.deadlines.some(({ kind }) => kind === 'report') ? [] : armReport({ ...state, due }, c, localDateOf(at));
  if (isRefusal(report)) return report;
  return [{ type: 'extension_granted', at, by, from: state.due ?? due, due, reason, arms: [item, ...report] }];
}

/** The clock stood still: every deadline moves by the whole days between the pause and now. */
function resume(
  state: In<'progress_reporting'>,
  { reason = '' }: Extract<ItemCommand, { command: 'resume' }>,
  c: Circumstances,
): readonly Event[] | Refusal {
  if (state.paused === null) return refuse('not_paused', '事项未暂停。');
  const days = daysBetween(state.paused.on, localDateOf(c.at));
  const moved = (due: Instant) => dayEnd(addDays(deadlineDate(due), days));
  const due = moved(state.due ?? c.at);
  const uncovered = covers(c.calendar, localDateOf(c.at), addDays(deadlineDate(due), CALENDAR_REACH_DAYS));
  if (uncovered !== null) return uncovered;
  const arms: Deadline[] = [];
  for (const { kind, chain, due: before } of state.paused.deadlines) {
    const armed = armNext(state, { kind, chain, due: moved(before), basis: { kind: 'fixed' } }, c);
    if (isRefusal(armed)) return armed;
    arms.push(armed);
  }
  return [{ type: 'resumed', at: c.at, by: c.by, reason, days, due, arms }];
}

function decideReview(state: In<'review_rating'>, command: ItemCommand, c: Circumstances): readonly Event[] | Refusal {
  const { at, by } = c;
  if (samePerson(state.request.by, by)) return refuse('same_person', '申请办结的人不能自己审核，请由另一人审核。');
  switch (command.command) {
    case 'approve': {
      if (command.rating === 'unqualified') return returnToUnit(state, command.opinion ?? '评定为不合格', 'unqualified', c);
      // Judged by the moment of the request that was approved: a slow review never makes an item late.
      const on_time = state.due === null || state.request.at <= state.due;
      return [
        {
          type: 'closed',
          at,
          by,
          rating: command.rating,
          opinion: command.opinion ?? '',
          on_time,
          requested_at: state.request.at,
          clears: state.deadlines.map(({ kind }) => kind),
        },
      ];
    }
    case 'return':
      return returnToUnit(state, command.reasons, null, c);
    default:
      return unreachable(command);
  }
}

function returnToUnit(state: SupervisionItem, reasons: string, rating: Rating | null, c: Circumstances): readonly Event[] | Refusal {
  const due = state.due ?? c.at;
  const item = armNext(state, { kind: 'item', chain: 'undertaking', due, basis: { kind: 'fixed' } }, c);
  if (isRefusal(item)) return item;
  const report = armReport(state, c, localDateOf(c.at));
  if (isRefusal(report)) return report;
  return [{ type: 'returned', at: c.at, by: c.by, reasons, rating, clears: ['review'], arms: [item, ...report] }];
}

/** The next report that the cycle asks for after a day, as long as it falls before the item's own end. */
function armReport(state: SupervisionItem, c: Circumstances, after: LocalDate): readonly Deadline[] | Refusal {
  const next = nextReport(state.facts.report_cycle, after, c.calendar);
  if (next === null) return [];
  if (isRefusal(next)) return next;
  if (state.due !== null && next.due >= state.due) return [];
  const armed = armNext(state, { kind: 'report', chain: 'undertaking', ...next }, c);
  return isRefusal(armed) ? armed : [armed];
}

/** Weekly: the last working day up to Friday; monthly: the last working day of the month [D]. */
function nextReport(cycle: ReportCycle, after: LocalDate, calendar: Calendar): Pick<Deadline, 'due' | 'basis'> | null | Refusal {
  switch (cycle.kind) {
    case 'none':
      return null;
    case 'working_days':
      return afterWorkingDays(calendar, after, cycle.n);
    case 'weekly':
      return lastWorkingDay(calendar, after, (date) => addDays(date, (5 - weekday(date) + 7) % 7));
    case 'monthly':
      return lastWorkingDay(calendar, after, endOfMonth);
  }
}

function lastWorkingDay(
  calendar: Calendar,
  after: LocalDate,
  periodEnd: (date: LocalDate) => LocalDate,
): Pick<Deadline, 'due' | 'basis'> | Refusal {
  for (let from = addDays(after, 1); ; from = addDays(periodEnd(from), 1)) {
    const end = periodEnd(from);
    for (let day = end; day >= from; day = addDays(day, -1)) {
      const working = isWorkingDay(calendar, day);
      if (isRefusal(working)) return working;
      if (working) return { due: dayEnd(day), basis: { kind: 'fixed' } };
    }
  }
}

function endOfMonth(date: LocalDate): LocalDate {
  let end = date;
  while (addDays(end, 1).slice(0, 7) === date.slice(0, 7)) end = addDays(end, 1);
  return end;
}

function evolve(before: SupervisionItem | null, event: Event): SupervisionItem {
  if (event.type === 'created') return born(event);
  if (before === null) throw new Error(`an item's life begins with created, not ${event.type}`);
  const state = evolveFrame(before, event);
  switch (event.type) {
    case 'edited':
      return { ...state, facts: { ...state.facts, ...event.changes } };
    case 'assigned':
      return {
        ...life(state),
        stage: 'task_assignment',
        dispute: null,
        facts: { ...state.facts, lead_unit_id: event.lead_unit_id, assisting_unit_ids: event.assisting_unit_ids },
        // Another unit's people take over: nobody of the unit that disputed stays on the item.
        people: event.lead_unit_id === state.facts.lead_unit_id ? state.people : {},
        assigned_on: event.assigned_on,
        due: event.due,
      };
    case 'acknowledged':
      return { ...life(state), stage: 'progress_reporting', paused: null, extension: null, people: { ...state.people, ...event.people } };
    case 'disputed':
      return { ...state, stage: 'task_assignment', dispute: { by: event.by, reason: event.reason } };
    case 'dispute_rejected':
      return { ...state, stage: 'task_assignment', dispute: null };
    case 'progress_reported':
      return { ...state, last_report: { at: event.at, percent: event.percent } };
    case 'share_reported':
      return { ...state, shares: { ...state.shares, [event.unit_id]: { at: event.at, percent: event.percent } } };
    case 'extension_requested':
      return reporting(state, { extension: { by: event.by, new_due_on: event.new_due_on, reason: event.reason } });
    case 'extension_granted':
      return { ...reporting(state, { extension: null }), due: event.due, extensions: state.extensions + 1 };
    case 'extension_rejected':
      return reporting(state, { extension: null });
    case 'paused':
      return reporting(state, { paused: { on: event.on, deadlines: before.deadlines } });
    case 'resumed':
      return { ...reporting(state, { paused: null }), due: event.due };
    case 'close_requested': {
      const { by, at, result, missing_shares } = event;
      return { ...life(state), stage: 'review_rating', request: { by, at, result, missing_shares } };
    }
    case 'returned':
      return { ...life(state), stage: 'progress_reporting', paused: null, extension: null, returns: state.returns + 1 };
    case 'closed':
      return { ...life(state), stage: 'closed', rating: event.rating, on_time: event.on_time, requested_at: event.requested_at };
    case 'withdrawn':
      return { ...life(evolveCommon(state, event)), stage: 'withdrawn', reason: event.reason };
    case 'urged':
    case 'withdrawal_requested':
    case 'withdrawal_rejected':
    case 'person_reassigned':
    case 'commented':
    case 'replanned':
      return evolveCommon(state, event);
    case 'warning_given':
    case 'red_card_climbed':
    case 'red_card_seen':
    case 'accountability_proposed':
      return evolveWarning(state, event);
  }
}

/** What of a stage ends with the stage. */
const OF_ONE_STAGE = new Set(['stage', 'dispute', 'paused', 'extension', 'request', 'rating', 'on_time', 'requested_at', 'reason']);

const life = (state: SupervisionItem): Life =>
  Object.fromEntries(Object.entries(state).filter(([field]) => !OF_ONE_STAGE.has(field))) as unknown as Life;

const born = ({ facts, rules, policies }: Extract<Event, { type: 'created' }>): SupervisionItem => ({
  ...unwatched(rules, policies),
  version: 1,
  stage: 'list_making',
  facts,
  assigned_on: null,
  due: null,
  last_report: null,
  shares: {},
  extensions: 0,
  returns: 0,
});

function reporting(
  state: SupervisionItem,
  change: Partial<Pick<In<'progress_reporting'>, 'paused' | 'extension'>>,
): In<'progress_reporting'> {
  if (state.stage !== 'progress_reporting') throw new Error(`not reporting but ${state.stage}`);
  return { ...state, ...change };
}

export const supervisionItem: Process<SupervisionItem, Command, Event> = {
  decide,
  pass: passWarnings,
  replan: (state, circumstances) => {
    const moved = replanned(state, circumstances);
    if (isRefusal(moved) || moved.length === 0) return isRefusal(moved) ? moved : [];
    return [{ type: 'replanned', at: circumstances.at, by: circumstances.by, calendar_version: circumstances.calendar.version, arms: moved }];
  },
  seen: seenBy,
  evolve,
  next: nextWarning,
  ended: ({ stage }) => stage === 'closed' || stage === 'withdrawn',
};

/** The state that a list of events has led to. */
export function evolveAll(state: SupervisionItem | null, events: readonly Event[]): SupervisionItem {
  let now = state;
  for (const event of events) now = evolve(now, event);
  if (now === null) throw new Error('no event, no life');
  return now;
}
