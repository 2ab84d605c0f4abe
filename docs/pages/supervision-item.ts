/** The process of a supervision item: its diagram, its commands, its deadlines, its refusals. */
import { problemKinds } from '../../api/problem-codes.ts';
import { itemPolicies } from '../../db/policies.ts';
import { deadlineNames, type DeadlineName } from '../../domain/deadline.ts';
import { refusalTitles, type RefusalCode } from '../../domain/refusal.ts';
import {
  commandTable,
  ratings,
  stages,
  type CommandName,
  type Stage,
} from '../../domain/supervision-item.ts';
import { itemClasses, postRoles, type ItemClass } from '../../domain/vocabulary.ts';
import { standardPolicies, type Moment, type WarningPolicy } from '../../domain/warning-policy.ts';
import { defaultRules, type ProcessRules } from '../../domain/watching.ts';
import { code, codes, page, table, who } from './markdown.ts';

export const supervisionItemPage = (): string =>
  page(
    '督查事项 · supervision item',
    [
      'domain/supervision-item.ts',
      'domain/warning-policy.ts',
      'domain/watching.ts',
      'domain/refusal.ts',
      'api/problem-codes.ts',
    ],
    'A matter that the supervision office tracks until it is closed (R-080, R-085). A command that the stage, the person or a rule does not allow is refused with a code and changes nothing.',
    '## Stages',
    diagram(),
    'Urging, commenting, changing a person and asking for a withdrawal leave the stage as it is. A withdrawal takes two people.',
    '## Commands',
    table(['command', '', 'in', 'by', 'leads to'], Object.keys(commandTable).map(asCommandRow)),
    `\`approve\` gives one of the ratings ${Object.entries(ratings)
      .map(([id, zh]) => `${zh} ${code(id)}`)
      .join(', ')}; the last of them is a return.`,
    '## Deadlines',
    table(['deadline', '', 'set by', 'ends', 'warns', 'policy'], Object.keys(deadlines).map(asDeadlineRow)),
    'A deadline is the end of its day, 24:00. What is done at that instant is late. Whatever moves a deadline arms all its warnings again, under the next version.',
    '## Warning policies',
    'The first versions of them; a process keeps the version with which it began until another is applied to it.',
    table(
      ['policy', '警铃 bell', '黄牌 yellow card', '红牌 red card', 'red repeats'],
      standardPolicies.map(asPolicyRow),
    ),
    `Told: ${toldBy(standardPolicies[0])}. For a deadline of the office itself they are the people of the office. A red card that nobody has opened climbs one level.`,
    '## Settings',
    table(
      ['setting', 'default', 'meaning'],
      Object.entries(settings).map(([name, meaning]) => [
        code(name),
        code(String(defaultRules[name as keyof ProcessRules])),
        meaning,
      ]),
    ),
    '## Refusals',
    table(
      ['code', 'status', 'title'],
      Object.entries(refusalTitles).map(([name, title]) => [
        code(name),
        String(problemKinds[name as RefusalCode].status),
        title,
      ]),
    ),
  );

function diagram(): string {
  const arrows = new Map<string, string[]>();
  for (const [name, row] of Object.entries(commandTable)) {
    for (const from of row.stages) {
      for (const to of row.leads_to) {
        const arrow = `${from} --> ${to}`;
        arrows.set(arrow, [...(arrows.get(arrow) ?? []), `${name} ${row.zh}`]);
      }
    }
  }
  const ends: readonly Stage[] = ['closed', 'withdrawn'];
  return [
    '```mermaid',
    'stateDiagram-v2',
    ...Object.entries(stages).map(([stage, zh]) => `  state "${stage} ${zh}" as ${stage}`),
    '  [*] --> list_making',
    ...[...arrows].map(([arrow, names]) => `  ${arrow}: ${names.join('<br/>')}`),
    ...ends.map((stage) => `  ${stage} --> [*]`),
    '```',
  ].join('\n');
}

function asCommandRow(name: string): readonly string[] {
  const row = commandTable[name as CommandName];
  const leadsTo = row.leads_to.length === 0 ? '–' : codes(row.leads_to);
  return [code(name), row.zh, codes(row.stages), who(row.who), leadsTo];
}

type DeadlineRow = { readonly set_by: readonly CommandName[]; readonly ends: string; readonly warns: string };

const { acknowledgement_working_days, dispute_working_days, review_working_days } = defaultRules;
const workingDays = (days: number) => `${days} working day${days === 1 ? '' : 's'} later`;

type ItemDeadline = Exclude<DeadlineName, 'progress' | 'year_end'>;

/** Which commands set each deadline is held against the process itself by a test. */
export const deadlines: Readonly<Record<ItemDeadline, DeadlineRow>> = {
  acknowledgement: {
    set_by: ['assign', 'uphold'],
    ends: workingDays(acknowledgement_working_days),
    warns: 'the unit',
  },
  dispute: { set_by: ['dispute'], ends: workingDays(dispute_working_days), warns: 'the office' },
  report: {
    set_by: ['acknowledge', 'report_progress', 'decide_extension', 'resume', 'return', 'approve'],
    ends: 'by the report cycle: after n working days, or on the last working day of the week (Monday to Friday) or of the month',
    warns: 'the unit',
  },
  item: {
    set_by: ['assign', 'decide_extension', 'resume', 'return', 'approve'],
    ends: '一般事项: the 7th day, 复杂事项: the same day of the next month, the day of assignment counting as the first (R-058); 年底清零: 31 December; 限期: its date',
    warns: 'the unit',
  },
  review: { set_by: ['request_close'], ends: workingDays(review_working_days), warns: 'the office' },
};

function asDeadlineRow(name: string): readonly string[] {
  const kind = name as ItemDeadline;
  const { set_by, ends, warns } = deadlines[kind];
  return [code(kind), deadlineNames[kind], codes(set_by), ends, warns, policiesOf(kind)];
}

/** One policy, or by the item's class. */
function policiesOf(kind: ItemDeadline): string {
  const all = Object.fromEntries(standardPolicies.map((policy) => [policy.name, policy]));
  const byClass = Object.entries(itemClasses).map(([itemClass, zh]) => {
    const policy = itemPolicies(all, itemClass as ItemClass)?.[kind]?.name ?? '–';
    return { zh, policy };
  });
  const names = new Set(byClass.map(({ policy }) => policy));
  return names.size === 1
    ? codes([...names])
    : byClass.map(({ zh, policy }) => `${zh} ${code(policy)}`).join(', ');
}

function asPolicyRow({ name, version, levels, repeat }: WarningPolicy): readonly string[] {
  const moments = (['bell', 'yellow_card', 'red_card'] as const).map((level) => {
    const found = levels.find((one) => one.level === level);
    return found === undefined ? '–' : inWords(found.moment);
  });
  const then = repeat?.then === 'accountability_proposal' ? ', then accountability is proposed' : '';
  const repeats =
    repeat === null
      ? '–'
      : `every ${units(repeat.every)} at ${repeat.every.at}, ${repeat.times} times${then}`;
  return [`${code(name)} v${version}`, ...moments, repeats];
}

function inWords(moment: Moment): string {
  if (moment.unit === 'working_hour') return `${units(moment)} before the end of the day`;
  if (moment.amount === 0) return `on the day, ${moment.at}`;
  return `${units(moment)} ${moment.amount < 0 ? 'before' : 'after'}, ${moment.at}`;
}

function units({ amount, unit }: Moment): string {
  const count = Math.abs(amount);
  return `${count} ${unit.replace('_', ' ')}${count === 1 ? '' : 's'}`;
}

const toldBy = (policy: WarningPolicy | undefined): string =>
  Object.entries(policy?.recipients ?? {})
    .map(([level, told]) => `${level.replace('_', ' ')} → ${told.map((role) => postRoles[role]).join('、')}`)
    .join('; ');

const settings: Readonly<Record<keyof ProcessRules, string>> = {
  version: 'version of the settings that a process keeps',
  ordinary_item_days: 'in which days the seven of an 一般事项 are counted (R-058)',
  extension_cutoff: "time on the deadline's day after which no extension can be asked for",
  urge_cooldown_hours: 'hours between two reminders by people',
  acknowledgement_working_days: 'working days to acknowledge',
  dispute_working_days: 'working days to decide on a dispute',
  review_working_days: 'working days to review a request to close',
  red_unseen_working_days: 'working days after which a red card that nobody has opened climbs one level',
};
