/** The process of an indicator task: its diagram, its commands, its deadlines, its settings. */
import { defaultPolicies } from '../../domain/annual-list.ts';
import { deadlineNames, periodDeadlineNames } from '../../domain/deadline.ts';
import {
  commandTable,
  defaultIndicatorRules,
  stages,
  type CommandName,
  type IndicatorRules,
} from '../../domain/indicator-task.ts';
import { standardProgressPolicy, type Bound } from '../../domain/progress-policy.ts';
import { grant } from '../../domain/permissions.ts';
import type { RefusalCode } from '../../domain/refusal.ts';
import { code, page, table, who } from './markdown.ts';
import {
  commandsTable,
  deadlinesTable,
  diagram,
  settingsTable,
  toldBy,
  workingDays,
  type DeadlineRow,
} from './process.ts';
import { refusalsIntroduced, refusalsTable } from './refusals.ts';

/** the weights of a unit change together, so nobody changes one of them by hand. */
export const throughTheList = `through the annual list alone, by two of ${who([grant('assessment_admin')])}: ${code('/annual-lists')}`;

export const indicatorTaskPage = (): string =>
  page(
    '指标任务 · indicator task',
    [
      'domain/indicator-task.ts',
      'domain/indicator-task-creation.ts',
      'domain/annual-list.ts',
      'domain/deadline.ts',
      'domain/progress-policy.ts',
      'domain/refusal.ts',
      'api/problem-codes.ts',
    ],
    "One row of a unit's yearly list, from the release of the list to the end of its year (R-031 to R-035, R-058): reported by period, accepted or returned by a reviewer, compared with its plan. A command that the stage, the person or a rule does not allow is refused with a code and changes nothing; the warning policies are those of the [supervision item](supervision-item.md).",
    '## Stages',
    diagram(
      stages,
      commandTable,
      ['completed', 'not_completed', 'withdrawn'],
      [
        ['assigned --> under_review', "year's end 年底清零"],
        ['in_progress --> under_review', "year's end 年底清零"],
      ],
    ),
    "At the year's end whatever is open gets its red card and goes to review as it stands; from then on nothing is returned. A withdrawal and a change of weight take two people, and whoever has filed a report does not review.",
    '## Commands',
    commandsTable(commandTable, throughTheList),
    '## Deadlines',
    deadlinesTable(deadlines, (name) => code(policies[name as keyof typeof deadlines])),
    "Those with `/…` there are once for each period: `report/2026-03`. A report may be owed for several periods at once; each keeps its own colours for ever: green on time, the card's colour while it is missing, and yellow for what was made up late.",
    `A task that is returned from review owes what fell due meanwhile, or would within days, ${returned_report_working_days} working days after the return, as a report that is returned is. What was late before the end was asked for stays late: its red card stands and is reminded of, and counts once.`,
    `Reports are watched by the policy that the list names for the indicator (预警策略), by ${code(defaultPolicies.warning_policy)} where it names none.`,
    'A review that is late is told to the reviewers in whose scope the indicator lies: to those whom its unit or theme was given, else to those who review everything, else to whoever released the list. The higher levels are those of the releasing office.',
    '## Cards by progress',
    'At a checkpoint, or when a report is accepted, what was accepted is compared with the plan. The whole way from the starting value to the target is a hundred percentage points.',
    table(
      ['level', 'points behind the plan'],
      standardProgressPolicy.bands.map(({ level, behind }) => [code(level), inWords(behind)]),
    ),
    `Told: ${toldBy(standardProgressPolicy)}. The newest comparison takes the place of the one before; a period keeps the colour of its own, unless its policy says what arrears show that a later report has made up (${code('made_up')}), and by when they are to be (${code('make_up_by')}).`,
    'A target that is lowered takes the plan along: no period that is not accepted yet is planned beyond it. What is accepted, and what was found, stays.',
    '## Settings',
    settingsTable(settings, defaultIndicatorRules),
    '## Refusals',
    refusalsIntroduced,
    refusalsTable('domain/indicator-task.ts', lookedUp),
  );

/** What only the tables can tell (api/indicator-task-commands.ts). */
const lookedUp: readonly RefusalCode[] = ['unknown_person', 'evidence_unusable'];

const {
  acknowledgement_working_days,
  report_working_days,
  report_review_working_days,
  returned_report_working_days,
  close_review_working_days,
} = defaultIndicatorRules;

/** Whatever lets a report no longer be the next one that is owed has the one after it watched. */
const watchesReports: readonly CommandName[] = [
  'acknowledge',
  'report_progress',
  'return_report',
  'decide_adjustment',
  'return',
];

export const deadlines = {
  acknowledgement: {
    zh: deadlineNames.acknowledgement,
    set_by: [],
    also: 'the release of the list',
    ends: workingDays(acknowledgement_working_days),
    warns: 'the unit',
  },
  'report/…': {
    zh: periodDeadlineNames.report,
    set_by: watchesReports,
    also: 'a checkpoint',
    ends: `${report_working_days} working days after its period, or after the task was given where that came later; at the latest 31 December, so that the last period is due then`,
    warns: 'the unit',
  },
  'progress/…': {
    zh: periodDeadlineNames.progress,
    set_by: [...watchesReports, 'accept_report'],
    also: 'a checkpoint',
    ends: `where nothing was filed: ${report_review_working_days} working days after the report was due; then the plan is compared with what stands accepted. None where that would be the end of the year or later: by then the task is judged as a whole`,
    warns: 'the unit',
  },
  'review/…': {
    zh: periodDeadlineNames.review,
    set_by: ['report_progress', 'return'],
    ends: workingDays(report_review_working_days),
    warns: 'the reviewers',
  },
  year_end: {
    zh: deadlineNames.year_end,
    set_by: ['return'],
    also: 'the release of the list',
    ends: '31 December; then the task goes to review',
    warns: 'the unit',
  },
  review: {
    zh: deadlineNames.review,
    set_by: ['request_close'],
    also: "the year's end",
    ends: workingDays(close_review_working_days),
    warns: 'the reviewers',
  },
} as const satisfies Readonly<Record<string, DeadlineRow<CommandName>>>;

const policies: Readonly<Record<keyof typeof deadlines, string>> = {
  acknowledgement: 'acknowledgement',
  'report/…': defaultPolicies.warning_policy,
  'progress/…': standardProgressPolicy.name,
  'review/…': 'review',
  year_end: 'year_end_clear',
  review: 'review',
};

const inWords = ({ points, included }: Bound): string =>
  included ? `${points} or more` : points === '0' ? 'any' : `more than ${points}`;

const settings: Readonly<Record<keyof IndicatorRules, string>> = {
  version: 'version of the settings that a process keeps',
  acknowledgement_working_days: 'working days to acknowledge',
  report_working_days: "working days after a period's last day in which it is reported",
  report_review_working_days: 'working days to accept or return a report',
  returned_report_working_days:
    'working days to put right what was returned, and to file what fell due while the task was under review; never before the day that stood',
  close_review_working_days: 'working days to review a request to close, or what the year has left open',
  adjustment_cutoff: "time on the day of a report after which no other day can be asked for",
  completed_from: 'completion in percent from which a task counts as completed',
  urge_cooldown_hours: 'hours between two reminders by people',
  red_unseen_working_days:
    "working days after which a red card that nobody has opened climbs one level; never that of the year's end: the zero is given, the task has left the unit's hands, and nobody is left whom the card could move",
  review_red_unseen_working_days:
    "the same for the office's own deadlines; where a process began before there was this setting, their red cards do not climb",
};
