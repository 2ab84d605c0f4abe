import { describe, expect, test } from 'vitest';
import { localDate } from '../../domain/time.ts';
import {
  colleague,
  leader,
  listed,
  officer,
  policiesWith,
  policy,
  roads,
  underWay,
  type ItemStory,
  type Listed,
} from './item-story.ts';

const asks = (story: ItemStory, new_due_on: string) =>
  story.tries(roads, { command: 'request_extension', new_due_on: localDate(new_due_on), reason: '雨季停工' });
const grants = { command: 'decide_extension', granted: true, reason: '情况属实' } as const;

describe('an extension (processes 1, progress_reporting)', () => {
  test('asked for before the bell and granted: every warning is armed again from the new day', () => {
    const story = underWay().until('2026-11-10 10:00');
    expect(asks(story, '2026-12-11')).toBeNull();
    story.until('2026-11-11 09:00').by(officer, grants);
    expect(story.due('item')).toBe('2026-12-11 24:00');
    expect(story.state.extensions).toBe(1);
    story.until('2026-12-12 09:00');
    expect(story.warningsOf('item')).toEqual([
      'item/2 bell 2026-12-08 09:00',
      'item/2 yellow_card 2026-12-10 09:00',
      'item/2 red_card 2026-12-11 24:00',
    ]);
  });

  test('granted after a yellow card: the card goes, its record stays', () => {
    const story = underWay().until('2026-11-19 10:00');
    expect(story.card).toBe('yellow_card');
    asks(story, '2026-12-11');
    story.by(officer, grants);
    expect(story.card).toBe('none');
    expect(story.state.cards.yellow_card).toBe(1);
  });

  test('asked for in time and decided after the deadline: the red card comes first, then the new day holds', () => {
    const story = underWay().until('2026-11-20 16:00');
    asks(story, '2026-12-11');
    story.until('2026-11-23 10:00');
    expect(story.card).toBe('red_card');
    story.by(officer, grants);
    expect(story.card).toBe('none');
    expect(story.due('item')).toBe('2026-12-11 24:00');
    expect(story.until('2026-11-25 10:00').events.some(({ type }) => type === 'red_card_climbed')).toBe(
      false,
    );
  });

  for (const [moment, outcome] of [
    ['2026-11-20 17:00 -1ms', null],
    ['2026-11-20 17:00', null],
    ['2026-11-20 17:00 +1ms', 'extension_too_late'],
    ['2026-11-20 24:00 -1ms', 'extension_too_late'],
    ['2026-11-20 24:00', 'extension_too_late'],
    ['2026-11-20 24:00 +1ms', 'extension_too_late'],
  ] as const) {
    test(`asked for at ${moment}: ${outcome ?? 'taken'}`, () => {
      expect(asks(underWay().until(moment), '2026-12-11')).toBe(outcome);
    });
  }

  for (const [moment, outcome] of [
    ['2026-11-20 24:00 -1ms', null],
    ['2026-11-20 24:00', 'extension_too_late'],
    ['2026-11-20 24:00 +1ms', 'extension_too_late'],
  ] as const) {
    test(`where the cut-off is the deadline itself, asked for at ${moment}: ${outcome ?? 'taken, no red card'}`, () => {
      const story = underWay({ rules: { extension_cutoff: '24:00' } }).until(moment);
      expect(asks(story, '2026-12-11')).toBe(outcome);
      expect(story.card).toBe(outcome === null ? 'yellow_card' : 'red_card');
    });
  }

  test('must lead to a later day, and there is one request at a time', () => {
    const story = underWay();
    expect(asks(story, '2026-11-20')).toBe('due_not_later');
    expect(asks(story, '2027-12-20')).toBe('calendar_not_loaded');
    expect(asks(story, '2026-11-21')).toBeNull();
    expect(asks(story, '2026-11-30')).toBe('extension_pending');
  });

  test('nobody decides on their own request, and nothing is decided that nobody asked for', () => {
    const story = underWay();
    expect(story.tries(officer, grants)).toBe('no_extension_pending');
    asks(story, '2026-12-11');
    expect(story.tries({ ...officer, person_id: 'roads' }, grants)).toBe('same_person');
  });

  test('a rejected one leaves the day as it was, and another may be asked for', () => {
    const story = underWay();
    asks(story, '2026-12-11');
    story.by(officer, { command: 'decide_extension', granted: false, reason: '理由不足' });
    expect(story.due('item')).toBe('2026-11-20 24:00');
    expect(story.state.extensions).toBe(0);
    expect(asks(story, '2026-11-30')).toBeNull();
  });

  test('the second one is for the city leader in charge', () => {
    const story = underWay();
    asks(story, '2026-12-11');
    story.by(officer, grants);
    asks(story, '2026-12-25');
    expect(story.allows(officer)).not.toContain('decide_extension');
    expect(story.tries(officer, grants)).toBe('extension_needs_city_leader');
    expect(story.allows(leader)).toContain('decide_extension');
    story.by(leader, grants);
    expect(story.due('item')).toBe('2026-12-25 24:00');
  });

  test('every one of an item that must be cleared at the end of the year is, too', () => {
    const given: Listed = {
      facts: { item_class: 'year_end_clear', due_on: null },
      policies: policiesWith(policy('year_end_clear')),
    };
    const story = underWay(given);
    expect(story.due('item')).toBe('2026-12-31 24:00');
    asks(story, '2027-01-31');
    expect(story.tries(officer, grants)).toBe('extension_needs_city_leader');
    story.by(leader, grants);
    expect(story.due('item')).toBe('2027-01-31 24:00');
  });

  test('one that was decided too slowly, or that a pause has overtaken, can only be rejected', () => {
    const slow = underWay();
    asks(slow, '2026-11-21');
    expect(slow.until('2026-11-21 24:00').tries(officer, grants)).toBe('due_in_past');
    expect(slow.tries(officer, { ...grants, granted: false })).toBeNull();

    const overtaken = underWay();
    asks(overtaken, '2026-11-25');
    overtaken.by(officer, { command: 'pause', reason: '等待规划批复' });
    overtaken.until('2026-11-09 09:00').by(officer, { command: 'resume' });
    expect(overtaken.due('item')).toBe('2026-11-27 24:00');
    expect(overtaken.tries(officer, grants)).toBe('due_not_later');
  });

  test('a request that waits lapses when the unit asks to close, and the history says so', () => {
    const story = underWay();
    asks(story, '2026-12-11');
    story.by(roads, { command: 'request_close', result: '提前完成' });
    expect(story.last('close_requested').lapsed_extension).toBe('2026-12-11');
    story.by(officer, { command: 'return', reasons: '缺验收单' });
    expect(story.tries(officer, grants)).toBe('no_extension_pending');
    expect(asks(story, '2026-12-11')).toBeNull();
  });

  test('granted to an item whose last report was behind it: reports are asked for again', () => {
    const story = underWay({ facts: { report_cycle: { kind: 'weekly' }, due_on: localDate('2026-11-12') } });
    asks(story, '2026-12-11');
    story.until('2026-11-06 10:00').by(roads, { command: 'report_progress', percent: 10, text: '开工' });
    expect(story.due('report')).toBeNull();
    story.by(officer, grants);
    expect(story.due('report')).toBe('2026-11-13 24:00');
  });

  test('is asked for by the unit that has taken the item on, while it works on it', () => {
    const story = listed().by(officer, { command: 'assign' });
    expect(asks(story, '2026-12-11')).toBe('stage_forbids');
    expect(underWay().allows(colleague)).not.toContain('request_extension');
  });
});
