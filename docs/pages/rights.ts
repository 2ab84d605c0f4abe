/** Who may do what: the same tables that the API and the buttons obey. */
import { rights, seesProcess, type Grant } from '../../domain/permissions.ts';
import { commandTable } from '../../domain/supervision-item.ts';
import { roles, type Role } from '../../domain/vocabulary.ts';
import { code, page, table, who } from './markdown.ts';

export function rightsPage(): string {
  const known = (Object.keys(roles) as Role[]).filter((role) => role !== 'public');
  const holds = (grants: readonly Grant[], role: Role) =>
    grants.some((one) => one.role === role) ? '✓' : '';
  const general = Object.entries(rights).map(([right, grants]) => [
    code(right),
    ...known.map((role) => holds(grants, role)),
  ]);
  const commands = Object.entries(commandTable).map(([name, row]) => [code(name), row.zh, who(row.who)]);
  return page(
    'Who may do what',
    ['domain/permissions.ts', 'domain/supervision-item.ts'],
    'What is not written here is forbidden. A person acts in one of their roles, and only where they stand to the thing as the table says: their own unit, a unit that assists, or a unit in their portfolio. The public (`public`) never signs in.',
    '## Rights that do not hang on one thing',
    table(['right', ...known.map((role) => `${roles[role]} ${code(role)}`)], general),
    '## Who sees a supervision item',
    who(seesProcess)
      .split('; ')
      .map((one) => `- ${one}`)
      .join('\n'),
    '## Commands of a supervision item',
    table(['command', '', 'who'], commands),
  );
}
