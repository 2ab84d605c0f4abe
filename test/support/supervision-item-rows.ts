/** A supervision item in the tables without a workflow behind it: enough to ask who sees it. */
import { randomUUID } from 'node:crypto';
import { stamp, type Db } from '../../db/client.ts';
import type { Event, ItemFacts } from '../../domain/supervision-item.ts';
import { evolveAll } from '../../domain/supervision-item.ts';
import { instantOn, localDate } from '../../domain/time.ts';
import { defaultRules } from '../../domain/watching.ts';
import type { Unit } from './people.ts';

let count = 0;

export async function insertItem(
  db: Db,
  { lead, assisting = [] }: { lead: Unit; assisting?: readonly Unit[] },
): Promise<string> {
  const id = randomUUID();
  const at = instantOn(localDate('2026-03-02'), '09:00');
  const facts: ItemFacts = {
    number: `督〔2026〕9${String(++count).padStart(3, '0')}-${id.slice(0, 4)}`,
    title: '某督查事项',
    aspect: 'major_matter_phase',
    sub_aspect: null,
    source: { level: 'municipal', document: null, instructed_by: null },
    item_class: 'ordinary_item',
    due_on: null,
    lead_unit_id: lead.id,
    assisting_unit_ids: assisting.map((unit) => unit.id),
    report_cycle: { kind: 'none' },
    importance: 'normal',
  };
  const created: Event = {
    type: 'created',
    at,
    by: { kind: 'system' },
    facts,
    rules: defaultRules,
    policies: {},
  };
  const state = evolveAll(null, [created]);
  await db
    .insertInto('supervision_item')
    .values({
      id,
      number: facts.number,
      title: facts.title,
      aspect: facts.aspect,
      item_class: facts.item_class,
      importance: facts.importance,
      lead_unit_id: lead.id,
      office_unit_id: null,
      officer_id: null,
      stage: state.stage,
      version: state.version,
      state: JSON.stringify(state),
      start_input: JSON.stringify({}),
      created_at: stamp(at),
      started_at: stamp(at),
    })
    .execute();
  for (const unit of assisting) {
    await db.insertInto('supervision_item_unit').values({ item_id: id, unit_id: unit.id }).execute();
  }
  return id;
}
