/** The process of a supervision item: its diagram, its commands, its deadlines, its refusals. */
import { itemPolicies } from '../../db/policies.ts';
import { deadlineNames, type DeadlineName } from '../../domain/deadline.ts';
import type { RefusalCode } from '../../domain/refusal.ts';
import { commandTable, ratings, stages, type CommandName } from '../../domain/supervision-item.ts';
import { itemClasses, type ItemClass } from '../../domain/vocabulary.ts';
import { standardPolicies } from '../../domain/warning-policy.ts';
import { defaultRules, type ProcessRules } from '../../domain/watching.ts';
import { code, codes, page } from './markdown.ts';
import {
  commandsTable,
  deadlinesTable,
  diagram,
  policiesTable,
  settingsTable,
  toldBy,
  workingDays,
  type DeadlineRow,
} from './process.ts';
import { refusalsIntroduced, refusalsTable } from './refusals.ts';

/** leaderDecidesExtension (domain/supervision-item-extension.ts). */
export const whoDecidesExtension = `An extension of a 年底清零 item (${code('year_end_clear')}), and every one after an extension that was granted, is decided by the city leader in charge of the unit alone; any other by the supervision officer too. Never by whoever has asked for it.`;

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
    diagram(stages, commandTable, ['closed', 'withdrawn']),
    'Urging, commenting, changing a person and asking for a withdrawal leave the stage as it is. A withdrawal takes two people.',
    '## Commands',
    commandsTable(commandTable),
    `\`approve\` gives one of the ratings ${Object.entries(ratings)
      .map(([id, zh]) => `${zh} ${code(id)}`)
      .join(', ')}; the last of them is a return.`,
    whoDecidesExtension,
    '## Deadlines',
    deadlinesTable(deadlines, (name) => policiesOf(name as ItemDeadline)),
    'A deadline is the end of its day, 24:00. What is done at that instant is late. Whatever moves a deadline arms all its warnings again, under the next version.',
    '## Warning policies',
    'The first versions of them; a process keeps the version with which it began until another is applied to it.',
    policiesTable(standardPolicies),
    `Told: ${toldBy(standardPolicies[0] ?? { recipients: {} })}. For a deadline of the office itself they are the people of the office. A red card of either that nobody who was told has opened climbs one level.`,
    '## Settings',
    settingsTable(settings, defaultRules),
    '## Refusals',
    refusalsIntroduced,
    refusalsTable('domain/supervision-item.ts', lookedUp),
  );

/** What only the tables can tell (api/supervision-item-commands.ts, api/process-door.ts). */
const lookedUp: readonly RefusalCode[] = [
  'unknown_unit',
  'unknown_person',
  'unknown_policy',
  'number_taken',
  'evidence_unusable',
];

const { acknowledgement_working_days, dispute_working_days, review_working_days } = defaultRules;

type ItemDeadline = Exclude<DeadlineName, 'progress' | 'year_end'>;

export const deadlines: Readonly<Record<ItemDeadline, DeadlineRow<CommandName>>> = {
  acknowledgement: {
    zh: deadlineNames.acknowledgement,
    set_by: ['assign', 'uphold'],
    ends: workingDays(acknowledgement_working_days),
    warns: 'the unit',
  },
  dispute: { zh: deadlineNames.dispute, set_by: ['dispute'], ends: workingDays(dispute_working_days), warns: 'the office' },
  report: {
    zh: deadlineNames.report,
    set_by: ['acknowledge', 'report_progress', 'decide_extension', 'resume', 'return', 'approve'],
    ends: 'by the report cycle: after n working days, or on the last working day of the week (Monday to Friday) or of the month',
    warns: 'the unit',
  },
  item: {
    zh: deadlineNames.item,
    set_by: ['assign', 'decide_extension', 'resume', 'return', 'approve'],
    ends: '一般事项: the 7th day, 复杂事项: the same day of the next month, the day of assignment counting as the first (R-058); 年底清零: 31 December; 限期: its date',
    warns: 'the unit',
  },
  review: { zh: deadlineNames.review, set_by: ['request_close'], ends: workingDays(review_working_days), warns: 'the office' },
};

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

const settings: Readonly<Record<keyof ProcessRules, string>> = {
  version: 'version of the settings that a process keeps',
  ordinary_item_days: 'in which days the seven of an 一般事项 are counted (R-058)',
  extension_cutoff: "time on the deadline's day after which no extension can be asked for",
  urge_cooldown_hours: 'hours between two reminders by people',
  acknowledgement_working_days: 'working days to acknowledge',
  dispute_working_days: 'working days to decide on a dispute',
  review_working_days: 'working days to review a request to close',
  red_unseen_working_days: 'working days after which a red card that nobody has opened climbs one level',
  review_red_unseen_working_days:
    "the same for the office's own deadlines; where a process began before there was this setting, their red cards do not climb",
};
