/** What waits for whom, read off the state alone: the projector makes the open to-dos equal to this. */
import type { DeadlineKind } from './deadline.ts';
import { leaderDecidesExtension } from './supervision-item-extension.ts';
import type { SupervisionItem } from './supervision-item.ts';
import type { Instant } from './time.ts';
import type { Role } from './vocabulary.ts';

export type Todo = {
  readonly key: string;
  /** Chinese, as shown. */
  readonly what: string;
  readonly role: Role;
  /** The unit whose people see it (own unit, or in the portfolio of a city leader); null = everybody in the role. */
  readonly unit_id: string | null;
  readonly due: Instant | null;
};

export function todosOf(state: SupervisionItem): readonly Todo[] {
  const dueOf = (kind: DeadlineKind) =>
    state.deadlines.find((deadline) => deadline.kind === kind)?.due ?? null;
  const officers = (key: string, what: string, due: Instant | null): Todo => ({
    key,
    what,
    role: 'supervision_officer',
    unit_id: null,
    due,
  });
  const unit = (key: string, what: string, due: Instant | null): Todo => ({
    key,
    what,
    role: 'undertaking_unit',
    unit_id: state.facts.lead_unit_id,
    due,
  });
  const todos: Todo[] = [];
  switch (state.stage) {
    case 'list_making':
      todos.push(officers('assign', '待交办', null));
      break;
    case 'task_assignment':
      if (state.dispute === null) todos.push(unit('acknowledge', '待签收', dueOf('acknowledgement')));
      else todos.push(officers('dispute', '待裁定异议', dueOf('dispute')));
      break;
    case 'progress_reporting':
      if (state.paused === null) {
        const report = dueOf('report');
        if (report !== null) todos.push(unit('report', '待汇报进度', report));
        todos.push(unit('close', '待办结', state.due));
        for (const assisting of state.facts.assisting_unit_ids) {
          if (state.shares[assisting] === undefined) {
            todos.push({
              key: `share/${assisting}`,
              what: '待汇报协办情况',
              role: 'undertaking_unit',
              unit_id: assisting,
              due: state.due,
            });
          }
        }
      }
      if (state.extension !== null && state.paused === null) {
        todos.push(
          leaderDecidesExtension(state)
            ? {
                key: 'extension',
                what: '待审批延期',
                role: 'city_leader',
                unit_id: state.facts.lead_unit_id,
                due: state.due,
              }
            : officers('extension', '待审批延期', state.due),
        );
      }
      break;
    case 'review_rating':
      todos.push(officers('review', '待审核评定', dueOf('review')));
      break;
    case 'closed':
    case 'withdrawn':
  }
  if (state.withdrawal !== null) todos.push(officers('withdrawal', '待确认撤销', null));
  if (state.accountability_proposed && state.stage !== 'withdrawn') {
    todos.push(officers('accountability', '红牌多次提醒后未办结，建议研究追责', null));
  }
  return todos;
}
