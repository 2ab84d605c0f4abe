/** a dynamic indicator is taken into the common list. Two people decide it there, and its task is told. */
import type { Event, Given, Life } from './indicator-task-events.ts';
import { samePerson, type Circumstances } from './process.ts';
import { refuse, type Refusal } from './refusal.ts';

/** @returns what happened, or `same_person`, `nothing_changed`. */
export function promote(
  { facts }: Pick<Life, 'facts'>,
  { theme, reason, proposed_by }: Given<'promote'>,
  { at, by }: Circumstances,
): readonly Event[] | Refusal {
  if (samePerson(proposed_by, by)) return refuse('same_person', '转为共性指标须由提出人以外的另一人确认。');
  if (facts.kind === 'common' && facts.theme === theme)
    return refuse('nothing_changed', '已是该主题的共性指标。');
  return [{ type: 'promoted', at, by, theme, reason, proposed_by }];
}
