/** The tables of the annual list as Kysely sees them. Decimals are texts there and canonical texts here. */
import type { ColumnType, Generated } from 'kysely';
import type {
  Direction,
  IndicatorFacts,
  IndicatorKind,
  IndicatorTag,
  LevelTargets,
  Origin,
  PeriodKind,
  PlannedValue,
  ValueKind,
} from '../domain/annual-list.ts';
import type { Weight } from '../domain/annual-list-weights.ts';
import type { Instant, LocalDate } from '../domain/time.ts';
import type { SourceLevel } from '../domain/vocabulary.ts';
import type { Db, Tx } from './client.ts';

type At = ColumnType<Instant, Date, Date>;
type MaybeAt = ColumnType<Instant | null, Date | null | undefined, Date | null>;
type Json<T> = ColumnType<T, string, string>;
type MaybeJson<T> = ColumnType<T | null, string | null | undefined, string | null>;

export type ListStage = 'draft' | 'released';
export type ChangeState = 'proposed' | 'confirmed' | 'rejected';

export type ChangeKind = 'weights' | 'dynamic' | 'promotion';

/** An indicator that joins with a change of weights; it gets its number when the change is confirmed. */
export type Addition = IndicatorFacts & { readonly id: string; readonly promoted_from: string | null };

export type Promotion = { readonly indicator_id: string; readonly theme: string };

export type AnnualListTables = {
  theme: { code: string; name: string; position: number; from_start: boolean };
  annual_list: {
    year: number;
    stage: ListStage;
    version: Generated<number>;
    created_at: At;
    released_at: MaybeAt;
    released_by: string | null;
  };
  indicator: {
    id: string;
    year: number;
    number: string;
    unit_id: string;
    kind: IndicatorKind;
    theme: string | null;
    name: string;
    sub_target: string | null;
    source_level: SourceLevel;
    source_document: string | null;
    measure: string;
    direction: Direction;
    value_kind: ValueKind;
    baseline_value: string | null;
    level_targets: Json<LevelTargets>;
    target_value: string;
    target_level: SourceLevel;
    is_stretch: boolean;
    tags: IndicatorTag[];
    reporter_id: string;
    direct_lead_id: string;
    contact_person_id: string;
    responsible_office: string;
    period_kind: PeriodKind;
    plan: Json<PlannedValue[]>;
    evidence_rule: string | null;
    warning_policy: string;
    progress_policy: string;
    origin: Origin;
    effective_from: LocalDate;
    promoted_from: string | null;
    version: Generated<number>;
  };
  indicator_weight: {
    indicator_id: string;
    from_date: LocalDate;
    /** Of two for one day the later one holds. */
    nth: Generated<number>;
    points: string;
    reason: string;
    change_id: string | null;
    proposed_by: string;
    approved_by: string | null;
  };
  weight_change: {
    id: string;
    year: number;
    kind: ChangeKind;
    from_date: LocalDate;
    reason: string;
    weights: Json<Weight[]>;
    additions: Json<Addition[]>;
    promotes: MaybeJson<Promotion>;
    proposed_by: string;
    proposed_at: At;
    state: ChangeState;
    rejected_reason: string | null;
    confirmed_by: string | null;
    confirmed_at: MaybeAt;
    told: Generated<boolean>;
  };
};

export const listTables = (db: Db | Tx) => db.withTables<AnnualListTables>();
