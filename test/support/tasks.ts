/** Indicator tasks written straight into the tables, as their processes would have left them. */
import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { loadCalendar } from '../../db/calendar.ts';
import { stamp, when, type Db } from '../../db/client.ts';
import {
  cardOf,
  create,
  defaultIndicatorRules,
  dueOf,
  indicatorTask,
  type Command,
  type Event,
  type IndicatorFacts,
  type IndicatorTask,
} from '../../domain/indicator-task.ts';
import type { Actor } from '../../domain/process.ts';
import { isRefusal } from '../../domain/refusal.ts';
import type { Instant } from '../../domain/time.ts';
import { person, Story } from '../domain/story.ts';
import { aTask, taskPolicies } from '../domain/task-story.ts';

let count = 0;

export type PutTask = {
  readonly unit_id: string;
  /** Any person: who it is does not matter to the tables. */
  readonly person_id: string;
  readonly at: Instant;
  readonly by: Actor;
  readonly facts?: Partial<IndicatorFacts>;
  readonly commands?: readonly Command[];
  /** What else it has lived through since, by whom and when. */
  readonly life?: (task: Story<IndicatorTask, Command, Event>) => void;
};

/** Released and taken through the commands, all at one instant; then it lives. */
export async function putTask(
  db: Db,
  { unit_id, person_id, at, by, facts, commands = [], life }: PutTask,
): Promise<{ id: string; number: string; state: IndicatorTask }> {
  const id = randomUUID();
  const number = `考〔2026〕9${String((count += 1)).padStart(3, '0')}`;
  const people = { reporter: person_id, direct_lead: person_id, contact_person: person_id };
  const whole: IndicatorFacts = { ...aTask, indicator_id: id, number, unit_id, people, ...facts };
  const calendar = await loadCalendar(db);
  const rules = defaultIndicatorRules;
  const born = create({ facts: whole, rules, policies: taskPolicies }, { by, at, calendar });
  if (isRefusal(born)) throw new Error(born.detail);
  const task = new Story(indicatorTask, born, {
    on: at,
    calendar,
    office: person('office', 'office', 'assessment_admin'),
  });
  for (const command of commands) task.by(by, command);
  life?.(task);
  const { state } = task;
  await indicatorRow(db, whole, at);
  const next = indicatorTask.next(state);
  await sql`
    insert into indicator_task
      (id, number, year, name, kind, theme, unit_id, stage, card, due_at, next_at, next_kind, next_what, version,
       state, created_at, started_at)
    values (${id}, ${number}, ${whole.year}, ${whole.name}, ${whole.kind}, ${whole.theme}, ${unit_id}, ${state.stage},
       ${cardOf(state)}, ${when(dueOf(state))}, ${next === null ? null : when(next.at)}, ${next?.kind ?? null},
       ${next?.what_happens ?? null}, ${state.version}, ${JSON.stringify(state)}, ${when(at)}, ${when(at)})`.execute(
    db,
  );
  return { id, number, state };
}

async function indicatorRow(db: Db, facts: IndicatorFacts, at: Instant): Promise<void> {
  const { people, target, source } = facts;
  await sql`
    insert into annual_list (year, stage, created_at) values (${facts.year}, 'draft', ${stamp(at)})
    on conflict do nothing`.execute(db);
  await sql`
    insert into indicator
      (id, year, number, unit_id, kind, theme, name, source_level, measure, direction, value_kind, level_targets,
       target_value, target_level, is_stretch, tags, reporter_id, direct_lead_id, contact_person_id,
       responsible_office, period_kind, plan, warning_policy, progress_policy, origin, effective_from)
    values (${facts.indicator_id}, ${facts.year}, ${facts.number}, ${facts.unit_id}, ${facts.kind}, ${facts.theme},
       ${`${facts.name}${facts.number}`}, ${source.level}, ${target.measure}, ${target.direction}, 'cumulative', '{}',
       ${target.value}, ${source.level}, false, '{}', ${people.reporter}, ${people.direct_lead},
       ${people.contact_person}, ${facts.responsible_office}, 'monthly', '[]', 'report', 'progress', 'annual_list',
       ${`${facts.year}-01-01`})`.execute(db);
}
