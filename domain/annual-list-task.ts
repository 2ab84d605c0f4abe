/** What an indicator task begins with, as the list has agreed it. */
import {
  periodsOfPlan,
  startValue,
  type IndicatorFacts as ListedFacts,
  type Origin,
  type Winner,
} from './annual-list.ts';
import type { IndicatorFacts } from './indicator-task-events.ts';
import type { LocalDate } from './time.ts';
import type { SourceLevel } from './vocabulary.ts';

export type Agreed = ListedFacts & {
  readonly id: string;
  readonly number: string;
  readonly year: number;
  readonly origin: Origin;
  readonly effective_from: LocalDate;
  /** the target that holds, and which level set it. */
  readonly target: Winner;
};

export const taskFactsOf = (one: Agreed): IndicatorFacts => ({
  indicator_id: one.id,
  number: one.number,
  name: one.sub_target === null ? one.name : `${one.name}：${one.sub_target}`,
  year: one.year,
  unit_id: one.unit_id,
  kind: one.kind,
  theme: one.theme,
  origin: one.origin,
  effective_from: one.origin === 'dynamic' ? one.effective_from : null,
  source: { level: one.source_level, document: one.source_document },
  points: one.points,
  target: { value: one.target.value, measure: one.measure, direction: one.direction },
  baseline: one.baseline_value,
  start_value: startValue(one),
  level_targets: Object.entries(one.level_targets).map(([level, value]) => ({
    level: level as SourceLevel,
    value,
  })),
  people: {
    reporter: one.reporter_id,
    direct_lead: one.direct_lead_id,
    contact_person: one.contact_person_id,
  },
  responsible_office: one.responsible_office,
  periods: periodsOfPlan(one),
  evidence: { required: one.evidence_rule !== null, what: one.evidence_rule ?? '' },
});
