/** The commands that every process knows, whatever its stages (spec: processes, "Common to all"). */
import type { DeadlineKind, Policies } from './deadline.ts';
import { grant, type Grant } from './permissions.ts';
import { samePerson, type Actor, type Circumstances, type EventFrame } from './process.ts';
import { isRefusal, refuse, type Refusal } from './refusal.ts';
import { HOUR, later, officeTime, type Instant } from './time.ts';
import type { PostRole } from './vocabulary.ts';
import { allArmed, changedPolicies, replanned, type Watched } from './watching.ts';

export type CommonCommand =
  | { readonly command: 'urge'; readonly text?: string }
  | { readonly command: 'withdraw'; readonly reason: string }
  | { readonly command: 'confirm_withdrawal' }
  | { readonly command: 'reject_withdrawal'; readonly reason: string }
  | { readonly command: 'reassign_person'; readonly role: PostRole; readonly person_id: string }
  | { readonly command: 'comment'; readonly text: string };

export type CommonEvent = EventFrame &
  (
    | { readonly type: 'urged'; readonly text: string }
    | { readonly type: 'withdrawal_requested'; readonly reason: string }
    | { readonly type: 'withdrawal_rejected'; readonly reason: string }
    | { readonly type: 'withdrawn'; readonly reason: string }
    | { readonly type: 'person_reassigned'; readonly role: PostRole; readonly person_id: string }
    | { readonly type: 'commented'; readonly text: string }
    | {
        readonly type: 'replanned';
        readonly calendar_version: number;
        /** Set when other policies were frozen. */
        readonly policies?: Policies;
        /** When the deadlines that are armed again ended before. */
        readonly was: Readonly<Partial<Record<DeadlineKind, Instant>>>;
      }
  );

const watchers: readonly Grant[] = [grant('supervision_officer'), grant('assessment_admin')];

export const commonCommands = {
  urge: { zh: '催办', who: [...watchers, grant('city_leader', 'own_portfolio')] },
  withdraw: { zh: '申请撤销', who: [grant('supervision_officer')] },
  confirm_withdrawal: { zh: '确认撤销', who: [grant('supervision_officer')] },
  reject_withdrawal: { zh: '驳回撤销', who: [grant('supervision_officer')] },
  reassign_person: {
    zh: '调整责任人',
    who: [grant('undertaking_unit', 'own_unit'), grant('assessment_admin')],
  },
  comment: {
    zh: '批注',
    who: [
      ...watchers,
      grant('reviewer_scorer'),
      grant('city_leader', 'own_portfolio'),
      grant('undertaking_unit', 'own_unit'),
      grant('undertaking_unit', 'assisting_unit'),
    ],
  },
} as const satisfies Record<CommonCommand['command'], { zh: string; who: readonly Grant[] }>;

export const isCommon = (command: { readonly command: string }): command is CommonCommand =>
  command.command in commonCommands;

/** Whether a common command makes sense in this state: for the buttons, before anything is filled in. */
export function commonApplies(state: Watched, command: CommonCommand['command'], by: Actor): boolean {
  switch (command) {
    case 'withdraw':
      return state.withdrawal === null;
    case 'confirm_withdrawal':
      return state.withdrawal !== null && !samePerson(state.withdrawal.by, by);
    case 'reject_withdrawal':
      return state.withdrawal !== null;
    case 'urge':
    case 'reassign_person':
    case 'comment':
      return true;
  }
}

/**
 * @returns events, or `urge_cooling_down`, `already_withdrawing`, `no_withdrawal_pending`,
 * `same_person`, `nothing_changed`.
 */
export function decideCommon(
  state: Watched,
  command: CommonCommand,
  { by, at }: Circumstances,
): readonly CommonEvent[] | Refusal {
  switch (command.command) {
    case 'urge': {
      const ready =
        state.urged_at === null ? at : later(state.urged_at, state.rules.urge_cooldown_hours * HOUR);
      if (at < ready)
        return refuse(
          'urge_cooling_down',
          `距上次催办不足${state.rules.urge_cooldown_hours}小时，请在${officeTime(ready)}之后再催办。`,
        );
      return [{ type: 'urged', at, by, text: command.text ?? '' }];
    }
    case 'withdraw':
      if (state.withdrawal !== null)
        return refuse('already_withdrawing', '已有撤销申请，请由另一人确认或驳回。');
      return [{ type: 'withdrawal_requested', at, by, reason: command.reason }];
    case 'confirm_withdrawal':
      if (state.withdrawal === null)
        return refuse('no_withdrawal_pending', '没有待确认的撤销申请，请先由一人申请撤销。');
      if (samePerson(state.withdrawal.by, by))
        return refuse('same_person', '撤销须由申请人以外的另一人确认。');
      return [
        {
          type: 'withdrawn',
          at,
          by,
          reason: state.withdrawal.reason,
          clears: allArmed(state),
        },
      ];
    case 'reject_withdrawal':
      if (state.withdrawal === null) return refuse('no_withdrawal_pending', '没有待确认的撤销申请。');
      return [{ type: 'withdrawal_rejected', at, by, reason: command.reason }];
    case 'reassign_person':
      // The portfolio of a city leader is not the unit's to give away.
      if (command.role === 'city_leader' && by.kind === 'person' && by.role === 'undertaking_unit')
        return refuse('not_allowed', '分管市级领导由考核管理部门调整，本单位不能更换。', '/role');
      if (state.people[command.role] === command.person_id)
        return refuse('nothing_changed', '该责任人已是此人。', '/person_id');
      return [{ type: 'person_reassigned', at, by, role: command.role, person_id: command.person_id }];
    case 'comment':
      return [{ type: 'commented', at, by, text: command.text }];
  }
}

/** A new calendar or other policies: what moves is recorded with when it ended before (processes, `replan`). */
export function replan(
  state: Watched,
  circumstances: Circumstances,
  policies: Policies = state.policies,
): readonly CommonEvent[] | Refusal {
  const arms = replanned(state, circumstances, policies);
  if (isRefusal(arms)) return arms;
  const changed = changedPolicies(state.policies, policies).length > 0;
  if (arms.length === 0 && !changed) return [];
  const moves = new Set(arms.map(({ kind }) => kind));
  const was = state.deadlines.filter(({ kind }) => moves.has(kind)).map(({ kind, due }) => [kind, due]);
  return [
    {
      type: 'replanned',
      at: circumstances.at,
      by: circumstances.by,
      calendar_version: circumstances.calendar.version,
      ...(changed ? { policies } : {}),
      was: Object.fromEntries(was),
      arms,
    },
  ];
}

export function evolveCommon<S extends Watched>(state: S, event: CommonEvent): S {
  switch (event.type) {
    case 'urged':
      return { ...state, urged_at: event.at };
    case 'withdrawal_requested':
      return { ...state, withdrawal: { by: event.by, at: event.at, reason: event.reason } };
    case 'withdrawal_rejected':
      return { ...state, withdrawal: null };
    case 'withdrawn':
      return { ...state, withdrawal: null, card_kept: 'none' };
    case 'person_reassigned':
      return { ...state, people: { ...state.people, [event.role]: event.person_id } };
    case 'replanned':
      return { ...state, policies: event.policies ?? state.policies };
    case 'commented':
      return state;
  }
}
