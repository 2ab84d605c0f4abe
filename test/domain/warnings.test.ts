import { describe, expect, test } from 'vitest';
import { supervisionItem } from '../../domain/supervision-item.ts';
import { defaultRules } from '../../domain/watching.ts';
import { localDate, officeTime } from '../../domain/time.ts';
import {
  colleague,
  listed,
  officer,
  policiesWith,
  policy,
  roads,
  underWay,
  type ItemStory,
} from './item-story.ts';

const climbs = (story: ItemStory) =>
  story.events.flatMap((event) =>
    event.type === 'red_card_climbed'
      ? [
          `${event.deadline.kind}/${event.deadline.version}+${event.repeat} to ${event.to} ${officeTime(event.at)}`,
        ]
      : [],
  );

describe('R-036 bell, yellow card and red card come by themselves', () => {
  test('R-037 each is told to its part of the chain; red repeats three times, then accountability is proposed', () => {
    const story = underWay().until('2027-06-30 09:00');
    const given = story.events.flatMap((event) => (event.type === 'warning_given' ? [event] : []));
    expect(given.map(({ level, repeat, recipients }) => [level, repeat, recipients.join(' ')])).toEqual([
      ['bell', 0, 'reporter'],
      ['yellow_card', 0, 'deputy_leader reporter'],
      ['red_card', 0, 'principal_leader deputy_leader reporter'],
      ['red_card', 1, 'principal_leader deputy_leader reporter'],
      ['red_card', 2, 'principal_leader deputy_leader reporter'],
      ['red_card', 3, 'principal_leader deputy_leader reporter'],
    ]);
    expect(story.events.filter(({ type }) => type === 'accountability_proposed')).toHaveLength(1);
    expect(story.state.cards).toEqual({ bell: 1, yellow_card: 1, red_card: 1 });
    expect(story.card).toBe('red_card');
  });

  test('accountability is proposed once in a life, also when an item that was red is returned and reminded of anew', () => {
    const story = underWay().until('2027-01-04 09:00');
    story
      .by(roads, { command: 'request_close', result: '完成' })
      .by(officer, { command: 'return', reasons: '不全' });
    story.until('2027-03-01 09:00');
    expect(story.warningsOf('item')).toHaveLength(6 + 3);
    expect(story.events.filter(({ type }) => type === 'accountability_proposed')).toHaveLength(1);
  });

  test('the office that is late is shown to itself; no unit answers for it', () => {
    const harsh = { ...policy('standard'), name: 'review', version: 2 };
    const policies = { ...policiesWith(policy('standard')), review: harsh };
    const story = underWay({ policies, facts: { due_on: localDate('2026-12-31') } });
    story.by(roads, { command: 'request_close', result: '完成' }).until('2026-12-20 09:00');
    expect(story.warningsOf('review').at(-1)).toBe('review/1 red_card+3 2026-11-18 09:00');
    expect(story.state).toMatchObject({ accountability_proposed: false, cards: { red_card: 0 } });
  });

  test('the next moment says what the system will do then', () => {
    const story = underWay();
    expect(supervisionItem.next(story.state)).toMatchObject({
      kind: 'item',
      what_happens: '事项办结警铃预警',
    });
    story.until('2026-11-21 09:00');
    expect(supervisionItem.next(story.state)?.what_happens).toBe('红牌无人阅知，升级告知市级领导');
    story.until('2026-11-24 08:00');
    expect(supervisionItem.next(story.state)?.what_happens).toBe('事项办结第1次重复红牌预警');
  });
});

describe('a red card that nobody has opened climbs', () => {
  test('after one working day; given at the end of a Friday it climbs at the end of Monday', () => {
    expect(climbs(underWay().until('2026-11-24 00:00'))).toEqual([
      'item/1+0 to city_leader 2026-11-23 24:00',
    ]);
  });

  test('given at the end of a Wednesday, at the end of Thursday', () => {
    const story = underWay({ facts: { due_on: localDate('2026-11-18') } }).until('2026-11-20 09:00');
    expect(climbs(story)).toEqual(['item/1+0 to city_leader 2026-11-19 24:00']);
  });

  test('given on a day off after an outage, at the end of the next working day', () => {
    const story = underWay().downUntil('2026-11-22 15:00').until('2026-11-24 08:00');
    expect(climbs(story)).toEqual(['item/1+0 to city_leader 2026-11-23 24:00']);
  });

  test('one that somebody has opened does not; its unseen repeat does', () => {
    const story = underWay().until('2026-11-23 10:00').isOpenedBy(roads);
    expect(story.last('red_card_seen').by).toBe(roads);
    expect(climbs(story.until('2026-11-25 08:00'))).toEqual([]);
    expect(climbs(story.until('2026-11-27 08:00'))).toEqual(['item/1+1 to city_leader 2026-11-26 09:00']);
  });

  test('opening again, or when there is no red card, leaves no trace', () => {
    const story = underWay().isOpenedBy(roads);
    expect(story.events.some(({ type }) => type === 'red_card_seen')).toBe(false);
  });

  test('of two red cards within a day each climbs at its own time', () => {
    const policies = policiesWith(policy('standard'));
    const given = {
      facts: { report_cycle: { kind: 'weekly' }, due_on: localDate('2026-11-10') },
      policies,
    } as const;
    const story = underWay({ ...given, on: '2026-11-03 09:00' }).until('2026-11-12 08:00');
    expect(climbs(story)).toEqual([
      'report/1+0 to city_leader 2026-11-10 24:00',
      'item/1+0 to city_leader 2026-11-11 24:00',
    ]);
  });

  test('where red is told to the deputy leader only, it climbs to the principal leader', () => {
    const modest = {
      ...policy('standard'),
      recipients: { ...policy('standard').recipients, red_card: ['deputy_leader'] as const },
    };
    const story = underWay({ policies: policiesWith(modest) }).until('2026-11-24 00:00');
    expect(climbs(story)).toEqual(['item/1+0 to principal_leader 2026-11-23 24:00']);
  });

  test('it does not climb when its deadline has been moved or the item taken to review meanwhile', () => {
    const story = underWay()
      .until('2026-11-23 10:00')
      .by(roads, { command: 'request_close', result: '完成' });
    expect(climbs(story.until('2026-11-25 08:00'))).toEqual([]);
  });
});

describe("a red card of the office's own climbs in the same way", () => {
  const asked = (given: Parameters<typeof underWay>[0] = {}) =>
    underWay({ facts: { due_on: localDate('2026-12-31') }, ...given }).by(roads, {
      command: 'request_close',
      result: '完成',
    });

  test('to the city leader over the office, a working day after it was given', () => {
    const story = asked().until('2026-12-01 09:00');
    expect(story.warningsOf('review').at(-1)).toBe('review/1 red_card 2026-11-05 24:00');
    expect(story.last('red_card_climbed')).toMatchObject({ chain: 'reviewing' });
    expect(climbs(story)).toEqual(['review/1+0 to city_leader 2026-11-06 24:00']);
    expect(story.state.red_unseen).toEqual([]);
  });

  test('one that somebody of the office has opened does not, nor one whose review is done', () => {
    const seen = asked().until('2026-11-06 10:00').isOpenedBy(officer, ['reviewing']);
    expect(seen.last('red_card_seen')).toMatchObject({ by: officer, chains: ['reviewing'] });
    const done = asked().until('2026-11-06 10:00').by(colleague, { command: 'approve', rating: 'good' });
    for (const story of [seen, done]) expect(climbs(story.until('2026-12-01 09:00'))).toEqual([]);
  });

  test('who was told of the cards of the unit has not seen those of the office', () => {
    const story = asked().until('2026-11-06 10:00').isOpenedBy(roads, ['undertaking']);
    expect(story.events.at(-1)?.type).toBe('warning_given');
    expect(climbs(story.until('2026-11-09 08:00'))).toEqual(['review/1+0 to city_leader 2026-11-06 24:00']);
  });

  test('what began before there was this setting goes on as it began: it does not climb', () => {
    const { review_red_unseen_working_days: _, ...before } = defaultRules;
    const story = asked({ asItBegan: before }).until('2026-12-01 09:00');
    expect(story.warningsOf('review').at(-1)).toBe('review/1 red_card 2026-11-05 24:00');
    expect(climbs(story)).toEqual([]);
    expect(story.last('warning_given').climbs).toBeUndefined();
  });
});

describe('after an outage', () => {
  test('every level that was missed is recorded, in order, once, with its own moment and the time it was decided', () => {
    const story = underWay().downUntil('2026-12-01 10:00');
    expect(story.warnings).toEqual([
      'item/1 bell 2026-11-17 09:00',
      'item/1 yellow_card 2026-11-19 09:00',
      'item/1 red_card 2026-11-20 24:00',
      'item/1 red_card+1 2026-11-25 09:00',
      'item/1 red_card+2 2026-11-30 09:00',
    ]);
    const decided = story.events.flatMap((event) =>
      event.type === 'warning_given' ? [officeTime(event.at)] : [],
    );
    expect(new Set(decided)).toEqual(new Set(['2026-12-01 10:00']));
    expect(supervisionItem.pass(story.state, story.now, story.calendar)).toEqual([]);
  });

  test('two deadlines that passed are told in the order of their moments', () => {
    const story = listed({ facts: { due_on: localDate('2026-11-04') } }).by(officer, { command: 'assign' });
    expect(story.downUntil('2026-11-06 09:00').warnings).toEqual([
      'item/1 yellow_card 2026-11-03 09:00',
      'acknowledgement/1 bell 2026-11-03 11:30',
      'acknowledgement/1 yellow_card 2026-11-03 24:00',
      'acknowledgement/1 red_card 2026-11-04 24:00',
      'item/1 red_card 2026-11-04 24:00',
    ]);
  });

  test('the bell of a deadline that was set too late for it is left out; whoever set it told the people', () => {
    const story = underWay({ on: '2026-11-02 09:30', facts: { due_on: localDate('2026-11-03') } }).until(
      '2026-11-04 09:00',
    );
    expect(story.warningsOf('item')).toEqual(['item/1 red_card 2026-11-03 24:00']);
  });
});
