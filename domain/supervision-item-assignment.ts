/** 制定清单 and 任务交办: an item is listed, given to a unit, and taken on or disputed by it. */
import { unreachable, type Circumstances } from './process.ts';
import { isRefusal, refuse, type Refusal } from './refusal.ts';
import { armReport, dueDate, dueFault } from './supervision-item-deadlines.ts';
import type { Event, In, ItemCommand, SupervisionItem } from './supervision-item-events.ts';
import { dayEnd, localDateOf } from './time.ts';
import { armNext, armWorkingDays } from './watching.ts';

export function decideListMaking(
  state: In<'list_making'>,
  command: ItemCommand,
  c: Circumstances,
): readonly Event[] | Refusal {
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

export function decideAssignment(
  state: In<'task_assignment'>,
  command: ItemCommand,
  c: Circumstances,
): readonly Event[] | Refusal {
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
      return [
        { type: 'disputed', at, by, reason: command.reason, clears: ['acknowledgement'], arms: [armed] },
      ];
    }
    case 'uphold': {
      if (state.dispute === null) return refuse('no_dispute_pending', '没有待裁定的异议。');
      const armed = armWorkingDays(
        state,
        'acknowledgement',
        'undertaking',
        state.rules.acknowledgement_working_days,
        c,
      );
      if (isRefusal(armed)) return armed;
      return [
        { type: 'dispute_rejected', at, by, reason: command.reason, clears: ['dispute'], arms: [armed] },
      ];
    }
    case 'assign':
      if (state.dispute === null)
        return refuse('no_dispute_pending', '事项已交办；只有承办单位提出异议后才能改派。');
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
  const acknowledgement = armWorkingDays(
    state,
    'acknowledgement',
    'undertaking',
    state.rules.acknowledgement_working_days,
    c,
  );
  if (isRefusal(acknowledgement)) return acknowledgement;
  const item = armNext(state, { kind: 'item', chain: 'undertaking', due, basis: { kind: 'fixed' } }, c);
  if (isRefusal(item)) return item;
  const assisting_unit_ids = (command.assisting_unit_ids ?? state.facts.assisting_unit_ids).filter(
    (id) => id !== lead_unit_id,
  );
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
