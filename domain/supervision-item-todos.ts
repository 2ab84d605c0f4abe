/** What waits for whom over a supervision item. */
import type { DeadlineKind } from './deadline.ts';
import { leaderDecidesExtension } from './supervision-item-extension.ts';
import type { SupervisionItem } from './supervision-item.ts';
import type { Instant } from './time.ts';
import { commonTodos, forEverybody, type Todo } from './todo.ts';

export type { Todo } from './todo.ts';

export function todosOf(state: SupervisionItem): readonly Todo[] {
  const dueOf = (kind: DeadlineKind) =>
    state.deadlines.find((deadline) => deadline.kind === kind)?.due ?? null;
  const officers = (key: string, what: string, due: Instant | null): Todo =>
    forEverybody('supervision_officer', key, what, due);
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
  return [...todos, ...commonTodos(state, 'supervision_officer')];
}
