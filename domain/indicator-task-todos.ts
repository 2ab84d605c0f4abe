/** What waits for whom over an indicator task. */
import { ofPeriod, type DeadlineKind } from './deadline.ts';
import { isOwed } from './indicator-task-deadlines.ts';
import { dueOf, type IndicatorTask } from './indicator-task.ts';
import { periodName } from './period.ts';
import type { Instant } from './time.ts';
import { commonTodos, forEverybody, type Todo } from './todo.ts';

export function todosOf(state: IndicatorTask): readonly Todo[] {
  return [...ofStage(state), ...commonTodos(state, 'assessment_admin')];
}

function ofStage(state: IndicatorTask): readonly Todo[] {
  const forUnit = (key: string, what: string, due: Instant | null): Todo => ({
    key,
    what,
    role: 'undertaking_unit',
    unit_id: state.facts.unit_id,
    due,
  });
  switch (state.stage) {
    case 'assigned':
      return [forUnit('acknowledge', '待签收', due(state, 'acknowledgement'))];
    case 'in_progress':
      return [
        ...state.periods
          .filter((period) => isOwed(period) && due(state, ofPeriod('report', period.id)) !== null)
          .map(({ id, due: end }) => forUnit(`report/${id}`, `待填报${periodName(id)}进度`, end)),
        ...(nearsItsEnd(state) ? [forUnit('close', '待申请办结', dueOf(state))] : []),
        ...reviews(state),
        ...ofAdjustment(state),
      ];
    case 'under_review':
      return [
        ...reviews(state),
        forEverybody('reviewer_scorer', 'review', '待评定完成率', due(state, 'review')),
      ];
    case 'completed':
    case 'not_completed':
    case 'withdrawn':
      return [];
  }
}

const due = (state: IndicatorTask, kind: DeadlineKind): Instant | null =>
  state.deadlines.find((deadline) => deadline.kind === kind)?.due ?? null;

const reviews = (state: IndicatorTask): readonly Todo[] =>
  state.periods
    .filter(({ filed }) => filed !== null)
    .map(({ id }) =>
      forEverybody(
        'reviewer_scorer',
        `review/${id}`,
        `待审核${periodName(id)}进度`,
        due(state, ofPeriod('review', id)),
      ),
    );

function ofAdjustment(state: Extract<IndicatorTask, { stage: 'in_progress' }>): readonly Todo[] {
  if (state.adjustment === null) return [];
  const { adjustment } = state.adjustment;
  const due =
    adjustment.kind === 'report_date' ? state.periods.find(({ id }) => id === adjustment.period)?.due : null;
  const what = adjustment.kind === 'target' ? '待审批目标调整' : '待审批填报期限调整';
  return [{ key: 'adjustment', what, role: 'city_leader', unit_id: state.facts.unit_id, due: due ?? null }];
}

/** Nobody is reminded all year of an end that is far away: only once all is accepted, or the end has warned. */
const nearsItsEnd = ({ periods, deadlines }: IndicatorTask): boolean =>
  periods.every(({ accepted }) => accepted !== null) ||
  deadlines.some(({ kind, given }) => kind === 'year_end' && given !== 'none');
