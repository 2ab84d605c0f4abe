/** What an indicator task is, what can be asked of it, and what can happen to it: types only. */
import type { CommonCommand, CommonEvent } from './common-commands.ts';
import type { Policies } from './deadline.ts';
import type { Decimal } from './decimal.ts';
import type { DueBasis } from './due.ts';
import type { Period, PeriodId } from './period.ts';
import type { Actor, EventFrame } from './process.ts';
import type { Judgement, Outlook } from './progress-policy.ts';
import type { Instant, LocalDate } from './time.ts';
import type { SourceLevel } from './vocabulary.ts';
import type { Card, WarningLevel } from './warning-policy.ts';
import type { WarningEvent } from './warnings.ts';
import type { CommonRules, People, Watched } from './watching.ts';

/** Settings [D] that an indicator task keeps as they were when it began. */
export type IndicatorRules = CommonRules & {
  readonly acknowledgement_working_days: number;
  /** After a period's last day, or after the task was given where that comes later. */
  readonly report_working_days: number;
  readonly report_review_working_days: number;
  /** For what was returned, from the day of the return, and never before the day that stood. */
  readonly returned_report_working_days: number;
  readonly close_review_working_days: number;
  /** `HH:MM` on the day of a period's report after which no other day can be asked for. */
  readonly adjustment_cutoff: string;
  /** Completion in percent from which a task counts as completed. */
  readonly completed_from: Decimal;
};

export type Direction = 'higher_better' | 'lower_better';

export type Target = { readonly value: Decimal; readonly measure: string; readonly direction: Direction };

/**
 * One row of a unit's list, as it was released. What changes later is kept beside it in the state; only what it
 * counts as, its kind and theme, follows the list.
 */
export type IndicatorFacts = {
  readonly indicator_id: string;
  readonly number: string;
  readonly name: string;
  readonly year: number;
  readonly unit_id: string;
  readonly kind: 'common' | 'individual';
  /** Themes are data; null where the indicator belongs to none. */
  readonly theme: string | null;
  readonly origin: 'annual_list' | 'dynamic';
  /** The day from which a dynamic indicator counts. */
  readonly effective_from: LocalDate | null;
  readonly source: { readonly level: SourceLevel; readonly document: string | null };
  /** Of the hundred: the first version of the weight. */
  readonly points: Decimal;
  readonly target: Target;
  /** Last year's value. */
  readonly baseline: Decimal | null;
  /**
   * From where the way to the target is counted: 0 for what adds up through the year, the baseline for
   * a rate that moves from one value to another. The whole way is a hundred percentage points.
   */
  readonly start_value: Decimal;
  /** What each level has set; the strictest is the target. */
  readonly level_targets: readonly { readonly level: SourceLevel; readonly value: Decimal }[];
  readonly people: People & Required<Pick<People, 'reporter' | 'direct_lead' | 'contact_person'>>;
  readonly responsible_office: string;
  /** In their order; the planned value of the last is the target. */
  readonly periods: readonly Period[];
  readonly evidence: { readonly required: boolean; readonly what: string };
};

export type Colour = 'green' | WarningLevel;

/** What happens to one period's report; a period keeps its colours for ever. */
export type PeriodState = Period & {
  /** When its report is due, once that is watched. */
  readonly due: Instant | null;
  readonly due_basis: DueBasis;
  /** Filed and not decided yet. */
  readonly filed: { readonly at: Instant; readonly by: Actor; readonly value: Decimal } | null;
  readonly accepted: { readonly at: Instant; readonly value: Decimal } | null;
  /** Something that was owed came after its day: what is made up stays made up. */
  readonly late: boolean;
  readonly returns: number;
  /** The highest card that its report, while owed, has been given. */
  readonly card: Card;
  readonly judgement: Judgement | null;
  readonly colours: readonly { readonly at: Instant; readonly colour: Colour }[];
};

/** the weight holds from its day until the next one's. */
export type WeightVersion = {
  readonly points: Decimal;
  readonly effective_from: LocalDate;
  readonly reason: string;
  readonly proposed_by: Actor;
  readonly approved_by: Actor;
};

export type Adjustment =
  /**
   * Another target, and with it what is planned for periods that are still open; the last one's follows. As it
   * is granted none of them asks for more than the target.
   */
  | {
      readonly kind: 'target';
      readonly value: Decimal;
      readonly planned?: Readonly<Record<PeriodId, Decimal>>;
    }
  /** Another day for one period's report: an extension. */
  | { readonly kind: 'report_date'; readonly period: PeriodId; readonly due_on: LocalDate };

export type Life = Watched & {
  readonly rules: IndicatorRules;
  readonly facts: IndicatorFacts;
  readonly assigned_on: LocalDate;
  readonly target: Target;
  readonly periods: readonly PeriodState[];
  /** In the order in which they were approved. */
  readonly weights: readonly WeightVersion[];
  readonly weight_proposal: {
    readonly by: Actor;
    readonly points: Decimal;
    readonly effective_from: LocalDate;
    readonly reason: string;
  } | null;
  /** Persons who have filed a report or a request to close: none of them may review. */
  readonly filed_by: readonly string[];
  readonly adjustments: number;
  readonly returns: number;
};

export type CloseRequest = { readonly by: Actor; readonly at: Instant; readonly result: string };

export type IndicatorTask = Life &
  (
    | { readonly stage: 'assigned' }
    | {
        readonly stage: 'in_progress';
        readonly adjustment: {
          readonly by: Actor;
          readonly adjustment: Adjustment;
          readonly reason: string;
        } | null;
      }
    | {
        readonly stage: 'under_review';
        /** Null when nobody had asked for it: the year ended. */
        readonly request: CloseRequest | null;
      }
    | {
        readonly stage: 'completed' | 'not_completed';
        readonly completion: Decimal;
        readonly on_time: boolean;
      }
    | { readonly stage: 'withdrawn'; readonly reason: string }
  );

export type Stage = IndicatorTask['stage'];
export type In<S extends Stage> = IndicatorTask & { readonly stage: S };

export type TaskCommand =
  | ({ readonly command: 'acknowledge' } & Omit<People, 'city_leader'>)
  | {
      readonly command: 'report_progress';
      readonly period: PeriodId;
      /** The value reached, counted from the beginning of the year; or how much of the way in percent. */
      readonly value?: Decimal;
      readonly percent?: Decimal;
      readonly text: string;
      readonly evidence_ids?: readonly string[];
    }
  | {
      readonly command: 'accept_report';
      readonly period: PeriodId;
      readonly opinion?: string;
      readonly outlook?: Outlook;
    }
  | { readonly command: 'return_report'; readonly period: PeriodId; readonly reasons: string }
  | { readonly command: 'request_adjustment'; readonly adjustment: Adjustment; readonly reason: string }
  | { readonly command: 'decide_adjustment'; readonly granted: boolean; readonly reason: string }
  | {
      readonly command: 'change_weight';
      readonly points: Decimal;
      readonly effective_from: LocalDate;
      readonly reason: string;
      /** The day on which the list decided it; today where it is not told. */
      readonly decided_on?: LocalDate;
    }
  | { readonly command: 'confirm_weight'; readonly decided_on?: LocalDate }
  | { readonly command: 'reject_weight'; readonly reason: string }
  | {
      readonly command: 'promote';
      readonly theme: string;
      readonly reason: string;
      readonly proposed_by: Actor;
    }
  | { readonly command: 'request_close'; readonly result: string; readonly evidence_ids?: readonly string[] }
  | { readonly command: 'approve'; readonly completion: Decimal; readonly reasons: string }
  | { readonly command: 'return'; readonly reasons: string };

export type Command = TaskCommand | CommonCommand;
export type CommandName = Command['command'];
export type Given<Name extends TaskCommand['command']> = Extract<TaskCommand, { command: Name }>;

export type TaskEvent = EventFrame &
  (
    | {
        readonly type: 'created';
        readonly facts: IndicatorFacts;
        readonly rules: IndicatorRules;
        readonly policies: Policies;
        readonly assigned_on: LocalDate;
      }
    | { readonly type: 'acknowledged'; readonly people: People; readonly late: boolean }
    | {
        readonly type: 'progress_reported';
        readonly period: PeriodId;
        readonly value: Decimal;
        readonly percent: Decimal | null;
        readonly text: string;
        readonly evidence_ids: readonly string[];
        readonly late: boolean;
        /** It stands in place of one that nobody has decided yet. */
        readonly amends: boolean;
      }
    | {
        readonly type: 'report_accepted';
        readonly period: PeriodId;
        readonly value: Decimal;
        readonly opinion: string;
        readonly judgement: Judgement;
      }
    | {
        readonly type: 'report_returned';
        readonly period: PeriodId;
        readonly reasons: string;
        readonly due: Instant;
      }
    /** Nothing had been filed for a period when it was to be compared: what stood before is compared. */
    | { readonly type: 'checkpoint_passed'; readonly period: PeriodId; readonly judgement: Judgement }
    | { readonly type: 'adjustment_requested'; readonly adjustment: Adjustment; readonly reason: string }
    | {
        readonly type: 'adjustment_granted';
        readonly adjustment: Adjustment;
        readonly was_target: Target | null;
        readonly was_due: Instant | null;
        readonly reason: string;
      }
    | { readonly type: 'adjustment_rejected'; readonly reason: string }
    | {
        readonly type: 'weight_proposed';
        readonly points: Decimal;
        readonly effective_from: LocalDate;
        readonly reason: string;
      }
    | ({ readonly type: 'weight_changed' } & Omit<WeightVersion, 'approved_by'>)
    | { readonly type: 'weight_rejected'; readonly reason: string }
    | {
        readonly type: 'promoted';
        readonly theme: string;
        readonly reason: string;
        readonly proposed_by: Actor;
      }
    | {
        readonly type: 'close_requested';
        readonly result: string;
        readonly evidence_ids: readonly string[];
        /** For which nothing has been accepted. */
        readonly open_periods: readonly PeriodId[];
        readonly lapsed_adjustment: Adjustment['kind'] | null;
      }
    /** R-058, the zero: what is open when the year ends goes to review as it stands. */
    | {
        readonly type: 'year_ended';
        readonly open_periods: readonly PeriodId[];
        readonly lapsed_adjustment: Adjustment['kind'] | null;
      }
    | { readonly type: 'returned'; readonly reasons: string }
    | {
        readonly type: 'assessed';
        readonly outcome: 'completed' | 'not_completed';
        readonly completion: Decimal;
        readonly reasons: string;
        /** Asked for before the year ended. */
        readonly on_time: boolean;
      }
  );

export type Event = TaskEvent | CommonEvent | WarningEvent;
