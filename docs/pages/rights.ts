/** Who may do what: the same tables that the API and the buttons obey. */
import { rights, seesProcess, type Grant } from '../../domain/permissions.ts';
import { commandTable as taskCommands } from '../../domain/indicator-task.ts';
import { commandTable as itemCommands } from '../../domain/supervision-item.ts';
import { roles, type Role } from '../../domain/vocabulary.ts';
import { throughTheList } from './indicator-task.ts';
import { code, page, table, who } from './markdown.ts';
import { whoDecidesExtension } from './supervision-item.ts';

export function rightsPage(): string {
  const known = (Object.keys(roles) as Role[]).filter((role) => role !== 'public');
  const holds = (grants: readonly Grant[], role: Role) =>
    grants.some((one) => one.role === role) ? '✓' : '';
  const general = Object.entries(rights).map(([right, grants]) => [
    code(right),
    ...known.map((role) => holds(grants, role)),
  ]);
  const commands = (rows: Readonly<Record<string, { readonly zh: string; readonly who: readonly Grant[] }>>) =>
    Object.entries(rows).map(([name, row]) => [
      code(name),
      row.zh,
      row.who.length === 0 ? throughTheList : who(row.who),
    ]);
  return page(
    'Who may do what',
    ['domain/permissions.ts', 'domain/supervision-item.ts', 'domain/indicator-task.ts'],
    'What is not written here is forbidden. A person acts in one of their roles, and only where they stand to the thing as the table says: their own unit, a unit that assists, a unit in their portfolio, or what lies in their scope (a reviewer to whom no scope is given reviews everything). The public (`public`) never signs in.',
    '## Rights that do not hang on one thing',
    table(['right', ...known.map((role) => `${roles[role]} ${code(role)}`)], general),
    '## Who sees a supervision item or an indicator task',
    who(seesProcess)
      .split('; ')
      .map((one) => `- ${one}`)
      .join('\n'),
    '## Commands of a supervision item',
    table(['command', '', 'who'], commands(itemCommands)),
    whoDecidesExtension,
    '## Commands of an indicator task',
    table(['command', '', 'who'], commands(taskCommands)),
  );
}
