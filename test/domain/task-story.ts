/** The language in which the tests of an indicator task are told. */
import type { Calendar } from '../../domain/calendar.ts';
import type { Policies } from '../../domain/deadline.ts';
import { decimal } from '../../domain/decimal.ts';
import {
  allowedCommands,
  create,
  defaultIndicatorRules,
  indicatorTask,
  type Command,
  type CommandName,
  type Event,
  type IndicatorFacts,
  type IndicatorRules,
  type IndicatorTask,
} from '../../domain/indicator-task.ts';
import type { Viewer } from '../../domain/permissions.ts';
import { standardProgressPolicy } from '../../domain/progress-policy.ts';
import { isRefusal } from '../../domain/refusal.ts';
import { localDateOf, officeTime, type Instant } from '../../domain/time.ts';
import { policy } from './item-story.ts';
import { calendar as official } from './official-calendar.ts';
import { periodsOf } from './periods.ts';
import { at, person, Story, type Person } from './story.ts';

export const office = person('office', 'assessment-office', 'assessment_admin');
export const second = person('second', 'assessment-office', 'assessment_admin');
export const reviewer = person('reviewer', 'assessment-office', 'reviewer_scorer');
export const reviewer2 = person('reviewer2', 'assessment-office', 'reviewer_scorer');
export const leader = person('leader', 'government', 'city_leader');
export const supervisor = person('supervisor', 'office', 'supervision_officer');
export const roads = person('roads', 'unit-roads', 'undertaking_unit');
export const park = person('park', 'unit-park', 'undertaking_unit');
export const cast = [office, second, reviewer, reviewer2, leader, supervisor, roads, park];

export const viewerOf = ({ person_id, unit_id, role }: Person): Viewer => ({
  person_id,
  unit_id,
  roles: [role],
  portfolio: role === 'city_leader' ? ['unit-roads'] : [],
  scope: null,
});

export const taskPolicies: Policies = {
  acknowledgement: policy('acknowledgement'),
  report: policy('report'),
  review: policy('review'),
  year_end: policy('year_end_clear'),
  progress: standardProgressPolicy,
};

/** Twelve months, ten kilometres each. */
const months = periodsOf(2026, 'monthly', [
  '10',
  '20',
  '30',
  '40',
  '50',
  '60',
  '70',
  '80',
  '90',
  '100',
  '110',
  '120',
]);

export const aTask: IndicatorFacts = {
  indicator_id: 'indicator-7',
  number: '个-07',
  name: '农村公路改造里程',
  year: 2026,
  unit_id: 'unit-roads',
  kind: 'individual',
  theme: null,
  origin: 'annual_list',
  effective_from: null,
  source: { level: 'municipal', document: '市政发〔2026〕1号' },
  points: decimal('4'),
  target: { value: decimal('120'), measure: '公里', direction: 'higher_better' },
  baseline: decimal('95'),
  start_value: decimal('0'),
  level_targets: [{ level: 'municipal', value: decimal('120') }],
  people: { reporter: 'p-reporter', direct_lead: 'p-lead', contact_person: 'p-contact' },
  responsible_office: '建设科',
  periods: months,
  evidence: { required: false, what: '里程统计表' },
};

export type Assigned = {
  readonly facts?: Partial<IndicatorFacts>;
  readonly policies?: Policies;
  readonly rules?: Partial<IndicatorRules>;
  readonly calendar?: Calendar;
  readonly on?: string | Instant;
};

/** A task as it is when the list has been released. */
export function assigned({
  facts,
  policies,
  rules,
  calendar,
  on = '2026-01-05 09:00',
}: Assigned = {}): TaskStory {
  return new TaskStory({ ...aTask, ...facts }, typeof on === 'string' ? at(on) : on, {
    calendar: calendar ?? official,
    rules: { ...defaultIndicatorRules, ...rules },
    policies: policies ?? taskPolicies,
  });
}

/** A task that its unit has taken on at once. */
export const underWay = (given: Assigned = {}): TaskStory =>
  assigned(given).by(roads, { command: 'acknowledge' });

export class TaskStory extends Story<IndicatorTask, Command, Event> {
  constructor(
    facts: IndicatorFacts,
    on: Instant,
    given: { readonly calendar: Calendar; readonly rules: IndicatorRules; readonly policies: Policies },
  ) {
    const { calendar, rules, policies } = given;
    const born = create({ facts, rules, policies }, { by: office, at: on, calendar });
    if (isRefusal(born)) throw new Error(`${born.refusal}: ${born.detail}`);
    super(indicatorTask, born, { on, calendar, office });
  }

  allows(who: Person): readonly CommandName[] {
    return allowedCommands(this.state, viewerOf(who));
  }

  reports(period: string, value: string): this {
    return this.by(roads, report(period, value));
  }

  accepts(period: string): this {
    return this.by(reviewer, { command: 'accept_report', period });
  }

  returns(period: string): this {
    return this.by(reviewer, { command: 'return_report', period, reasons: '数据与台账不符' });
  }

  period(id: string) {
    const found = this.state.periods.find((period) => period.id === id);
    if (found === undefined) throw new Error(`no period ${id}`);
    return found;
  }

  /** `red_card 2026-03-10, yellow_card 2026-03-16`: what a period has shown, and since when. */
  colours(id: string): string {
    return this.period(id)
      .colours.map(({ at: since, colour }) => `${colour} ${localDateOf(since)}`)
      .join(', ');
  }

  /** `report/2026-01 2026-02-06 24:00`: everything that is watched, with its end. */
  get watched(): readonly string[] {
    return this.state.deadlines.map(({ kind, due }) => `${kind} ${officeTime(due)}`);
  }
}

export const report = (period: string, value: string): Command => ({
  command: 'report_progress',
  period,
  value: decimal(value),
  text: '按月推进',
});
