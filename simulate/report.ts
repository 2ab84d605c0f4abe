/** The figures of a simulated year as tables that a person reads. */
import { defaultBudget } from '../domain/sms-budget.ts';
import { localDateOf } from '../domain/time.ts';
import type { WarningLevel } from '../domain/warning-policy.ts';
import type { SampleCity } from './city.ts';
import { mostIn, quantile, tableOf, type Cell } from './tables.ts';
import type { Card, Year } from './year.ts';

const levels: readonly WarningLevel[] = ['bell', 'yellow_card', 'red_card'];
const levelHeads = ['警铃 bell', '黄牌 yellow', '红牌 red'];

export function report(
  city: SampleCity,
  year: Year,
  given: { readonly seed: number; readonly name: string; readonly seconds: number },
): string {
  return [
    headLine(city, year, given),
    section('按月 Cards by month (the month in which they were given)', byMonth(city, year.cards)),
    section('按成因 Cards by what gave them', byCause(year.cards)),
    section('牌最多的十个单位 Ten units with most red, then yellow cards', topTen(city, year.cards)),
    section('短信 Messages', messages(year)),
    section('单位负担 Burden: what the system asked of a unit', burden(city, year)),
    section('结果 How it ended', endings(year)),
  ].join('\n\n');
}

const section = (title: string, table: string) => `${title}\n${table}`;

function headLine(
  city: SampleCity,
  { lived, events }: Year,
  { seed, name, seconds }: { readonly seed: number; readonly name: string; readonly seconds: number },
): string {
  const count = (kind: string) => lived.filter((one) => one.kind === kind).length;
  const things = `${count('indicator_task')} 项指标任务 tasks, ${count('supervision_item')} 项督查事项 items`;
  return [
    `瀚源市 ${city.year}: ${city.units.length} 个单位 units, ${things}`,
    `习惯 habits “${name}”, 随机种子 --seed ${seed}; ${events} 个事件 events in ${seconds.toFixed(1)} s`,
  ].join('\n');
}

const countBy = (cards: readonly Card[]): number[] =>
  levels.map((level) => cards.filter((card) => card.level === level).length);

function byMonth(city: SampleCity, cards: readonly Card[]): string {
  const months = [...new Set(cards.map(({ on }) => on.slice(0, 7)))].toSorted();
  const rows = months.map((month): Cell[] => [
    month,
    ...countBy(cards.filter(({ on }) => on.startsWith(month))),
  ]);
  return tableOf([`${city.year} 月份 month`, ...levelHeads], [...rows, ['合计 total', ...countBy(cards)]]);
}

function byCause(cards: readonly Card[]): string {
  const cause = (by: Card['by']) => countBy(cards.filter((card) => card.by === by));
  return tableOf(
    ['', ...levelHeads],
    [
      ['时限 by time', ...cause('time')],
      ['进度 by progress', ...cause('progress')],
    ],
  );
}

function topTen({ units }: SampleCity, cards: readonly Card[]): string {
  const rows = units
    .map(({ code, short_name }) => ({
      short_name,
      counts: countBy(cards.filter(({ unit_id }) => unit_id === code)),
    }))
    .toSorted((a, b) => (b.counts[2] ?? 0) - (a.counts[2] ?? 0) || (b.counts[1] ?? 0) - (a.counts[1] ?? 0));
  return tableOf(
    ['单位 unit', ...levelHeads],
    rows.slice(0, 10).map(({ short_name, counts }) => [short_name, ...counts]),
  );
}

function messages({ sms, notifications }: Year): string {
  const perDay = [...Map.groupBy(sms, ({ person_id, at }) => `${person_id}/${localDateOf(at)}`).values()];
  const perPerson = [...Map.groupBy(sms, ({ person_id }) => person_id).values()];
  const spread = (groups: readonly (readonly unknown[])[]): Cell[] => {
    const counts = groups.map((group) => group.length).toSorted((a, b) => a - b);
    return [quantile(counts, 0.5), quantile(counts, 0.99), counts.at(-1) ?? 0];
  };
  const rolling = perPerson.map((theirs) =>
    mostIn(
      theirs.map(({ at }) => at),
      defaultBudget.window_ms,
    ),
  );
  const most = rolling.reduce((a, b) => Math.max(a, b), 0);
  const digests = sms.filter(({ digest }) => digest).length;
  return [
    tableOf(
      ['', 'p50', 'p99', '最多 max'],
      [
        ['每人每日（有短信之日）per person and day with any', ...spread(perDay)],
        ['每人全年 per person in the year', ...spread(perPerson)],
      ],
    ),
    `${notifications.length} 条告知 things to tell → ${sms.length} 条短信 messages to ${perPerson.length} 人 people, ${digests} 条汇总 digests`,
    `24 小时内一人最多 most to one person in any 24 h: ${most}（运营商上限 the carrier's cap ${defaultBudget.cap}, 计划 planned ${defaultBudget.plan}）`,
  ].join('\n');
}

function burden({ units }: SampleCity, year: Year): string {
  const rows = units.map(({ code, short_name }) => ({
    short_name,
    ...(year.burden.get(code) ?? { requests: 0, reports: 0, fields: 0, files: 0 }),
  }));
  const spread = (head: string, of: (row: (typeof rows)[number]) => number): Cell[] => {
    const values = rows.map(of).toSorted((a, b) => a - b);
    const most = rows.find((row) => of(row) === values.at(-1))?.short_name ?? '';
    return [head, quantile(values, 0.5), values.at(-1) ?? 0, most];
  };
  return tableOf(
    ['', 'p50', '最多 max', '单位 unit'],
    [
      spread('要求 requests (receipts, reports, matters)', ({ requests }) => requests),
      spread('汇报 reports filed', ({ reports }) => reports),
      spread('填写项 fields filled in', ({ fields }) => fields),
      spread('材料 files', ({ files }) => files),
    ],
  );
}

function endings({ lived, repeats, refusals }: Year): string {
  const groups = Map.groupBy(lived, ({ kind, stage }) => `${kind} ${stage}`);
  const rows = [...groups]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, group]): Cell[] => [name, group.length]);
  const yearEnds = lived.filter(({ events }) => events.includes('year_ended')).length;
  const proposals = lived.filter(({ events }) => events.includes('accountability_proposed')).length;
  return [
    tableOf(['', ''], rows),
    `年底清零转入审核 sent to review by the year's end: ${yearEnds}; 红牌重复提醒 repeated red cards: ${repeats}; 追责建议 accountability proposals: ${proposals}`,
    `被制度拒绝的操作 commands that the rules refused: ${refusals.length}`,
  ].join('\n');
}
