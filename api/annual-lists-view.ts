/** How the annual list and its indicators are shown and written. */
import { Type, type Static } from 'typebox';
import type { DraftFault, IndicatorRow, UnitTotal } from '../db/annual-list-views.ts';
import {
  directions,
  indicatorKinds,
  indicatorTags,
  origins,
  periodKinds,
  valueKinds,
  type IndicatorFacts,
  type LevelTargets,
} from '../domain/annual-list.ts';
import { decimal, fixed, parseDecimal, type Decimal } from '../domain/decimal.ts';
import { has, type Viewer } from '../domain/permissions.ts';
import type { LocalDate } from '../domain/time.ts';
import { sourceLevels, type SourceLevel } from '../domain/vocabulary.ts';
import {
  closed,
  DateOnly,
  named,
  nullable,
  oneOf,
  text,
  Timestamp,
  Uuid,
  Version,
  whole,
} from './schemas.ts';

export const Day = Type.Unsafe<LocalDate>(DateOnly);
export const Year = whole(2000, 9999);
export const ChangeParams = closed({ year: Year, id: Uuid });
export const Count = whole(0, 2_147_483_647);

/** Decimals travel as texts: a number of JSON would be rounded on its way. */
export const Points = Type.String({
  pattern: String.raw`^\d{1,3}(\.\d{1,2})?$`,
  description: '分值，最多两位小数',
});
export const Value = Type.String({
  pattern: String.raw`^-?\d{1,15}(\.\d{1,4})?$`,
  description: '数值，最多四位小数',
});

const levelFields = Object.fromEntries(
  Object.keys(sourceLevels).map((level) => [level, Type.Optional(nullable(Value))] as const),
) as Record<SourceLevel, ReturnType<typeof Type.Optional<ReturnType<typeof nullable<typeof Value>>>>>;

/** What people write of an indicator; `factsOf` reads it, `writtenOf` writes it. */
export const factFields = {
  theme: nullable(text(60)),
  name: text(100),
  sub_target: nullable(text(200)),
  source_level: oneOf(sourceLevels),
  source_document: nullable(text(120)),
  points: Points,
  measure: text(20),
  direction: oneOf(directions),
  value_kind: oneOf(valueKinds),
  baseline_value: nullable(Value),
  level_targets: closed(levelFields, { description: '各级目标，至少一级' }),
  is_stretch: Type.Boolean(),
  tags: Type.Array(oneOf(indicatorTags), { maxItems: 3, uniqueItems: true }),
  reporter_id: Uuid,
  direct_lead_id: Uuid,
  contact_person_id: Uuid,
  responsible_office: text(60),
  period_kind: oneOf(periodKinds),
  plan: Type.Array(closed({ by: Day, value: Value }), {
    minItems: 1,
    maxItems: 60,
    description: '计划累计值',
  }),
  evidence_rule: nullable(text(500)),
  warning_policy: text(60, { description: '各期填报的预警策略；不填为 report' }),
  progress_policy: text(60),
};

const Written = closed(factFields);
type Written = Static<typeof Written>;
type WrittenFacts = Omit<IndicatorFacts, 'number' | 'unit_id' | 'kind'>;

/** Decimals in their one canonical form, whatever zeros were written. */
export const factsOf = (written: Written): WrittenFacts => ({
  ...written,
  points: decimal(written.points),
  baseline_value: written.baseline_value === null ? null : decimal(written.baseline_value),
  level_targets: targetsOf(written.level_targets),
  plan: written.plan.map(({ by, value }) => ({ by, value: decimal(value) })),
});

/** An indicator as somebody would write it: a change is laid over it and read as a whole. */
export const writtenOf = (facts: IndicatorFacts): Written => ({
  theme: facts.theme,
  name: facts.name,
  sub_target: facts.sub_target,
  source_level: facts.source_level,
  source_document: facts.source_document,
  points: facts.points,
  measure: facts.measure,
  direction: facts.direction,
  value_kind: facts.value_kind,
  baseline_value: facts.baseline_value,
  level_targets: { ...facts.level_targets },
  is_stretch: facts.is_stretch,
  tags: [...facts.tags],
  reporter_id: facts.reporter_id,
  direct_lead_id: facts.direct_lead_id,
  contact_person_id: facts.contact_person_id,
  responsible_office: facts.responsible_office,
  period_kind: facts.period_kind,
  plan: facts.plan.map(({ by, value }) => ({ by, value })),
  evidence_rule: facts.evidence_rule,
  warning_policy: facts.warning_policy,
  progress_policy: facts.progress_policy,
});

function targetsOf(written: Written['level_targets']): LevelTargets {
  const targets: Partial<Record<SourceLevel, Decimal>> = {};
  for (const [level, value] of Object.entries(written)) {
    if (value != null) targets[level as SourceLevel] = decimal(value);
  }
  return targets;
}

const Person = closed({ id: Uuid, name: Type.String() });

export const IndicatorView = named(
  'Indicator',
  closed({
    id: Uuid,
    year: Year,
    number: Type.String(),
    unit_id: Uuid,
    unit_name: Type.String(),
    kind: oneOf(indicatorKinds),
    theme: nullable(Type.String()),
    theme_name: nullable(Type.String()),
    name: Type.String(),
    sub_target: nullable(Type.String()),
    source_level: oneOf(sourceLevels),
    source_document: nullable(Type.String()),
    points: nullable(Type.String({ description: '`points_on` 当日的分值；当日尚未生效为 null' })),
    points_on: Day,
    points_from: nullable(Type.Unsafe<LocalDate>({ ...DateOnly, description: '该分值自何日起' })),
    measure: Type.String(),
    direction: oneOf(directions),
    value_kind: oneOf(valueKinds),
    baseline_value: nullable(Type.String()),
    targets: Type.Array(closed({ level: oneOf(sourceLevels), value: Type.String(), holds: Type.Boolean() }), {
      description: '各级目标；就高不就低，holds 为生效的一级',
    }),
    target: closed({ level: oneOf(sourceLevels), value: Type.String() }),
    is_stretch: Type.Boolean(),
    tags: Type.Array(oneOf(indicatorTags)),
    reporter: Person,
    direct_lead: Person,
    contact_person: Person,
    responsible_office: Type.String(),
    period_kind: oneOf(periodKinds),
    plan: Type.Array(closed({ by: Day, value: Type.String() })),
    evidence_rule: nullable(Type.String()),
    warning_policy: Type.String(),
    progress_policy: Type.String(),
    origin: oneOf(origins),
    effective_from: Day,
    promoted_from: nullable(Uuid),
    version: Version,
    allowed_commands: Type.Array(oneOf(['promote'])),
  }),
);

export function indicatorView(
  row: IndicatorRow,
  on: LocalDate,
  viewer: Viewer,
): Static<typeof IndicatorView> {
  const targets = (Object.keys(sourceLevels) as SourceLevel[]).flatMap((level) => {
    const value = row.level_targets[level];
    return value === undefined ? [] : [{ level, value: value as string, holds: level === row.target_level }];
  });
  return {
    id: row.id,
    year: row.year,
    number: row.number,
    unit_id: row.unit_id,
    unit_name: row.unit_name,
    kind: row.kind,
    theme: row.theme,
    theme_name: row.theme_name,
    name: row.name,
    sub_target: row.sub_target,
    source_level: row.source_level,
    source_document: row.source_document,
    points: row.points === null ? null : inPoints(row.points),
    points_on: on,
    points_from: row.points_from,
    measure: row.measure,
    direction: row.direction,
    value_kind: row.value_kind,
    baseline_value: row.baseline_value,
    targets,
    target: { level: row.target_level, value: row.target_value },
    is_stretch: row.is_stretch,
    tags: [...row.tags],
    reporter: { id: row.reporter_id, name: row.reporter_name },
    direct_lead: { id: row.direct_lead_id, name: row.direct_lead_name },
    contact_person: { id: row.contact_person_id, name: row.contact_person_name },
    responsible_office: row.responsible_office,
    period_kind: row.period_kind,
    plan: row.plan.map(({ by, value }) => ({ by, value })),
    evidence_rule: row.evidence_rule,
    warning_policy: row.warning_policy,
    progress_policy: row.progress_policy,
    origin: row.origin,
    effective_from: row.effective_from,
    promoted_from: row.promoted_from,
    version: row.version,
    allowed_commands: mayPromote(row) && has(viewer, 'edit_annual_list') ? ['promote'] : [],
  };
}

/** what came during the year for one unit may be taken into the common list. */
export const mayPromote = ({
  origin,
  kind,
  stage,
}: Pick<IndicatorRow, 'origin' | 'kind' | 'stage'>): boolean =>
  origin === 'dynamic' && kind === 'individual' && stage === 'released';

/** Points as every table of points shows them: with two places. */
export const inPoints = (value: string): string => fixed(parseDecimal(value) ?? decimal('0'), 2);

export const AnnualListView = named(
  'AnnualList',
  closed({
    year: Year,
    stage: oneOf(['draft', 'released']),
    version: Version,
    released_at: nullable(Timestamp),
    on: Type.Unsafe<LocalDate>({ ...DateOnly, description: '各单位合计按该日的分值' }),
    counts: closed({ units: Count, indicators: Count, common: Count, individual: Count, dynamic: Count }),
    units: Type.Array(
      closed({
        unit_id: Uuid,
        unit_name: Type.String(),
        common: Count,
        individual: Count,
        dynamic: Count,
        points: Type.String(),
        missing_themes: Type.Array(Type.String(), { description: '年初七个共性主题中本单位没有的' }),
      }),
    ),
    faults: Type.Array(
      closed({
        unit_id: Uuid,
        indicator_id: nullable(Uuid),
        number: nullable(Type.String()),
        field: Type.String(),
        what: Type.String(),
        mend: Type.String(),
      }),
      { description: '下达之前须消除的问题；过多时只列前面一部分' },
    ),
    faults_total: Count,
  }),
);

/** More would help nobody. `faults_total` counts all. */
const SHOWN_FAULTS = 1_000;

export function unitsAndFaults(units: readonly UnitTotal[], faults: readonly DraftFault[]) {
  const sum = (of: (unit: UnitTotal) => number) => units.reduce((total, unit) => total + of(unit), 0);
  return {
    counts: {
      units: units.length,
      indicators: sum(({ common, individual }) => common + individual),
      common: sum(({ common }) => common),
      individual: sum(({ individual }) => individual),
      dynamic: sum(({ dynamic }) => dynamic),
    },
    units: units.map((unit) => ({
      ...unit,
      points: fixed(unit.points, 2),
      missing_themes: [...unit.missing_themes],
    })),
    faults: faults.slice(0, SHOWN_FAULTS).map(({ unit_id, indicator_id, number, field, what, mend }) => ({
      unit_id,
      indicator_id,
      number,
      field,
      what,
      mend,
    })),
    faults_total: faults.length,
  };
}
