/** 制定清单 and 任务交办: an item is listed, given to a unit, and taken on or disputed by it. */
import { unreachable, type Circumstances } from './process.ts';
import { isRefusal, refuse, type Refusal } from './refusal.ts';
import { armItem, armReport, itemDue } from './supervision-item-deadlines.ts';
import type { Event, In, ItemCommand, ItemFacts, SupervisionItem } from './supervision-item-events.ts';
import { localDateOf } from './time.ts';
import { armedOf, armWorkingDays } from './watching.ts';

type Given<Name extends ItemCommand['command']> = Extract<ItemCommand, { command: Name }>;

export function decideListMaking(
  state: In<'list_making'>,
  command: ItemCommand,
  c: Circumstances,
): readonly Event[] | Refusal {
  switch (command.command) {
    case 'edit':
      return edit(state, command, c);
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
      const report = armReport(state, state.due, c);
      if (isRefusal(report)) return report;
      const late = state.deadlines.some(({ kind, due }) => kind === 'acknowledgement' && due <= at);
      const clears = armedOf(state, 'acknowledgement');
      return [{ type: 'acknowledged', at, by, people, late, clears, arms: report }];
    }
    case 'dispute': {
      if (state.dispute !== null) return refuse('already_disputed', '已提出异议，待督查办裁定。');
      const armed = armWorkingDays(state, 'dispute', 'reviewing', state.rules.dispute_working_days, c);
      if (isRefusal(armed)) return armed;
      const clears = armedOf(state, 'acknowledgement');
      return [{ type: 'disputed', at, by, reason: command.reason, clears, arms: [armed] }];
    }
    case 'uphold': {
      if (state.dispute === null) return refuse('no_dispute_pending', '没有待裁定的异议。');
      const acknowledgement = armAcknowledgement(state, c);
      if (isRefusal(acknowledgement)) return acknowledgement;
      const clears = armedOf(state, 'dispute');
      return [{ type: 'dispute_rejected', at, by, reason: command.reason, clears, arms: [acknowledgement] }];
    }
    case 'assign': {
      if (state.dispute === null)
        return refuse('no_dispute_pending', '事项已交办；只有承办单位提出异议后才能改派。');
      const { lead_unit_id = state.facts.lead_unit_id, assisting_unit_ids = state.facts.assisting_unit_ids } =
        command;
      // The same units again would only start the clock anew.
      if (same({ lead_unit_id, assisting_unit_ids }, unitsOf(state.facts)))
        return refuse('nothing_changed', '承办单位没有变化；如不采纳异议，请维持交办。', '/lead_unit_id');
      return assign(state, command, c);
    }
    default:
      return unreachable(command);
  }
}

function edit(
  { facts, rules }: In<'list_making'>,
  command: Given<'edit'>,
  c: Circumstances,
): readonly Event[] | Refusal {
  const { command: _, item_policy, ...wanted } = command;
  // A date belongs to `dated` alone: it goes with that class unless another is given.
  const leavesDated = wanted.item_class !== undefined && wanted.item_class !== 'dated';
  const given = leavesDated ? { due_on: null, ...wanted } : wanted;
  const changes = Object.fromEntries(
    Object.entries(given).filter(([field, value]) => !same(value, facts[field as keyof ItemFacts])),
  ) as Partial<ItemFacts>;
  if (Object.keys(changes).length === 0 && item_policy === undefined)
    return refuse('nothing_changed', '没有任何修改。');
  const due = itemDue({ ...facts, ...changes }, rules, c);
  if (isRefusal(due)) return due;
  return [
    { type: 'edited', at: c.at, by: c.by, changes, ...(item_policy === undefined ? {} : { item_policy }) },
  ];
}

function assign(
  state: SupervisionItem,
  command: Given<'assign'>,
  c: Circumstances,
): readonly Event[] | Refusal {
  const lead_unit_id = command.lead_unit_id ?? state.facts.lead_unit_id;
  if (lead_unit_id === null) return refuse('lead_unit_missing', '请指定牵头单位。', '/lead_unit_id');
  const due = itemDue(state.facts, state.rules, c);
  if (isRefusal(due)) return due;
  const acknowledgement = armAcknowledgement(state, c);
  if (isRefusal(acknowledgement)) return acknowledgement;
  const item = armItem(state, due, c);
  if (isRefusal(item)) return item;
  const assisting = new Set(command.assisting_unit_ids ?? state.facts.assisting_unit_ids);
  assisting.delete(lead_unit_id);
  return [
    {
      type: 'assigned',
      at: c.at,
      by: c.by,
      lead_unit_id,
      assisting_unit_ids: [...assisting],
      item_class: state.facts.item_class,
      assigned_on: localDateOf(c.at),
      due: item.due,
      clears: armedOf(state, 'dispute'),
      arms: [acknowledgement, item],
    },
  ];
}

const armAcknowledgement = (state: SupervisionItem, c: Circumstances) =>
  armWorkingDays(state, 'acknowledgement', 'undertaking', state.rules.acknowledgement_working_days, c);

const unitsOf = ({ lead_unit_id, assisting_unit_ids }: ItemFacts) => ({ lead_unit_id, assisting_unit_ids });

/** Both come from JSON and name their fields in the same order, or the difference is taken for a change. */
const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
