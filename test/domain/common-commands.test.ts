import { describe, expect, test } from 'vitest';
import { calendar, calendarWith } from './official-calendar.ts';
import {
  admin,
  colleague,
  leader,
  listed,
  officer,
  policiesWith,
  policy,
  roads,
  underWay,
} from './item-story.ts';
import { localDate, officeTime } from '../../domain/time.ts';

describe('催办', () => {
  test('again after 24 hours, by whomever', () => {
    const story = underWay().by(officer, { command: 'urge' });
    expect(story.tries(leader, { command: 'urge' })).toBe('urge_cooling_down');
    expect(story.until('2026-11-03 09:00 -1ms').tries(admin, { command: 'urge' })).toBe('urge_cooling_down');
    expect(story.until('2026-11-03 09:00').tries(admin, { command: 'urge', text: '请抓紧' })).toBeNull();
    expect(story.tries(admin, { command: 'urge' })).toBe('urge_cooling_down');
  });

  test('needs a unit that works: not while the list is being made', () => {
    expect(listed().tries(officer, { command: 'urge' })).toBe('stage_forbids');
  });
});

describe('撤销 takes two people', () => {
  const withdraw = { command: 'withdraw', reason: '与另一事项重复' } as const;

  test('one asks, another confirms: the item ends, nothing watches it any more, its reason stays', () => {
    const story = underWay().by(officer, withdraw);
    expect(story.tries(colleague, withdraw)).toBe('already_withdrawing');
    expect(story.tries(officer, { command: 'confirm_withdrawal' })).toBe('same_person');
    expect(story.allows(officer)).not.toContain('confirm_withdrawal');
    expect(story.allows(colleague)).toContain('confirm_withdrawal');
    story.by(colleague, { command: 'confirm_withdrawal' });
    expect(story.state).toMatchObject({
      stage: 'withdrawn',
      reason: '与另一事项重复',
      deadlines: [],
      withdrawal: null,
    });
    expect(story.until('2026-12-31 09:00').warnings).toEqual([]);
  });

  test('rejected, by the one who asked too, it changes nothing', () => {
    const story = underWay();
    expect(story.tries(colleague, { command: 'confirm_withdrawal' })).toBe('no_withdrawal_pending');
    expect(story.tries(colleague, { command: 'reject_withdrawal', reason: '无' })).toBe(
      'no_withdrawal_pending',
    );
    story.by(officer, withdraw).by(officer, { command: 'reject_withdrawal', reason: '不撤了' });
    expect(story.state.withdrawal).toBeNull();
    expect(story.due('item')).toBe('2026-11-20 24:00');
  });

  test('an item goes on while its withdrawal waits, and when it is closed nothing waits any more', () => {
    const story = underWay().by(officer, withdraw).by(roads, { command: 'request_close', result: '完成' });
    story.by(colleague, { command: 'approve', rating: 'good' });
    expect(story.state).toMatchObject({ stage: 'closed', withdrawal: null });
  });

  test('is possible in every stage, with a red card and in a pause as well', () => {
    for (const story of [
      listed(),
      listed().by(officer, { command: 'assign' }),
      underWay().until('2026-11-22 09:00'),
      underWay().by(officer, { command: 'pause', reason: '等待' }),
      underWay().by(roads, { command: 'request_close', result: '完成' }),
    ]) {
      story.by(officer, withdraw).by(colleague, { command: 'confirm_withdrawal' });
      expect(story.stage).toBe('withdrawn');
      expect(story.card).toBe('none');
      expect(story.until('2027-03-01 09:00').events.at(-1)?.type).toBe('withdrawn');
    }
  });
});

describe('调整责任人', () => {
  const names = (role: 'reporter' | 'city_leader', person_id: string) =>
    ({ command: 'reassign_person', role, person_id }) as const;

  test('holds from now on; the same person again is no change', () => {
    const story = underWay().by(roads, names('reporter', 'li'));
    expect(story.state.people.reporter).toBe('li');
    expect(story.tries(admin, names('reporter', 'li'))).toBe('nothing_changed');
  });

  test('a unit cannot replace the city leader over it, the assessment office can', () => {
    const story = underWay();
    expect(story.tries(roads, names('city_leader', 'wang'))).toBe('not_allowed');
    expect(story.tries(admin, names('city_leader', 'wang'))).toBeNull();
  });
});

describe('replan: a new calendar or other policies', () => {
  const weekly = () =>
    underWay({ facts: { report_cycle: { kind: 'weekly' }, due_on: localDate('2026-12-31') } });

  test('the same calendar moves nothing, and a newer one that changes nothing here neither', () => {
    const story = weekly();
    const before = story.events.length;
    story.replans(calendar).replans(calendarWith({ '2026-06-01': false }));
    expect(story.events.length).toBe(before);
  });

  test('a day off moves what was counted in working days, and the event says from where to where', () => {
    const story = listed()
      .by(officer, { command: 'assign' })
      .replans(calendarWith({ '2026-11-03': false }));
    const { was, arms, calendar_version } = story.last('replanned');
    expect(was.acknowledgement && officeTime(was.acknowledgement)).toBe('2026-11-03 24:00');
    expect(arms?.map(({ kind, version, due }) => [kind, version, officeTime(due)])).toEqual([
      ['acknowledgement', 2, '2026-11-04 24:00'],
    ]);
    expect(calendar_version).toBe(2);
  });

  test('a weekly report moves to the last day that is still worked', () => {
    expect(
      weekly()
        .replans(calendarWith({ '2026-11-06': false }))
        .due('report'),
    ).toBe('2026-11-05 24:00');
  });

  test('the seven working days of an ordinary item move, and the item with them', () => {
    const story = underWay({
      facts: { item_class: 'ordinary_item', due_on: null },
      rules: { ordinary_item_days: 'working_day' },
    });
    expect(story.due('item')).toBe('2026-11-10 24:00');
    story.replans(calendarWith({ '2026-11-05': false }));
    expect(story.state.due && officeTime(story.state.due)).toBe('2026-11-11 24:00');
    story
      .by(roads, { command: 'request_close', result: '完成' })
      .by(officer, { command: 'return', reasons: '不全' });
    expect(story.due('item')).toBe('2026-11-11 24:00');
  });

  test('a dated item keeps its day, its bell moves; who was told already is not told again', () => {
    const early = underWay()
      .until('2026-11-10 10:00')
      .replans(calendarWith({ '2026-11-17': false }));
    expect(early.until('2026-11-21 10:00').warningsOf('item')).toEqual([
      'item/2 bell 2026-11-16 09:00',
      'item/2 yellow_card 2026-11-19 09:00',
      'item/2 red_card 2026-11-20 24:00',
    ]);
    const told = underWay()
      .until('2026-11-17 10:00')
      .replans(calendarWith({ '2026-11-19': false }));
    expect(told.until('2026-11-21 10:00').warningsOf('item')).toEqual([
      'item/1 bell 2026-11-17 09:00',
      'item/2 yellow_card 2026-11-18 09:00',
      'item/2 red_card 2026-11-20 24:00',
    ]);
  });

  test('what has passed was judged once and stays as it is', () => {
    const story = listed().by(officer, { command: 'assign' }).until('2026-11-04 10:00');
    const before = story.events.length;
    story.replans(calendarWith({ '2026-11-03': false }));
    expect(story.events.length).toBe(before);
  });

  test('no notice makes a unit late: what would have passed already ends today', () => {
    const story = listed({ on: '2026-11-06 09:00' }).by(officer, { command: 'assign' });
    expect(story.due('acknowledgement')).toBe('2026-11-09 24:00');
    story.until('2026-11-08 10:00').replans(calendarWith({ '2026-11-07': true }));
    expect(story.due('acknowledgement')).toBe('2026-11-08 24:00');
  });

  test('other policies are frozen instead, and only deadlines that have not passed follow them', () => {
    const strict = { ...policy('year_end_clear'), version: 2 };
    const story = underWay().until('2026-11-03 10:00').replans(calendar, policiesWith(strict));
    expect(story.state.policies.item).toEqual(strict);
    expect(story.last('replanned').arms?.[0]?.policy).toEqual({ name: 'year_end_clear', version: 2 });
    // Its bell would have been thirty days before: it was still to come, so it comes at once.
    expect(story.until('2026-11-21 10:00').warningsOf('item')).toEqual([
      'item/2 bell 2026-11-03 10:00',
      'item/2 yellow_card 2026-11-10 09:00',
      'item/2 red_card 2026-11-20 24:00',
    ]);
    expect(story.last('warning_given').deadline.policy.version).toBe(2);
  });
});
