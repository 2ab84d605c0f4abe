/** What has happened to a supervision item makes its state, and nothing else does. */
import { evolveCommon } from './common-commands.ts';
import { cardOf } from './deadline.ts';
import type { Actor } from './process.ts';
import type { Event, In, Life, SupervisionItem } from './supervision-item-events.ts';
import { evolveWarning } from './warnings.ts';
import { cardShown, evolveFrame, leaveStage, unwarned, unwatched } from './watching.ts';

export function evolve(before: SupervisionItem | null, event: Event): SupervisionItem {
  if (event.type === 'created') return born(event);
  if (before === null) throw new Error(`an item's life begins with created, not ${event.type}`);
  const state = withItemDue(evolveFrame(before, event), event);
  switch (event.type) {
    case 'edited':
      return {
        ...state,
        facts: { ...state.facts, ...event.changes },
        policies:
          event.item_policy === undefined ? state.policies : { ...state.policies, item: event.item_policy },
      };
    case 'assigned':
      return {
        ...life(state),
        // Another unit takes over: neither the people nor the cards of the one that disputed stay.
        ...(event.lead_unit_id === state.facts.lead_unit_id ? {} : { people: {}, ...unwarned }),
        stage: 'task_assignment',
        dispute: null,
        facts: {
          ...state.facts,
          lead_unit_id: event.lead_unit_id,
          assisting_unit_ids: event.assisting_unit_ids,
        },
        assigned_on: event.assigned_on,
      };
    case 'acknowledged':
      return {
        ...life(state),
        stage: 'progress_reporting',
        paused: null,
        extension: null,
        people: { ...state.people, ...event.people },
      };
    case 'disputed':
      return { ...state, stage: 'task_assignment', dispute: { by: event.by, reason: event.reason } };
    case 'dispute_rejected':
      return { ...state, stage: 'task_assignment', dispute: null };
    case 'progress_reported':
      return {
        ...filed(state, event.by),
        last_report: { at: event.at, percent: event.percent },
        reported_until: event.answers_until ?? state.reported_until,
      };
    case 'share_reported':
      return {
        ...filed(state, event.by),
        shares: { ...state.shares, [event.unit_id]: { at: event.at, percent: event.percent } },
      };
    case 'extension_requested':
      return reporting(state, {
        extension: { by: event.by, new_due_on: event.new_due_on, reason: event.reason },
      });
    case 'extension_granted':
      return { ...reporting(state, { extension: null }), extensions: state.extensions + 1 };
    case 'extension_rejected':
      return reporting(state, { extension: null });
    case 'paused':
      return {
        ...reporting(state, { paused: { on: event.on, deadlines: before.deadlines } }),
        card_kept: cardShown(before),
      };
    case 'resumed':
      return { ...reporting(state, { paused: null }), card_kept: 'none' };
    case 'close_requested': {
      const { by, at, result, missing_shares } = event;
      return {
        ...life(filed(state, by)),
        stage: 'review_rating',
        request: { by, at, result, missing_shares },
        // The item's own card stands until somebody has judged; a report that is owed no longer matters.
        card_kept: cardOf(before.deadlines.filter(({ kind }) => kind === 'item')),
      };
    }
    case 'returned':
      return {
        ...life(state),
        stage: 'progress_reporting',
        paused: null,
        extension: null,
        card_kept: 'none',
        returns: state.returns + 1,
      };
    case 'closed':
      return {
        ...life(state),
        stage: 'closed',
        withdrawal: null,
        // What was made up late shows yellow for ever, never green (domain.md 3).
        card_kept: event.on_time ? 'none' : 'yellow_card',
        rating: event.rating,
        on_time: event.on_time,
        requested_at: event.requested_at,
      };
    case 'withdrawn':
      return { ...life(evolveCommon(state, event)), stage: 'withdrawn', reason: event.reason };
    case 'urged':
    case 'withdrawal_requested':
    case 'withdrawal_rejected':
    case 'person_reassigned':
    case 'commented':
    case 'replanned':
      return evolveCommon(state, event);
    case 'warning_given':
    case 'red_card_climbed':
    case 'red_card_seen':
    case 'accountability_proposed':
      return evolveWarning(state, event);
  }
}

function withItemDue(state: SupervisionItem, { arms = [] }: Event): SupervisionItem {
  const item = arms.find(({ kind }) => kind === 'item');
  return item === undefined ? state : { ...state, due: item.due, due_basis: item.basis };
}

type FieldOf<State> = State extends unknown ? keyof State : never;

/** What of a stage ends with the stage. */
const ofOneStage: Readonly<Record<Exclude<FieldOf<SupervisionItem>, keyof Life>, true>> = {
  stage: true,
  dispute: true,
  paused: true,
  extension: true,
  request: true,
  rating: true,
  on_time: true,
  requested_at: true,
  reason: true,
};

const life = (state: SupervisionItem): Life => leaveStage(state, ofOneStage) as unknown as Life;

function filed(state: SupervisionItem, by: Actor): SupervisionItem {
  if (by.kind !== 'person' || state.filed_by.includes(by.person_id)) return state;
  return { ...state, filed_by: [...state.filed_by, by.person_id] };
}

const born = ({ facts, rules, policies }: Extract<Event, { type: 'created' }>): SupervisionItem => ({
  ...unwatched(rules, policies),
  version: 1,
  stage: 'list_making',
  facts,
  assigned_on: null,
  due: null,
  due_basis: { kind: 'fixed' },
  last_report: null,
  reported_until: null,
  shares: {},
  filed_by: [],
  extensions: 0,
  returns: 0,
});

function reporting(
  state: SupervisionItem,
  change: Partial<Pick<In<'progress_reporting'>, 'paused' | 'extension'>>,
): In<'progress_reporting'> {
  if (state.stage !== 'progress_reporting') throw new Error(`not reporting but ${state.stage}`);
  return { ...state, ...change };
}

/** The state that a list of events has led to. */
export function evolveAll(state: SupervisionItem | null, events: readonly Event[]): SupervisionItem {
  let now = state;
  for (const event of events) now = evolve(now, event);
  if (now === null) throw new Error('no event, no life');
  return now;
}
