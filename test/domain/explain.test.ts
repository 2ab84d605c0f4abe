import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { explain, type Names } from '../../domain/explain.ts';
import type { Event } from '../../domain/supervision-item.ts';
import { localDate } from '../../domain/time.ts';
import { anyLife, live } from './any-life.ts';
import { calendarWith } from './official-calendar.ts';
import {
  colleague,
  finance,
  listed,
  officer,
  policiesWith,
  policy,
  roads,
  underWay,
  type ItemStory,
} from './item-story.ts';

const unitNames: Readonly<Record<string, string>> = {
  'unit-roads': '市交通局',
  'unit-finance': '市财政局',
  'unit-land': '市自然资源局',
  'unit-park': '工业园区',
};
const names: Names = {
  person: (id) => `${id}同志`,
  unit: (id) => unitNames[id] ?? '某单位',
  theme: (code) => code,
};
const told = (story: ItemStory, type: Event['type']) => explain(story.last(type), names);

describe('why a card was given, from the event alone', () => {
  const third = { ...policy('standard'), version: 3 };

  test('a red card: what was due when, what had not been done, by which policy and version, and who was told', () => {
    const story = underWay({ policies: policiesWith(third) }).until('2026-11-21 00:00');
    expect(told(story, 'warning_given')).toEqual({
      title: '事项办结红牌',
      why: '应于2026-11-20 24:00前办结，未申请办结，按预警策略standard第3版给予红牌；告知主要领导、分管领导、填报责任人',
      deadlines: ['到2026-11-23 24:00仍无人阅知的，红牌升级告知市级领导'],
    });
  });

  test('a bell before the deadline, and a repeat after it', () => {
    const story = underWay().until('2026-11-17 10:00');
    expect(told(story, 'warning_given').why).toBe(
      '应于2026-11-20 24:00前办结，尚未申请办结，按预警策略standard第1版给予警铃；告知填报责任人',
    );
    expect(told(story.until('2026-11-25 10:00'), 'warning_given')).toMatchObject({
      title: '事项办结第1次重复红牌',
      why: expect.stringContaining('仍未办结，按预警策略standard第1版第1次重复提醒红牌') as string,
    });
  });

  test('the other duties in their own words', () => {
    const story = listed({ facts: { report_cycle: { kind: 'weekly' } } }).by(officer, { command: 'assign' });
    expect(told(story.until('2026-11-04 00:00'), 'warning_given').why).toMatch(
      /^应于2026-11-03 24:00前签收，未签收，/,
    );
    story.by(roads, { command: 'dispute', reason: '非本单位职责' }).until('2026-11-06 10:00');
    expect(told(story, 'warning_given').why).toMatch(
      /^应于2026-11-09 24:00前裁定异议，尚未裁定，.*告知经办人$/,
    );
    story.by(officer, { command: 'uphold', reason: '属你单位职责' }).by(roads, { command: 'acknowledge' });
    expect(told(story.until('2026-11-14 00:00'), 'warning_given').why).toMatch(
      /^应于2026-11-13 24:00前汇报进度，未汇报，/,
    );
    story.by(roads, { command: 'request_close', result: '完工' }).until('2026-11-18 09:00');
    expect(told(story, 'warning_given').why).toMatch(/^应于2026-11-18 24:00前审核评定，尚未评定，/);
  });

  test('a card that an outage delayed says when it was due and when it was recorded', () => {
    const story = underWay().downUntil('2026-11-22 15:00');
    expect(told(story, 'warning_given').why).toMatch(
      /；应于2026-11-20 24:00给予，系统恢复运行后于2026-11-22 15:00补记$/,
    );
  });

  test('a red card after a return does not claim that nothing was asked for', () => {
    const story = underWay()
      .until('2026-11-19 10:00')
      .by(roads, { command: 'request_close', result: '完工' });
    story.until('2026-11-24 14:00').by(officer, { command: 'return', reasons: '缺验收单' });
    expect(told(story, 'warning_given').why).toMatch(/^应于2026-11-20 24:00前办结，仍未办结，/);
    expect(told(story, 'returned').deadlines[0]).toBe(
      '事项办结期限2026-11-20 24:00，已过期；预警策略standard第1版：红牌2026-11-24 14:00，第1次重复红牌2026-11-27 09:00，第2次重复红牌2026-12-02 09:00，第3次重复红牌2026-12-07 09:00',
    );
  });

  test('climbing, being seen and the proposal for accountability', () => {
    const story = underWay().until('2026-12-10 10:00').isOpenedBy(roads);
    expect(told(story, 'red_card_climbed')).toMatchObject({ title: '红牌升级告知市级领导' });
    expect(told(story, 'accountability_proposed')).toMatchObject({
      title: '建议研究追责',
      why: '事项办结红牌已重复提醒到规定次数，仍未办理',
    });
  });
});

describe('a life in plain words', () => {
  test('from the list to the end', () => {
    const story = listed({
      facts: {
        source: { level: 'provincial', document: '省政发〔2026〕8号', instructed_by: '张省长' },
        item_class: 'complex_item',
        due_on: null,
        assisting_unit_ids: ['unit-finance', 'unit-land'],
        report_cycle: { kind: 'working_days', n: 10 },
      },
    });
    story.by(officer, { command: 'edit', importance: 'critical' }).by(officer, { command: 'assign' });
    story.by(roads, { command: 'acknowledge', reporter: '李明' });
    story.by(finance, { command: 'report_progress', percent: 100, text: '资金到位' });
    story.by(roads, { command: 'report_progress', percent: 60, text: '路基完成', evidence_ids: ['a', 'b'] });
    story.by(roads, { command: 'request_extension', new_due_on: localDate('2026-12-18'), reason: '雨季' });
    story.by(roads, { command: 'request_close', result: '提前完工' });
    story.by(officer, { command: 'approve', rating: 'good', opinion: '质量合格' });
    expect(
      story.events.map((event) => explain(event, names)).map(({ title, why }) => `${title}｜${why}`),
    ).toEqual([
      '列入督查清单：修复滨河路｜事项：修复滨河路；督查方面：重点工作；子类：重大项目；来源：省级，省政发〔2026〕8号，张省长批示；事项类别：复杂事项；办结日期：由制度规定；牵头单位：市交通局；协办单位：市财政局、市自然资源局；汇报周期：每10个工作日；重要程度：一般',
      '修改事项内容｜重要程度：特别重要',
      '交办给市交通局｜协办单位：市财政局、市自然资源局；复杂事项，2026-11-02交办（当日为第1天），2026-12-02前办结',
      '签收｜填报责任人李明同志',
      '市财政局汇报协办进度100%｜资金到位',
      '汇报进度60%｜路基完成；附印证资料2份；本次汇报答复截至2026-11-16的汇报周期',
      '申请延期至2026-12-18｜雨季',
      '申请办结｜提前完工；尚未汇报协办情况：市自然资源局；此前申请延期至2026-12-18尚未审批，随之作废',
      '办结销号，评定为良好｜质量合格；应于2026-12-02 24:00前办结，2026-11-02 09:00申请办结，按期',
    ]);
  });

  test('which deadlines an event set and which it cleared', () => {
    const story = listed().by(officer, { command: 'assign' });
    expect(told(story, 'assigned').deadlines).toEqual([
      '签收期限2026-11-03 24:00；预警策略acknowledgement第1版：警铃2026-11-03 11:30，黄牌2026-11-03 24:00，红牌2026-11-04 24:00',
      '事项办结期限2026-11-20 24:00；预警策略standard第1版：警铃2026-11-17 09:00，黄牌2026-11-19 09:00，红牌2026-11-20 24:00，第1次重复红牌2026-11-25 09:00，第2次重复红牌2026-11-30 09:00，第3次重复红牌2026-12-03 09:00',
    ]);
    expect(told(story.by(roads, { command: 'acknowledge' }), 'acknowledged').deadlines).toEqual([
      '不再计签收期限',
    ]);
    story
      .by(officer, { command: 'withdraw', reason: '重复' })
      .by(colleague, { command: 'confirm_withdrawal' });
    expect(told(story, 'withdrawn')).toEqual({
      title: '经另一人确认，事项撤销',
      why: '重复',
      deadlines: ['不再计事项办结期限'],
    });
  });

  test('a new calendar says from where to where', () => {
    const story = listed()
      .by(officer, { command: 'assign' })
      .replans(calendarWith({ '2026-11-03': false }));
    expect(told(story, 'replanned')).toMatchObject({ title: '按新的工作日历重新计算期限', why: '日历第2版' });
    expect(told(story, 'replanned').deadlines[0]).toMatch(
      /^签收期限2026-11-04 24:00（原为2026-11-03 24:00）；/,
    );
  });

  test('every event of any life is told, with no id, no code word and nothing undefined in it', () => {
    fc.assert(
      fc.property(anyLife, (life) => {
        for (const event of live(life).events) {
          const { title, why, deadlines } = explain(event, names);
          // A policy goes by its name, which is an identifier.
          const text = [title, why, ...deadlines].join('\n').replaceAll(/预警策略\w+/g, '');
          expect(title).toMatch(/\p{Script=Han}/u);
          expect(text).not.toMatch(/undefined|null|NaN|\[object|unit-|_/);
          const replaced = new Set((event.arms ?? []).map(({ kind }) => kind));
          const cleared = (event.clears ?? []).filter((kind) => !replaced.has(kind)).length;
          const climbs = event.type === 'warning_given' && event.climbs !== undefined ? 1 : 0;
          expect(deadlines).toHaveLength((event.arms ?? []).length + cleared + climbs);
        }
      }),
      { numRuns: 200 },
    );
  }, 60_000);
});
