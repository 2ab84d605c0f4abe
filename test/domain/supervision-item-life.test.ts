import { describe, expect, test } from 'vitest';
import { isRefusal } from '../../domain/refusal.ts';
import { create } from '../../domain/supervision-item.ts';
import { localDate } from '../../domain/time.ts';
import { defaultRules } from '../../domain/watching.ts';
import {
  at,
  colleague,
  finance,
  leader,
  listed,
  officer,
  park,
  policiesWith,
  policy,
  roads,
  underWay,
} from './item-story.ts';
import { calendar } from './official-calendar.ts';

describe('R-085 dynamic supervision: list, assignment, progress, review', () => {
  test('an item that is done in time goes through its four stages and is struck off without a card', () => {
    const story = listed({ on: '2026-11-02 09:00' });
    expect(story.stage).toBe('list_making');
    story.by(officer, { command: 'assign' });
    expect(story.stage).toBe('task_assignment');
    story.until('2026-11-03 09:00').by(roads, { command: 'acknowledge', reporter: 'zhang' });
    expect(story.stage).toBe('progress_reporting');
    story.until('2026-11-16 10:00').by(roads, { command: 'report_progress', percent: 90, text: '即将完工' });
    story.by(roads, { command: 'request_close', result: '已通车' });
    expect(story.stage).toBe('review_rating');
    story.until('2026-11-17 15:00').by(officer, { command: 'approve', rating: 'good' });
    expect(story.state).toMatchObject({
      stage: 'closed',
      rating: 'good',
      on_time: true,
      requested_at: at('2026-11-16 10:00'),
      extensions: 0,
      returns: 0,
      people: { reporter: 'zhang' },
      cards: { bell: 0, yellow_card: 0, red_card: 0 },
    });
    expect(story.card).toBe('none');
    expect(story.warnings).toEqual([]);
    expect(story.until('2027-03-01 09:00').warnings).toEqual([]);
  });

  test('what is asked in another stage is refused, and says which stage it is', () => {
    const story = underWay();
    expect(story.tries(officer, { command: 'assign' })).toBe('stage_forbids');
    expect(story.tries(officer, { command: 'approve', rating: 'good' })).toBe('stage_forbids');
    expect(story.tries(roads, { command: 'acknowledge' })).toBe('stage_forbids');
  });
});

describe('制定清单', () => {
  test('an edit carries only what it changes', () => {
    const story = listed();
    story.by(officer, { command: 'edit', title: '修复滨河路', importance: 'critical' });
    expect(story.last('edited').changes).toEqual({ importance: 'critical' });
    expect(story.tries(officer, { command: 'edit', title: '修复滨河路' })).toBe('nothing_changed');
    expect(story.tries(officer, { command: 'edit' })).toBe('nothing_changed');
  });

  test('an item of another class loses its date, and is watched under the policy that comes with it', () => {
    const story = listed();
    story.by(officer, {
      command: 'edit',
      item_class: 'year_end_clear',
      item_policy: policy('year_end_clear'),
    });
    expect(story.state.facts).toMatchObject({ item_class: 'year_end_clear', due_on: null });
    story.by(officer, { command: 'assign' });
    expect(story.due('item')).toBe('2026-12-31 24:00');
    expect(story.last('assigned').arms?.find(({ kind }) => kind === 'item')?.policy.name).toBe(
      'year_end_clear',
    );
  });

  test('a dated item needs its date, the other classes have theirs from rule 710', () => {
    const story = listed();
    expect(story.tries(officer, { command: 'edit', due_on: null })).toBe('due_missing');
    expect(story.tries(officer, { command: 'edit', due_on: localDate('2026-11-01') })).toBe('due_in_past');
    expect(
      story.tries(officer, { command: 'edit', item_class: 'complex_item', due_on: localDate('2026-12-24') }),
    ).toBe('due_set_by_rule');
  });

  test('a matter cannot be listed with a date that has passed or into a year without a calendar', () => {
    const listing = (due_on: string) => {
      const { facts } = listed().state;
      const input = { facts: { ...facts, due_on: localDate(due_on) }, rules: defaultRules };
      const policies = policiesWith(policy('standard'));
      const born = create({ ...input, policies }, { by: officer, at: at('2026-11-02 09:00'), calendar });
      return isRefusal(born) ? [born.refusal, born.pointer] : born.type;
    };
    expect(listing('2026-11-02')).toBe('created');
    expect(listing('2026-11-01')).toEqual(['due_in_past', '/due_on']);
    expect(listing('2027-11-21')).toBe('created');
    expect(listing('2027-12-01')).toEqual(['calendar_not_loaded', '/due_on']);
  });

  test('nothing is assigned without a lead unit, or when its date has passed meanwhile', () => {
    expect(listed({ facts: { lead_unit_id: null } }).tries(officer, { command: 'assign' })).toBe(
      'lead_unit_missing',
    );
    expect(listed().until('2026-11-21 00:00').tries(officer, { command: 'assign' })).toBe('due_in_past');
  });
});

describe('R-058 rule 710', () => {
  const classes = {
    ordinary_item: '2026-10-04 24:00',
    complex_item: '2026-10-28 24:00',
    year_end_clear: '2026-12-31 24:00',
  } as const;
  for (const [item_class, due] of Object.entries(classes)) {
    test(`${item_class} assigned on 2026-09-28, before National Day, ends at ${due}`, () => {
      const story = listed({
        on: '2026-09-28 10:00',
        facts: { item_class: item_class as keyof typeof classes, due_on: null },
        policies: policiesWith(policy('rule_710_ordinary')),
      });
      story.by(officer, { command: 'assign' });
      expect(story.due('item')).toBe(due);
    });
  }

  test('where a city counts the seven days in working days, the holiday does not count', () => {
    const story = listed({
      on: '2026-09-28 10:00',
      facts: { item_class: 'ordinary_item', due_on: null },
      rules: { ordinary_item_days: 'working_day' },
    });
    story.by(officer, { command: 'assign' });
    // 28, 29 and 30 September, then 8, 9, 10 (a Saturday that is worked) and 12 October.
    expect(story.due('item')).toBe('2026-10-12 24:00');
  });
});

describe('任务交办', () => {
  test('the acknowledgement is due at the end of the next working day, over a holiday too', () => {
    const story = listed({ on: '2026-09-30 16:00' }).by(officer, { command: 'assign' });
    expect(story.due('acknowledgement')).toBe('2026-10-08 24:00');
  });

  test('a bell four working hours before, yellow when it is missed, red one working day later', () => {
    const story = listed().by(officer, { command: 'assign' }).until('2026-11-06 12:00');
    expect(story.warningsOf('acknowledgement')).toEqual([
      'acknowledgement/1 bell 2026-11-03 11:30',
      'acknowledgement/1 yellow_card 2026-11-03 24:00',
      'acknowledgement/1 red_card 2026-11-04 24:00',
    ]);
    expect(story.card).toBe('red_card');
    story.by(roads, { command: 'acknowledge' });
    expect(story.last('acknowledged').late).toBe(true);
    expect(story.card).toBe('none');
    expect(story.state.cards).toEqual({ bell: 1, yellow_card: 1, red_card: 1 });
  });

  for (const [moment, late] of [
    ['2026-11-03 24:00 -1ms', false],
    ['2026-11-03 24:00', true],
    ['2026-11-03 24:00 +1ms', true],
  ] as const) {
    test(`an acknowledgement at ${moment} is ${late ? 'late' : 'in time'}`, () => {
      const story = listed().by(officer, { command: 'assign' });
      story.until(moment).by(roads, { command: 'acknowledge' });
      expect(story.last('acknowledged').late).toBe(late);
      expect(story.warnings.includes('acknowledgement/1 yellow_card 2026-11-03 24:00')).toBe(late);
    });
  }

  test('a unit that disputes stops the acknowledgement, not its own deadline; the office must decide in three working days', () => {
    const story = listed().by(officer, { command: 'assign' });
    story.by(roads, { command: 'dispute', reason: '该路属园区管辖' });
    expect(story.due('acknowledgement')).toBeNull();
    expect(story.due('dispute')).toBe('2026-11-05 24:00');
    expect(story.due('item')).toBe('2026-11-20 24:00');
    expect(story.tries(roads, { command: 'acknowledge' })).toBe('already_disputed');
    expect(story.tries(roads, { command: 'dispute', reason: '再提' })).toBe('already_disputed');
    story.until('2026-11-06 09:00');
    expect(story.warnings).toEqual([
      'dispute/1 bell 2026-11-04 09:00',
      'dispute/1 yellow_card 2026-11-05 09:00',
      'dispute/1 red_card 2026-11-05 24:00',
    ]);
    // These cards are the office's, not the unit's.
    expect(story.card).toBe('none');
    expect(story.state.cards.red_card).toBe(0);
  });

  test('a dispute that is not accepted gives the unit a new day to acknowledge', () => {
    const story = listed().by(officer, { command: 'assign' });
    story.until('2026-11-03 15:00').by(roads, { command: 'dispute', reason: '非本单位职责' });
    story.until('2026-11-05 10:00').by(colleague, { command: 'uphold', reason: '属你单位职责' });
    expect(story.due('acknowledgement')).toBe('2026-11-06 24:00');
    expect(story.due('dispute')).toBeNull();
    expect(story.last('dispute_rejected').arms?.[0]?.version).toBe(2);
    expect(story.tries(colleague, { command: 'uphold', reason: '再次' })).toBe('no_dispute_pending');
  });

  test('an accepted dispute gives the item to another unit: its people, cards and days begin anew', () => {
    const story = listed({ facts: { item_class: 'ordinary_item', due_on: null } });
    story
      .by(officer, { command: 'assign' })
      .by(roads, { command: 'reassign_person', role: 'reporter', person_id: 'zhang' });
    story.until('2026-11-04 10:00').by(officer, { command: 'urge' });
    expect(story.state.cards.yellow_card).toBe(1);
    story.by(roads, { command: 'dispute', reason: '非本单位职责' });
    story.until('2026-11-05 10:00').by(officer, { command: 'assign', lead_unit_id: 'unit-park' });
    expect(story.state).toMatchObject({
      facts: { lead_unit_id: 'unit-park' },
      people: {},
      cards: { bell: 0, yellow_card: 0, red_card: 0 },
      urged_at: null,
      assigned_on: '2026-11-05',
    });
    expect(story.due('item')).toBe('2026-11-11 24:00');
    expect(story.due('dispute')).toBeNull();
    expect(story.allows(roads)).toEqual([]);
    expect(story.allows(park)).toContain('acknowledge');
  });

  test('the same units again are no decision on a dispute; the same lead with other assistants is', () => {
    const story = listed().by(officer, { command: 'assign' });
    expect(story.tries(officer, { command: 'assign', lead_unit_id: 'unit-park' })).toBe('no_dispute_pending');
    story.by(roads, { command: 'dispute', reason: '需财政配合' });
    expect(story.tries(officer, { command: 'assign' })).toBe('nothing_changed');
    expect(story.tries(officer, { command: 'assign', lead_unit_id: 'unit-roads' })).toBe('nothing_changed');
    story.by(officer, {
      command: 'assign',
      assisting_unit_ids: ['unit-finance', 'unit-roads', 'unit-finance'],
    });
    expect(story.state.facts.assisting_unit_ids).toEqual(['unit-finance']);
  });
});

describe('who sees which buttons', () => {
  test('each role sees what the table gives it in this stage, and nobody else anything', () => {
    const story = listed({ facts: { assisting_unit_ids: ['unit-finance'] } });
    expect(story.allows(officer)).toEqual(['edit', 'assign', 'withdraw', 'comment']);
    story.by(officer, { command: 'assign' });
    expect(story.allows(roads)).toEqual(['acknowledge', 'dispute', 'reassign_person', 'comment']);
    expect(story.allows(officer)).toEqual(['urge', 'withdraw', 'comment']);
    story.by(roads, { command: 'acknowledge' });
    expect(story.allows(roads)).toEqual([
      'report_progress',
      'request_extension',
      'request_close',
      'reassign_person',
      'comment',
    ]);
    expect(story.allows(finance)).toEqual(['report_progress', 'comment']);
    expect(story.allows(park)).toEqual([]);
    expect(story.allows(leader)).toEqual(['urge', 'comment']);
  });
});
