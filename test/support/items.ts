/** Supervision items written straight into the tables, as their processes would have left them. */
import { randomUUID } from 'node:crypto';
import { loadCalendar } from '../../db/calendar.ts';
import { stamp, stampOrNull, type Db } from '../../db/client.ts';
import { currentPolicies, currentRules, itemPolicies } from '../../db/policies.ts';
import type { Actor } from '../../domain/process.ts';
import { isRefusal } from '../../domain/refusal.ts';
import {
  create,
  supervisionItem,
  type Command,
  type Event,
  type ItemFacts,
  type SupervisionItem,
} from '../../domain/supervision-item.ts';
import type { Instant } from '../../domain/time.ts';
import { cardShown } from '../../domain/watching.ts';
import { person, Story } from '../domain/story.ts';

let count = 0;

export type PutItem = {
  readonly facts?: Partial<ItemFacts>;
  readonly at: Instant;
  readonly by: Actor;
  readonly commands?: readonly Command[];
  /** What else it has lived through since, by whom and when. */
  readonly life?: (item: Story<SupervisionItem, Command, Event>) => void;
};

/** Created and taken through the commands, all at one instant; then it lives. */
export async function putItem(
  db: Db,
  { facts, at, by, commands = [], life }: PutItem,
): Promise<{ id: string; state: SupervisionItem }> {
  const whole: ItemFacts = {
    number: `督〔2026〕9${String((count += 1)).padStart(3, '0')}`,
    title: `测试事项${count}`,
    aspect: 'key_work',
    sub_aspect: null,
    source: { level: 'municipal', document: null, instructed_by: null },
    item_class: 'dated',
    due_on: null,
    lead_unit_id: null,
    assisting_unit_ids: [],
    report_cycle: { kind: 'none' },
    importance: 'normal',
    ...facts,
  };
  const calendar = await loadCalendar(db);
  const policies = itemPolicies(await currentPolicies(db), whole.item_class);
  if (policies === null) throw new Error('seed first');
  const born = create({ facts: whole, rules: await currentRules(db), policies }, { by, at, calendar });
  if (isRefusal(born)) throw new Error(born.detail);
  const item = new Story(supervisionItem, born, {
    on: at,
    calendar,
    office: person('office', 'office', 'supervision_officer'),
  });
  for (const command of commands) item.by(by, command);
  life?.(item);
  const { state } = item;
  const id = randomUUID();
  const next = supervisionItem.next(state);
  await db
    .insertInto('supervision_item')
    .values({
      id,
      number: whole.number,
      title: whole.title,
      aspect: whole.aspect,
      item_class: whole.item_class,
      importance: whole.importance,
      lead_unit_id: state.facts.lead_unit_id,
      office_unit_id: null,
      officer_id: null,
      stage: state.stage,
      card: cardShown(state),
      due_at: stampOrNull(state.due),
      next_at: stampOrNull(next?.at ?? null),
      next_kind: next?.kind ?? null,
      next_what: next?.what_happens ?? null,
      version: state.version,
      state: JSON.stringify(state),
      start_input: '{}',
      created_at: stamp(at),
      started_at: stamp(at),
    })
    .execute();
  const units = state.facts.assisting_unit_ids.map((unit_id) => ({ item_id: id, unit_id }));
  if (units.length > 0) await db.insertInto('supervision_item_unit').values(units).execute();
  return { id, state };
}
