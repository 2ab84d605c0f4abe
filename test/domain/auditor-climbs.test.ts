import { expect, test } from 'vitest';
import { climbKey, climbsMade, expectedClimbs } from '../../domain/auditor-climbs.ts';
import { at, officer, roads, underWay, type ItemStory } from './item-story.ts';

const without = (story: ItemStory, type: string) => story.events.filter((event) => event.type !== type);

test('a red card that nobody has opened has to climb at its time and not before', () => {
  const { events } = underWay().until('2026-11-24 08:00');
  expect(climbsMade(events).map(climbKey)).toEqual(['item/1/red_card/0 to city_leader']);
  const lost = without(underWay().until('2026-11-24 08:00'), 'red_card_climbed');
  expect(climbsMade(lost)).toEqual([]);
  expect(expectedClimbs(lost, at('2026-11-23 24:00 -1ms'))).toEqual([]);
  expect(expectedClimbs(lost, at('2026-11-23 24:00')).map(climbKey)).toEqual([
    'item/1/red_card/0 to city_leader',
  ]);
});

test('one that was opened, or whose deadline was left, need not climb; at the very moment it has to all the same', () => {
  const opened = underWay().until('2026-11-23 10:00').isOpenedBy(roads, ['undertaking']);
  const left = underWay().until('2026-11-23 10:00').by(roads, { command: 'request_close', result: '完成' });
  for (const { events } of [opened, left]) expect(expectedClimbs(events, at('2026-11-24 09:00'))).toEqual([]);
  const late = underWay().until('2026-11-23 24:00').by(officer, { command: 'pause', reason: '等待' });
  expect(expectedClimbs(without(late, 'red_card_climbed'), late.now).map(climbKey)).toEqual([
    'item/1/red_card/0 to city_leader',
  ]);
});
