/** What a supervision item is, what can be asked of it, and what can happen to it: types only. */
import type { CommonCommand, CommonEvent } from './common-commands.ts';
import type { Deadline, Policies } from './deadline.ts';
import type { DueBasis } from './due.ts';
import type { Actor, EventFrame } from './process.ts';
import type { ReportCycle } from './report-cycle.ts';
import type { Instant, LocalDate } from './time.ts';
import type { Aspect, Importance, ItemClass, SourceLevel, SubAspect } from './vocabulary.ts';
import type { WarningPolicy } from './warning-policy.ts';
import type { WarningEvent } from './warnings.ts';
import type { People, ProcessRules, Watched } from './watching.ts';

/** What the list says of an item. Edited only while the list is being made. */
export type ItemFacts = {
  readonly number: string;
  readonly title: string;
  readonly aspect: Aspect;
  readonly sub_aspect: SubAspect | null;
  readonly source: {
    readonly level: SourceLevel;
    readonly document: string | null;
    readonly instructed_by: string | null;
  };
  readonly item_class: ItemClass;
  /** For `dated` only; the other classes get their day from rule 710 when the item is assigned. */
  readonly due_on: LocalDate | null;
  readonly lead_unit_id: string | null;
  readonly assisting_unit_ids: readonly string[];
  readonly report_cycle: ReportCycle;
  readonly importance: Importance;
};

export type Rating = 'excellent' | 'good' | 'qualified' | 'unqualified';
export type Report = { readonly at: Instant; readonly percent: number };
export type CloseRequest = {
  readonly by: Actor;
  readonly at: Instant;
  readonly result: string;
  /** Assisting units that have reported no share yet. */
  readonly missing_shares: readonly string[];
};

export type Life = Watched & {
  readonly rules: ProcessRules;
  readonly facts: ItemFacts;
  readonly assigned_on: LocalDate | null;
  /** The item's own deadline, also while nothing watches it: paused, or under review. */
  readonly due: Instant | null;
  readonly due_basis: DueBasis;
  readonly last_report: Report | null;
  /** The day up to which the lead unit has answered for its report cycle. */
  readonly reported_until: LocalDate | null;
  /** What assisting units have reported of their share. */
  readonly shares: Readonly<Record<string, Report>>;
  /** Persons who have filed a report or a request to close: none of them may review the item. */
  readonly filed_by: readonly string[];
  readonly extensions: number;
  readonly returns: number;
};

export type SupervisionItem = Life &
  (
    | { readonly stage: 'list_making' }
    | {
        readonly stage: 'task_assignment';
        readonly dispute: { readonly by: Actor; readonly reason: string } | null;
      }
    | {
        readonly stage: 'progress_reporting';
        readonly paused: { readonly on: LocalDate; readonly deadlines: readonly Deadline[] } | null;
        readonly extension: {
          readonly by: Actor;
          readonly new_due_on: LocalDate;
          readonly reason: string;
        } | null;
      }
    | { readonly stage: 'review_rating'; readonly request: CloseRequest }
    | {
        readonly stage: 'closed';
        readonly rating: Rating;
        readonly on_time: boolean;
        readonly requested_at: Instant;
      }
    | { readonly stage: 'withdrawn'; readonly reason: string }
  );

export type Stage = SupervisionItem['stage'];
export type In<S extends Stage> = SupervisionItem & { readonly stage: S };

export type ItemCommand =
  | ({
      readonly command: 'edit';
      /** The policy that then watches the item's own deadline: another class has another one. */
      readonly item_policy?: WarningPolicy;
    } & Partial<Omit<ItemFacts, 'number'>>)
  | {
      readonly command: 'assign';
      readonly lead_unit_id?: string;
      readonly assisting_unit_ids?: readonly string[];
    }
  | ({ readonly command: 'acknowledge' } & Omit<People, 'city_leader'>)
  | { readonly command: 'dispute'; readonly reason: string }
  | { readonly command: 'uphold'; readonly reason: string }
  | {
      readonly command: 'report_progress';
      readonly percent: number;
      readonly text: string;
      readonly evidence_ids?: readonly string[];
    }
  | { readonly command: 'request_extension'; readonly new_due_on: LocalDate; readonly reason: string }
  | { readonly command: 'decide_extension'; readonly granted: boolean; readonly reason: string }
  | { readonly command: 'pause'; readonly reason: string }
  | { readonly command: 'resume'; readonly reason?: string }
  | { readonly command: 'request_close'; readonly result: string; readonly evidence_ids?: readonly string[] }
  | { readonly command: 'approve'; readonly rating: Rating; readonly opinion?: string }
  | { readonly command: 'return'; readonly reasons: string };

export type Command = ItemCommand | CommonCommand;
export type CommandName = Command['command'];

export type ItemEvent = EventFrame &
  (
    | {
        readonly type: 'created';
        readonly facts: ItemFacts;
        readonly rules: ProcessRules;
        readonly policies: Policies;
      }
    | {
        readonly type: 'edited';
        readonly changes: Partial<ItemFacts>;
        readonly item_policy?: WarningPolicy;
      }
    | {
        readonly type: 'assigned';
        readonly lead_unit_id: string;
        readonly assisting_unit_ids: readonly string[];
        /** What decides the due day, with `assigned_on`. */
        readonly item_class: ItemClass;
        readonly assigned_on: LocalDate;
        readonly due: Instant;
      }
    | { readonly type: 'acknowledged'; readonly people: People; readonly late: boolean }
    | { readonly type: 'disputed'; readonly reason: string }
    | { readonly type: 'dispute_rejected'; readonly reason: string }
    | {
        readonly type: 'progress_reported';
        readonly percent: number;
        readonly text: string;
        readonly evidence_ids: readonly string[];
        /** The day up to which this report answers for the cycle; null when none was owed. */
        readonly answers_until: LocalDate | null;
        readonly late: boolean;
      }
    | {
        readonly type: 'share_reported';
        readonly unit_id: string;
        readonly percent: number;
        readonly text: string;
        readonly evidence_ids: readonly string[];
      }
    | { readonly type: 'extension_requested'; readonly new_due_on: LocalDate; readonly reason: string }
    | {
        readonly type: 'extension_granted';
        readonly from: Instant;
        readonly due: Instant;
        readonly reason: string;
      }
    | { readonly type: 'extension_rejected'; readonly reason: string }
    | { readonly type: 'paused'; readonly reason: string; readonly on: LocalDate }
    | { readonly type: 'resumed'; readonly reason: string; readonly days: number; readonly due: Instant }
    | {
        readonly type: 'close_requested';
        readonly result: string;
        readonly evidence_ids: readonly string[];
        readonly missing_shares: readonly string[];
        /** The new date of a request for extension that nobody had decided: it lapses. */
        readonly lapsed_extension: LocalDate | null;
      }
    | { readonly type: 'returned'; readonly reasons: string; readonly rating: Rating | null }
    | {
        readonly type: 'closed';
        readonly rating: Rating;
        readonly opinion: string;
        readonly on_time: boolean;
        readonly requested_at: Instant;
        readonly due: Instant;
      }
  );

export type Event = ItemEvent | CommonEvent | WarningEvent;
