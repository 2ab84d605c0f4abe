import { describe, expect, test } from 'vitest';
import { localDate } from '../../domain/time.ts';
import { calendarWith } from './official-calendar.ts';
import { admin, officer, roads, underWay } from './item-story.ts';

const pause = { command: 'pause', reason: '等待上级批复' } as const;
const resume = { command: 'resume' } as const;

describe('a pause stops the clock', () => {
  test('the deadline moves by the days of the pause and its warnings with it; in between there is silence', () => {
    const story = underWay().until('2026-11-16 10:00').by(officer, pause);
    expect(story.until('2026-11-30 15:00').warnings).toEqual([]);
    story.by(officer, resume);
    expect(story.last('resumed')).toMatchObject({ days: 14 });
    expect(story.due('item')).toBe('2026-12-04 24:00');
    expect(story.until('2026-12-06 10:00').warningsOf('item')).toEqual([
      'item/2 bell 2026-12-01 09:00',
      'item/2 yellow_card 2026-12-03 09:00',
      'item/2 red_card 2026-12-04 24:00',
    ]);
  });

  test('a pause within one day moves nothing; over midnight it is a day', () => {
    const same = underWay()
      .until('2026-11-16 10:00')
      .by(officer, pause)
      .until('2026-11-16 23:59')
      .by(officer, resume);
    expect(same.due('item')).toBe('2026-11-20 24:00');
    const night = underWay()
      .until('2026-11-16 23:59')
      .by(officer, pause)
      .until('2026-11-17 00:01')
      .by(officer, resume);
    expect(night.due('item')).toBe('2026-11-21 24:00');
  });

  test('nothing can be done meanwhile, and nobody is urged', () => {
    const story = underWay().by(officer, pause);
    expect(story.tries(officer, pause)).toBe('already_paused');
    expect(story.tries(roads, { command: 'report_progress', percent: 1, text: '' })).toBe('item_paused');
    expect(story.tries(roads, { command: 'request_close', result: '' })).toBe('item_paused');
    expect(story.tries(admin, { command: 'urge' })).toBe('item_paused');
    expect(story.allows(roads)).toEqual(['reassign_person', 'comment']);
    expect(story.allows(officer)).toEqual(['resume', 'withdraw', 'comment']);
    story.by(officer, resume);
    expect(story.tries(officer, resume)).toBe('not_paused');
  });

  test('a card that was given stays visible during the pause; an item that was late is late again at once', () => {
    const story = underWay().until('2026-11-23 10:00').by(officer, pause);
    expect(story.card).toBe('red_card');
    story.until('2026-12-03 10:00').by(officer, resume);
    expect(story.due('item')).toBe('2026-11-30 24:00');
    expect(story.card).toBe('red_card');
    expect(story.warnings.at(-1)).toBe('item/2 red_card 2026-12-03 10:00');
  });

  test('a report that is owed moves too, to a working day', () => {
    const story = underWay({
      facts: { report_cycle: { kind: 'working_days', n: 5 }, due_on: localDate('2026-12-31') },
    });
    expect(story.due('report')).toBe('2026-11-09 24:00');
    story.until('2026-11-04 10:00').by(officer, pause).until('2026-11-09 10:00').by(officer, resume);
    // Five days later is Saturday the 14th.
    expect(story.due('report')).toBe('2026-11-16 24:00');
  });

  test('a calendar that is published during the pause counts from its end on', () => {
    const story = underWay({ facts: { report_cycle: { kind: 'weekly' }, due_on: localDate('2026-12-31') } });
    story.until('2026-11-04 10:00').by(officer, pause);
    story.replans(calendarWith({ '2026-11-06': false }));
    story.until('2026-11-04 16:00').by(officer, resume);
    expect(story.due('report')).toBe('2026-11-05 24:00');
  });
});
