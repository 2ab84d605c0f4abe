/** A supervision item as the API shows it. */
import type { Static } from 'typebox';
import { Type } from 'typebox';
import type { Db } from '../db/client.ts';
import { itemLookUp, type ItemRow } from '../db/supervision-items.ts';
import type { Viewer } from '../domain/permissions.ts';
import { allowedCommands, stages, type SupervisionItem } from '../domain/supervision-item.ts';
import { rfc3339 } from '../domain/time.ts';
import { aspects, importances, itemClasses, sourceLevels } from '../domain/vocabulary.ts';
import { cardShown } from '../domain/watching.ts';
import { workflowIdOf } from '../workflows/client.ts';
import { notFound } from './problem.ts';
import type { ShownKind } from './process-kind.ts';
import {
  commandsView,
  commonFields,
  Count,
  instantView,
  nextDeadlineView,
  withdrawalView,
} from './process-view.ts';
import { closed, DateOnly, named, nullable, oneOf, text, Timestamp, Uuid, whole } from './schemas.ts';

export const subAspects = Object.values(aspects).flatMap(({ subs }) => Object.keys(subs));

export const ReportCycleSchema = Type.Union([
  closed({ kind: Type.Literal('none') }),
  closed({ kind: Type.Literal('working_days'), n: whole(1, 120) }),
  closed({ kind: Type.Literal('weekly') }),
  closed({ kind: Type.Literal('monthly') }),
]);

/** What the list says of an item; the form says that no classified matter may be entered (domain.md 11). */
export const factFields = {
  title: text(200, { description: '督查事项；不得录入涉密内容' }),
  aspect: oneOf(aspects),
  sub_aspect: nullable(
    Type.Unsafe<NonNullable<SupervisionItem['facts']['sub_aspect']>>({ type: 'string', enum: subAspects }),
  ),
  source: closed({
    level: oneOf(sourceLevels),
    document: nullable(text(200)),
    instructed_by: nullable(text(60)),
  }),
  item_class: oneOf(itemClasses),
  due_on: nullable(DateOnly),
  lead_unit_id: nullable(Uuid),
  assisting_unit_ids: Type.Array(Uuid, { maxItems: 50, uniqueItems: true }),
  report_cycle: ReportCycleSchema,
  importance: oneOf(importances),
};

export const Item = named(
  'SupervisionItem',
  closed({
    ...commonFields,
    ...factFields,
    lead_unit_name: nullable(Type.String()),
    stage: oneOf({ starting: '', ...stages }),
    assigned_on: nullable(DateOnly),
    people: Type.Record(Type.String(), Uuid, { description: '事项指定的责任人；未指定的按岗位' }),
    last_report: nullable(closed({ at: Timestamp, percent: Type.Number() })),
    shares: Type.Array(closed({ unit_id: Uuid, at: Timestamp, percent: Type.Number() })),
    dispute: nullable(closed({ reason: Type.String() })),
    extension: nullable(closed({ new_due_on: DateOnly, reason: Type.String() })),
    paused_on: nullable(DateOnly),
    close_request: nullable(
      closed({ at: Timestamp, result: Type.String(), missing_shares: Type.Array(Uuid) }),
    ),
    outcome: nullable(closed({ rating: Type.String(), on_time: Type.Boolean(), requested_at: Timestamp })),
    counts: closed({ bell: Count, yellow_card: Count, red_card: Count, extensions: Count, returns: Count }),
  }),
);

export function itemView(row: ItemRow, viewer: Viewer): Static<typeof Item> {
  const { state } = row;
  if (state === null) throw notFound();
  const { number: _, ...facts } = state.facts;
  return {
    id: row.id,
    number: row.number,
    workflow_id: workflowIdOf('supervision_item', row.id),
    ...facts,
    assisting_unit_ids: [...facts.assisting_unit_ids],
    source: { ...facts.source },
    lead_unit_name: row.lead_unit_name,
    stage: state.stage,
    card: cardShown(state),
    due_at: instantView(state.due),
    next_deadline: nextDeadlineView(row),
    version: row.version,
    created_at: rfc3339(row.created_at),
    assigned_on: state.assigned_on,
    people: { ...state.people },
    last_report:
      state.last_report === null
        ? null
        : { at: rfc3339(state.last_report.at), percent: state.last_report.percent },
    shares: Object.entries(state.shares).map(([unit_id, share]) => ({
      unit_id,
      at: rfc3339(share.at),
      percent: share.percent,
    })),
    ...pending(state),
    withdrawal: withdrawalView(state),
    outcome:
      state.stage === 'closed'
        ? { rating: state.rating, on_time: state.on_time, requested_at: rfc3339(state.requested_at) }
        : null,
    counts: { ...state.cards, extensions: state.extensions, returns: state.returns },
    allowed_commands: commandsView(Item, allowedCommands(state, viewer)),
  };
}

/** What waits for somebody's decision in the stage that the item is in. */
function pending(state: SupervisionItem) {
  const none = { dispute: null, extension: null, paused_on: null, close_request: null };
  switch (state.stage) {
    case 'task_assignment':
      return { ...none, dispute: state.dispute === null ? null : { reason: state.dispute.reason } };
    case 'progress_reporting': {
      const { extension, paused } = state;
      return {
        ...none,
        extension: extension === null ? null : { new_due_on: extension.new_due_on, reason: extension.reason },
        paused_on: paused?.on ?? null,
      };
    }
    case 'review_rating': {
      const { at: asked, result, missing_shares } = state.request;
      return { ...none, close_request: { at: rfc3339(asked), result, missing_shares: [...missing_shares] } };
    }
    default:
      return none;
  }
}

export type ShownItem = ItemRow & { readonly state: SupervisionItem };

export function shownItems({ db }: { readonly db: Db }): ShownKind<ShownItem, typeof Item> {
  const lookUp = itemLookUp(db);
  return {
    kind: 'supervision_item',
    path: 'supervision-items',
    zh: '督查事项',
    view: Item,
    async find(id) {
      const row = await lookUp(id);
      return row === null || row.state === null ? null : { ...row, state: row.state };
    },
    ownersOf: ({ state }) => state.facts,
    show: itemView,
  };
}
