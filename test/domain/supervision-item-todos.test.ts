import { describe, expect, test } from 'vitest';
import { todosOf } from '../../domain/supervision-item-todos.ts';
import { localDate, officeTime } from '../../domain/time.ts';
import { colleague, finance, listed, officer, roads, underWay, type ItemStory } from './item-story.ts';

/** `待签收 → undertaking_unit unit-roads, 2026-11-03 24:00`. */
const waiting = (story: ItemStory) =>
  todosOf(story.state).map(
    ({ what, role, unit_id, due }) =>
      `${what} → ${role}${unit_id === null ? '' : ` ${unit_id}`}${due === null ? '' : `, ${officeTime(due)}`}`,
  );

describe('what waits for whom', () => {
  test('follows the item through its stages', () => {
    const story = listed({
      facts: { assisting_unit_ids: ['unit-finance'], report_cycle: { kind: 'weekly' } },
    });
    expect(waiting(story)).toEqual(['待交办 → supervision_officer']);
    story.by(officer, { command: 'assign' });
    expect(waiting(story)).toEqual(['待签收 → undertaking_unit unit-roads, 2026-11-03 24:00']);
    story.by(roads, { command: 'acknowledge' });
    expect(waiting(story)).toEqual([
      '待汇报进度 → undertaking_unit unit-roads, 2026-11-06 24:00',
      '待办结 → undertaking_unit unit-roads, 2026-11-20 24:00',
      '待汇报协办情况 → undertaking_unit unit-finance, 2026-11-20 24:00',
    ]);
    story.by(finance, { command: 'report_progress', percent: 100, text: '已拨付' });
    story.by(roads, { command: 'request_close', result: '完工' });
    expect(waiting(story)).toEqual(['待审核评定 → supervision_officer, 2026-11-05 24:00']);
    story.by(officer, { command: 'approve', rating: 'good' });
    expect(waiting(story)).toEqual([]);
  });

  test('a dispute, a withdrawal and a first extension wait for the office, a second one for the city leader', () => {
    const disputed = listed()
      .by(officer, { command: 'assign' })
      .by(roads, { command: 'dispute', reason: '无' });
    expect(waiting(disputed)).toEqual(['待裁定异议 → supervision_officer, 2026-11-05 24:00']);
    const story = underWay();
    const ask = (day: string) =>
      story.by(roads, { command: 'request_extension', new_due_on: localDate(day), reason: '雨季' });
    ask('2026-12-11');
    expect(waiting(story)).toContain('待审批延期 → supervision_officer, 2026-11-20 24:00');
    story.by(officer, { command: 'decide_extension', granted: true, reason: '同意' });
    ask('2026-12-25');
    expect(waiting(story)).toContain('待审批延期 → city_leader unit-roads, 2026-12-11 24:00');
    story.by(officer, { command: 'withdraw', reason: '重复' });
    expect(waiting(story)).toContain('待确认撤销 → supervision_officer');
  });

  test('in a pause nothing waits for the unit, nor a decision that could not be taken', () => {
    const story = underWay().by(roads, {
      command: 'request_extension',
      new_due_on: localDate('2026-12-11'),
      reason: '雨季',
    });
    story.by(officer, { command: 'pause', reason: '等待' });
    expect(waiting(story)).toEqual([]);
  });

  test('after the third red reminder accountability waits for the office, also when the item is closed at last', () => {
    const story = underWay().until('2026-12-10 09:00');
    expect(waiting(story)).toContain('红牌多次提醒后未办结，建议研究追责 → supervision_officer');
    story.by(officer, { command: 'withdraw', reason: '重复' });
    story
      .by(roads, { command: 'request_close', result: '完工' })
      .by(officer, { command: 'approve', rating: 'good' });
    expect(waiting(story)).toEqual(['红牌多次提醒后未办结，建议研究追责 → supervision_officer']);
    const withdrawn = underWay()
      .until('2026-12-10 09:00')
      .by(officer, { command: 'withdraw', reason: '重复' });
    expect(waiting(withdrawn.by(colleague, { command: 'confirm_withdrawal' }))).toEqual([]);
  });
});
