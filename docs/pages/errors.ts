/** Every problem that the API answers with. */
import { problemKinds } from '../../api/problem-codes.ts';
import { refusalTitles } from '../../domain/refusal.ts';
import { code, page, table } from './markdown.ts';

export function errorsPage(): string {
  const kinds = Object.entries(problemKinds)
    .map(([name, { status, title }]) => ({ name, status, title, byRule: name in refusalTitles }))
    .toSorted((a, b) => a.status - b.status || (a.name < b.name ? -1 : 1));
  const rows = kinds.map(({ name, status, title, byRule }) => [
    String(status),
    code(name),
    title,
    byRule ? 'a rule of the domain' : 'the API',
  ]);
  return page(
    'Problems that the API answers with',
    ['api/problem-codes.ts', 'domain/refusal.ts'],
    `Every answer that is not a success is \`application/problem+json\` (RFC 9457). \`code\` is stable and part of the contract; \`title\` is what people read, \`detail\` says what is wrong in this case and how to mend it, \`errors[]\` points to the fields. Whatever is refused has changed nothing.`,
    table(['status', 'code', 'title', 'refused by'], rows),
  );
}
