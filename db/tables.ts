/** The tables as Kysely sees them. Instants are `timestamptz` there and epoch milliseconds here. */
import type { ColumnType, Generated, GeneratedAlways } from 'kysely';
import type { Anchor } from '../domain/auditor.ts';
import type { CadenceName } from '../domain/cadence.ts';
import type { CalendarStatus } from '../domain/calendar.ts';
import type { Chain, DeadlineKind } from '../domain/deadline.ts';
import type { MessageState } from '../domain/message-life.ts';
import type { MessageLevel, RecipientRules } from '../domain/recipient.ts';
import type { IndicatorRules, IndicatorTask, Stage as TaskStage } from '../domain/indicator-task.ts';
import type { Actor } from '../domain/process.ts';
import type { ProgressPolicy } from '../domain/progress-policy.ts';
import type { ItemFacts, Stage, SupervisionItem } from '../domain/supervision-item.ts';
import type { Instant, LocalDate } from '../domain/time.ts';
import type { PostRole, Role, UnitKind } from '../domain/vocabulary.ts';
import type { Card, WarningLevel, WarningPolicy } from '../domain/warning-policy.ts';
import type { ProcessRules } from '../domain/watching.ts';

/** Written as a Date (see stamp()), read as an Instant. */
type At = ColumnType<Instant, Date, Date>;
type MaybeAt = ColumnType<Instant | null, Date | null | undefined, Date | null>;
/** Written as text, read parsed. */
type Json<T> = ColumnType<T, string, string>;
type MaybeJson<T> = ColumnType<T | null, string | null | undefined, string | null>;

export type ThingKind = 'supervision_item' | 'indicator_task';
export type NotificationState =
  | 'pending'
  | 'merged'
  | 'delivered'
  | 'accepted_unconfirmed'
  | 'failed'
  | 'suppressed';

export type Database = {
  unit: {
    id: string;
    code: string;
    name: string;
    short_name: string;
    kind: UnitKind;
    parent_id: string | null;
    merged_into: string | null;
    merged_from: LocalDate | null;
    version: Generated<number>;
  };
  unit_succession: { unit_id: string; successor_id: string; from_date: LocalDate; step: number };
  person: {
    id: string;
    staff_no: string;
    name: string;
    unit_id: string | null;
    office: string | null;
    phone_cipher: string | null;
    phone_hash: string | null;
    phone_masked: string | null;
    version: Generated<number>;
  };
  post: {
    id: string;
    person_id: string;
    unit_id: string;
    role: PostRole;
    from_date: LocalDate;
    to_date: LocalDate | null;
    rank: Generated<number>;
  };
  account: {
    id: string;
    account: string;
    person_id: string;
    password_hash: string;
    password_is_one_time: Generated<boolean>;
    disabled_at: MaybeAt;
    version: Generated<number>;
  };
  account_role: { account_id: string; role: Role; granted_by: string | null };
  review_scope: { account_id: string; unit_id: string | null; theme: string | null };
  session: {
    token_hash: string;
    account_id: string;
    csrf_token: string;
    created_at: At;
    last_seen_at: At;
    ended_at: MaybeAt;
    for_setup: Generated<boolean>;
  };
  sign_in_throttle: { subject: string; failures: number; not_before: At };
  audit_log: {
    id: Generated<string>;
    at: At;
    account_id: string | null;
    network: string | null;
    action: string;
    subject: string | null;
    result: string;
    detail: Json<unknown>;
    prev_hash: string;
    hash: string;
  };
  calendar_publication: { version: number; at: At; account_id: string | null; note: string };
  calendar_day: {
    region: Generated<string>;
    date: LocalDate;
    kind: 'working' | 'off';
    status: CalendarStatus;
    name: string | null;
    source: string;
    version: number;
  };
  warning_policy: { name: string; version: number; body: Json<WarningPolicy>; created_at: At };
  process_rules: { version: number; body: Json<ProcessRules>; created_at: At };
  recipient_rules: { version: number; body: Json<RecipientRules>; created_at: At };
  process_event: {
    thing_kind: ThingKind;
    thing_id: string;
    version: number;
    at: At;
    actor_id: string | null;
    type: string;
    body: Json<Record<string, unknown>>;
    command_id: string | null;
    prev_hash: string;
    hash: string;
    /** Its place among all events of all things; see event-feed.ts. */
    seq: GeneratedAlways<string>;
  };
  number_series: { kind: string; year: number; last: number };
  supervision_item: {
    id: string;
    number: string;
    title: string;
    aspect: ItemFacts['aspect'];
    item_class: ItemFacts['item_class'];
    importance: ItemFacts['importance'];
    lead_unit_id: string | null;
    office_unit_id: string | null;
    officer_id: string | null;
    stage: Stage | 'starting';
    card: Generated<Card>;
    due_at: MaybeAt;
    next_at: MaybeAt;
    next_kind: string | null;
    next_what: string | null;
    version: Generated<number>;
    state: MaybeJson<SupervisionItem>;
    /** Of items listed by 0.1.0 only. */
    start_input: MaybeJson<unknown>;
    started_at: MaybeAt;
    created_at: At;
  };
  indicator_rules: { version: number; body: Json<IndicatorRules>; created_at: At };
  progress_policy: { name: string; version: number; body: Json<ProgressPolicy>; created_at: At };
  indicator_task: {
    id: string;
    number: string;
    year: number;
    name: string;
    kind: 'common' | 'individual';
    theme: string | null;
    unit_id: string;
    office_unit_id: string | null;
    officer_id: string | null;
    stage: TaskStage;
    card: Generated<Card>;
    due_at: MaybeAt;
    next_at: MaybeAt;
    next_kind: string | null;
    next_what: string | null;
    version: number;
    state: Json<IndicatorTask>;
    created_at: At;
    started_at: MaybeAt;
  };
  list_release: {
    year: number;
    id: string;
    stage: 'releasing' | 'paused' | 'released';
    released_by: Json<Actor>;
    begun_at: At;
    ended_at: MaybeAt;
    measured_from: MaybeAt;
    started_before: Generated<number>;
  };
  refused_birth: { indicator_id: string; year: number; why: string; at: At };
  cadence_run: {
    id: string;
    name: CadenceName;
    for_date: LocalDate;
    started_at: At;
    ended_at: MaybeAt;
    outcome: 'running' | 'done' | 'failed';
    numbers: Json<Record<string, number>>;
  };
  audit_report: {
    run_id: string;
    kind: 'audit' | 'reconcile';
    at: At;
    made_at: At;
    found: number;
    mended: number;
    faults: Json<readonly { readonly what: string; readonly mended: boolean }[]>;
    anchor: MaybeJson<Anchor>;
  };
  self_check_reminder: { week: LocalDate; person_id: string };
  period_close: {
    month: string;
    unit_id: string;
    as_of: At;
    taken_at: At;
    tasks: Json<Record<string, number>>;
    items: Json<Record<string, number>>;
    warnings: Json<Record<string, number>>;
  };
  supervision_item_unit: { item_id: string; unit_id: string };
  warning: {
    id: string;
    thing_kind: ThingKind;
    thing_id: string;
    event_version: number;
    deadline_kind: DeadlineKind;
    deadline_version: number;
    level: WarningLevel;
    repeat: number;
    chain: Chain;
    due_at: At;
    moment: At;
    at: At;
    policy_name: string;
    policy_version: number;
    seen_at: MaybeAt;
    seen_by: string | null;
  };
  notification: {
    id: string;
    key: string;
    thing_kind: ThingKind;
    thing_id: string;
    event_version: number;
    warning_id: string | null;
    level: MessageLevel;
    chain: Chain;
    role: PostRole;
    unit_id: string | null;
    named: boolean;
    person_id: string | null;
    due_at: MaybeAt;
    caused_at: At;
    state: NotificationState;
    reason: string | null;
    message_id: string | null;
    in_place_of: string | null;
    handed_over: Generated<boolean>;
  };
  message: {
    id: string;
    person_id: string;
    /** Of what was handed over and has not ended. */
    phone_cipher: string | null;
    phone_hash: string;
    phone_masked: string;
    template: string;
    params: Json<Record<string, string>>;
    level: MessageLevel;
    digest: boolean;
    state: MessageState;
    reason: string | null;
    biz_id: string | null;
    claimed_at: At;
    submitted_at: MaybeAt;
    final_at: MaybeAt;
  };
  message_event: { message_id: string; at: At; what: string; detail: Json<Record<string, unknown>> };
  sms_receipt: { id: string; received_at: At; body: Json<unknown>; worked_at: MaybeAt };
  sms_circuit: { id: Generated<boolean>; code: string; since: At; next_probe_at: At };
  todo: {
    id: string;
    thing_kind: ThingKind | 'person' | 'sms' | 'weight_change';
    thing_id: string;
    key: string;
    what: string;
    unit_id: string | null;
    role: Role | null;
    person_id: string | null;
    due_at: MaybeAt;
    opened_at: At;
    closed_at: MaybeAt;
  };
  evidence: {
    id: string;
    file_name: string;
    media_type: string;
    size_bytes: string;
    sha256: string;
    stored_as: string;
    unit_id: string | null;
    uploaded_by: string;
    uploaded_at: At;
    thing_kind: ThingKind | null;
    thing_id: string | null;
  };
  import: {
    id: string;
    kind: 'roster' | 'supervision_list' | 'annual_list';
    file_name: string;
    sha256: string;
    state: 'faulty' | 'ready' | 'applying' | 'applied';
    faults: Json<unknown[]>;
    rows: MaybeJson<unknown>;
    total: number;
    done: Generated<number>;
    account_id: string;
    created_at: At;
  };
  idempotency: {
    account_id: string;
    key: string;
    request_hash: string;
    state: 'running' | 'done';
    claimed_by: string | null;
    status: number | null;
    headers: MaybeJson<Record<string, string>>;
    body: MaybeJson<unknown>;
    at: At;
  };
  story_clock: { id: Generated<boolean>; offset_ms: string };
};
