/** What the pages are written with. */
import type { Grant, Relation } from '../../domain/permissions.ts';
import { roles } from '../../domain/vocabulary.ts';

export const page = (title: string, madeFrom: readonly string[], ...blocks: readonly string[]): string =>
  [
    `# ${title}`,
    `_Made by \`npm run docs\` from ${madeFrom.map(code).join(', ')}. Change those, not this page._`,
    ...blocks,
  ]
    .join('\n\n')
    .concat('\n');

export const code = (text: string): string => `\`${text}\``;
export const codes = (texts: readonly string[]): string => texts.map(code).join(', ');

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

const relations: Readonly<Record<Relation, string>> = {
  any: '',
  own_unit: ' of the lead unit',
  assisting_unit: ' of an assisting unit',
  own_portfolio: ' in charge of the unit',
  own_scope: ' in whose scope it lies',
};

export const who = (grants: readonly Grant[]): string =>
  grants.map(({ role, relation }) => `${roles[role]} ${code(role)}${relations[relation]}`).join('; ');
