/** What has happened to a supervision item makes its state, and nothing else does. */
import { evolveCommon } from './common-commands.ts';
import type { Event, In, Life, SupervisionItem } from './supervision-item-events.ts';
import { evolveWarning } from './warnings.ts';
import { evolveFrame, unwatched } from './watching.ts';

export function evolve(before: SupervisionItem | null, event: Event): SupervisionItem {
  if (event.type === 'created') return born(event);
  if (before === null) throw new Error(`an item's life begins with created, not ${event.type}`);
  const state = evolveFrame(before, event);
  switch (event.type) {
    case 'edited':
      return { ...state, facts: { ...state.facts, ...event.changes } };
    case 'assigned':
      return {
        ...life(state),
        stage: 'task_assignment',
        dispute: null,
        facts: {
          ...state.facts,
          lead_unit_id: event.lead_unit_id,
          assisting_unit_ids: event.assisting_unit_ids,
        },
        // Another unit's people take over: nobody of the unit that disputed stays on the item.
        people: event.lead_unit_id === state.facts.lead_unit_id ? state.people : {},
        assigned_on: event.assigned_on,
        due: event.due,
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
      return { ...state, last_report: { at: event.at, percent: event.percent } };
    case 'share_reported':
      return {
        ...state,
        shares: { ...state.shares, [event.unit_id]: { at: event.at, percent: event.percent } },
      };
    case 'extension_requested':
      return reporting(state, {
        extension: { by: event.by, new_due_on: event.new_due_on, reason: event.reason },
      });
    case 'extension_granted':
      return { ...reporting(state, { extension: null }), due: event.due, extensions: state.extensions + 1 };
    case 'extension_rejected':
      return reporting(state, { extension: null });
    case 'paused':
      return reporting(state, { paused: { on: event.on, deadlines: before.deadlines } });
    case 'resumed':
      return { ...reporting(state, { paused: null }), due: event.due };
    case 'close_requested': {
      const { by, at, result, missing_shares } = event;
      return { ...life(state), stage: 'review_rating', request: { by, at, result, missing_shares } };
    }
    case 'returned':
      return {
        ...life(state),
        stage: 'progress_reporting',
        paused: null,
        extension: null,
        returns: state.returns + 1,
      };
    case 'closed':
      return {
        ...life(state),
        stage: 'closed',
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

/** What of a stage ends with the stage. */
const OF_ONE_STAGE = new Set([
  'stage',
  'dispute',
  'paused',
  'extension',
  'request',
  'rating',
  'on_time',
  'requested_at',
  'reason',
]);

const life = (state: SupervisionItem): Life =>
  Object.fromEntries(Object.entries(state).filter(([field]) => !OF_ONE_STAGE.has(field))) as unknown as Life;

const born = ({ facts, rules, policies }: Extract<Event, { type: 'created' }>): SupervisionItem => ({
  ...unwatched(rules, policies),
  version: 1,
  stage: 'list_making',
  facts,
  assigned_on: null,
  due: null,
  last_report: null,
  shares: {},
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
