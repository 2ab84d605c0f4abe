import { describe, expect, test } from 'vitest';
import { supervisionItem } from '../../domain/supervision-item.ts';
import { at, colleague, officer, roads, underWay, type Person } from './item-story.ts';

const close = { command: 'request_close', result: '已完工' } as const;
const back = { command: 'return', reasons: '缺验收单' } as const;

describe('审核评定', () => {
  test('the review is due in three working days, and the reviewer is warned like anybody else', () => {
    const story = underWay().until('2026-11-12 10:00').by(roads, close);
    expect(story.due('review')).toBe('2026-11-17 24:00');
    story.until('2026-11-18 09:00');
    expect(story.warnings).toEqual([
      'review/1 bell 2026-11-16 09:00',
      'review/1 yellow_card 2026-11-17 09:00',
      'review/1 red_card 2026-11-17 24:00',
    ]);
    expect(story.last('warning_given').deadline.chain).toBe('reviewing');
    expect(story.card).toBe('none');
    expect(story.state.cards).toEqual({ bell: 0, yellow_card: 0, red_card: 0 });
  });

  for (const [moment, on_time] of [
    ['2026-11-20 24:00 -1ms', true],
    ['2026-11-20 24:00', false],
    ['2026-11-20 24:00 +1ms', false],
  ] as const) {
    test(`asked for at ${moment} and approved days later: ${on_time ? 'on time' : 'late'}`, () => {
      const story = underWay().until(moment).by(roads, close).until('2026-11-30 10:00');
      story.by(officer, { command: 'approve', rating: 'excellent', opinion: '好' });
      expect(story.state).toMatchObject({ stage: 'closed', on_time, requested_at: at(moment) });
      expect(story.state.cards.red_card).toBe(on_time ? 0 : 1);
      // Made up late shows yellow for ever, never green (domain.md 3).
      expect(story.card).toBe(on_time ? 'none' : 'yellow_card');
    });
  }

  test('returned before its deadline, an item is watched as before, under a new version', () => {
    const story = underWay().until('2026-11-12 10:00').by(roads, close);
    story.until('2026-11-13 10:00').by(officer, back).until('2026-11-22 10:00');
    expect(story.warningsOf('item')).toEqual([
      'item/2 bell 2026-11-17 09:00',
      'item/2 yellow_card 2026-11-19 09:00',
      'item/2 red_card 2026-11-20 24:00',
    ]);
    expect(story.state.returns).toBe(1);
    expect(story.due('review')).toBeNull();
  });

  test('returned after its deadline, an item is red at once, and repeats from that day', () => {
    const story = underWay().until('2026-11-19 10:00').by(roads, close);
    story.until('2026-11-24 14:00').by(officer, back);
    expect(story.card).toBe('red_card');
    expect(story.until('2026-12-10 10:00').warningsOf('item').slice(2)).toEqual([
      'item/2 red_card 2026-11-24 14:00',
      'item/2 red_card+1 2026-11-27 09:00',
      'item/2 red_card+2 2026-12-02 09:00',
      'item/2 red_card+3 2026-12-07 09:00',
    ]);
  });

  test('red before its end was asked for, an item that is returned keeps its card: no second one, and a reminder at once', () => {
    for (const verdict of [back, { command: 'approve', rating: 'unqualified' } as const]) {
      const story = underWay().until('2026-11-23 10:00').by(roads, close);
      story.until('2026-11-24 14:00').by(officer, verdict);
      expect(story.card).toBe('red_card');
      expect(story.until('2026-12-10 10:00').warningsOf('item').slice(2)).toEqual([
        'item/1 red_card 2026-11-20 24:00',
        'item/2 red_card+1 2026-11-24 14:00',
        'item/2 red_card+2 2026-11-27 09:00',
        'item/2 red_card+3 2026-12-02 09:00',
      ]);
      expect(story.state.cards.red_card).toBe(1);
    }
  });

  test('on time is judged by the request that was approved, not by one that was returned', () => {
    const story = underWay().until('2026-11-19 10:00').by(roads, close);
    story.until('2026-11-24 14:00').by(officer, back);
    story.until('2026-11-25 10:00').by(roads, close).by(officer, { command: 'approve', rating: 'qualified' });
    expect(story.state).toMatchObject({ stage: 'closed', on_time: false, returns: 1 });
  });

  test('a card stands while the end is being reviewed', () => {
    const story = underWay().until('2026-11-23 10:00').by(roads, close);
    expect(story.stage).toBe('review_rating');
    expect(story.card).toBe('red_card');
    expect(story.until('2026-12-20 10:00').warningsOf('item')).toHaveLength(3);
  });

  test('a rating below qualified is a return and is kept in the history', () => {
    const story = underWay()
      .by(roads, close)
      .by(officer, { command: 'approve', rating: 'unqualified', opinion: '质量不达标' });
    expect(story.stage).toBe('progress_reporting');
    expect(story.last('returned')).toMatchObject({ rating: 'unqualified', reasons: '质量不达标' });
  });

  test('whoever filed a report or asked for the end does not review it, whatever their role is by then', () => {
    const moved: Person = { ...officer, person_id: 'roads' };
    const story = underWay().by(roads, { command: 'report_progress', percent: 50, text: '过半' });
    story.by({ ...roads, person_id: 'somebody else' }, close);
    for (const command of [{ command: 'approve', rating: 'good' }, back] as const) {
      expect(story.tries(moved, command)).toBe('same_person');
      expect(story.tries({ ...officer, person_id: 'somebody else' }, command)).toBe('same_person');
    }
    expect(story.allows(moved)).not.toContain('approve');
    story.by(colleague, { command: 'approve', rating: 'good' });
  });

  test('an item that is closed takes no command and has no next deadline', () => {
    const story = underWay().by(roads, close).by(officer, { command: 'approve', rating: 'good' });
    expect(supervisionItem.ended(story.state)).toBe(true);
    expect(supervisionItem.next(story.state)).toBeNull();
    expect(story.state.deadlines).toEqual([]);
    expect(story.tries(officer, { command: 'comment', text: '' })).toBe('stage_forbids');
    expect(story.allows(officer)).toEqual([]);
  });
});
