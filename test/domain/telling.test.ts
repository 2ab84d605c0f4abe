import { describe, expect, test } from 'vitest';
import { nextAbove, nextInChain } from '../../domain/chain.ts';
import { evolveAll } from '../../domain/supervision-item.ts';
import { otherKeyOf, tellings } from '../../domain/telling.ts';
import { localDate } from '../../domain/time.ts';
import { calendarWith } from './official-calendar.ts';
import { listed, officer, roads, underWay, type ItemStory } from './item-story.ts';

/** Every telling of a life: `yellow_card to deputy_leader (item/1/yellow_card/0)`. */
function told(story: ItemStory): readonly string[] {
  let state = evolveAll(null, story.events.slice(0, 1));
  return story.events.slice(1).flatMap((event) => {
    state = evolveAll(state, [event]);
    return tellings(event, state).map(
      ({ level, role, unit_id, key }) =>
        `${level} to ${role}${unit_id === undefined ? '' : ` of ${unit_id}`} (${key})`,
    );
  });
}

describe('who is told of what', () => {
  test('an assignment: the reporter of the lead unit and of each assisting one', () => {
    const story = listed({ facts: { assisting_unit_ids: ['unit-finance', 'unit-land'] } });
    expect(told(story.by(officer, { command: 'assign' }))).toEqual([
      'notice to reporter (assigned/2)',
      'notice to reporter of unit-finance (assigned/2)',
      'notice to reporter of unit-land (assigned/2)',
    ]);
  });

  test('R-037 a red card reaches the principal leader, the deputy leader and the reporter, each repeat anew; unseen it reaches the city leader', () => {
    const story = underWay().until('2026-11-26 08:00');
    expect(told(story).slice(1)).toEqual([
      'bell to reporter (item/1/bell/0)',
      'yellow_card to deputy_leader (item/1/yellow_card/0)',
      'yellow_card to reporter (item/1/yellow_card/0)',
      'red_card to principal_leader (item/1/red_card/0)',
      'red_card to deputy_leader (item/1/red_card/0)',
      'red_card to reporter (item/1/red_card/0)',
      'red_card to city_leader (item/1/climbed/0)',
      'red_card to principal_leader (item/1/red_card/1)',
      'red_card to deputy_leader (item/1/red_card/1)',
      'red_card to reporter (item/1/red_card/1)',
    ]);
  });

  test("a red card of the office's own that nobody there opens reaches the city leader over the office", () => {
    const story = underWay().by(roads, { command: 'request_close', result: '完' }).until('2026-11-09 08:00');
    const climbed = story.events.find(({ type }) => type === 'red_card_climbed');
    if (climbed === undefined) throw new Error('it did not climb');
    expect(tellings(climbed, story.state)).toEqual([
      { level: 'red_card', chain: 'reviewing', role: 'city_leader', key: 'review/1/climbed/0' },
    ]);
  });

  test('one red card has two keys, one when it is given and one when it climbs; nothing else has another', () => {
    expect([
      otherKeyOf({ key: 'report/2026-03/1/red_card/0' }),
      otherKeyOf({ key: 'report/2026-03/1/climbed/2' }),
      otherKeyOf({ key: 'item/1/yellow_card/0' }),
      otherKeyOf({ key: 'assigned/2' }),
    ]).toEqual(['report/2026-03/1/climbed/0', 'report/2026-03/1/red_card/2', null, null]);
  });

  test('every act that sets the unit another day tells its reporter', () => {
    const story = underWay();
    story.by(roads, { command: 'request_extension', new_due_on: localDate('2026-12-11'), reason: '雨季' });
    story.by(officer, { command: 'decide_extension', granted: true, reason: '同意' });
    story.by(officer, { command: 'pause', reason: '等待' }).by(officer, { command: 'resume' });
    story.by(officer, { command: 'urge' });
    story
      .by(roads, { command: 'request_close', result: '完' })
      .by(officer, { command: 'return', reasons: '不全' });
    expect(told(story).map((telling) => telling.replace(/^notice to reporter \((\w+)\/.*/, '$1'))).toEqual([
      'assigned',
      'extension_granted',
      'resumed',
      'urged',
      'returned',
    ]);
  });

  test('a new calendar tells those whose day moves, not those whose bell alone does', () => {
    const day = listed()
      .by(officer, { command: 'assign' })
      .replans(calendarWith({ '2026-11-03': false }));
    expect(told(day).at(-1)).toBe('notice to reporter (replanned/3)');
    const bell = underWay().replans(calendarWith({ '2026-11-17': false }));
    expect(bell.events.at(-1)?.type).toBe('replanned');
    expect(told(bell)).toHaveLength(1);
  });

  test('no two tellings of a life are the same, whoever is told', () => {
    const story = underWay().until('2026-12-20 09:00');
    story
      .by(roads, { command: 'request_close', result: '完' })
      .by(officer, { command: 'return', reasons: '不全' });
    const all = told(story.until('2027-02-01 09:00'));
    expect(new Set(all).size).toBe(all.length);
  });
});

describe('the chain', () => {
  test('goes up from the reporter to the city leader; a direct lead or contact stands beside the reporter', () => {
    expect(
      ['reporter', 'deputy_leader', 'principal_leader', 'city_leader'].map((role) =>
        nextInChain(role as 'reporter'),
      ),
    ).toEqual(['deputy_leader', 'principal_leader', 'city_leader', null]);
    expect([nextInChain('direct_lead'), nextInChain('contact_person')]).toEqual([
      'deputy_leader',
      'deputy_leader',
    ]);
    expect(nextAbove(['reporter', 'principal_leader', 'deputy_leader'])).toBe('city_leader');
    expect([nextAbove([]), nextAbove(['city_leader'])]).toEqual([null, null]);
  });
});
