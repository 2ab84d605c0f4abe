/** What waits for whom, read off a process's state alone: the projector makes the open to-dos equal to this. */
import type { Instant } from './time.ts';
import type { Role } from './vocabulary.ts';
import type { Watched } from './watching.ts';

export type Todo = {
  readonly key: string;
  /** Chinese, as shown. */
  readonly what: string;
  readonly role: Role;
  /** The unit whose people see it (own unit, or in the portfolio of a city leader); null = everybody in the role. */
  readonly unit_id: string | null;
  readonly due: Instant | null;
};

export const forEverybody = (role: Role, key: string, what: string, due: Instant | null): Todo => ({
  key,
  what,
  role,
  unit_id: null,
  due,
});

/** What may wait whatever the process: `issuer` is the office that has given it out. */
export function commonTodos(state: Watched & { readonly stage: string }, issuer: Role): readonly Todo[] {
  return [
    ...(state.withdrawal === null ? [] : [forEverybody(issuer, 'withdrawal', '待确认撤销', null)]),
    ...(state.accountability_proposed && state.stage !== 'withdrawn'
      ? [forEverybody('supervision_officer', 'accountability', '红牌多次提醒后未办结，建议研究追责', null)]
      : []),
  ];
}
