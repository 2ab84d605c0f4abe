/** The refusals of one process: found in the source of its rules, so that no page names one that they cannot give. */
import { readFileSync } from 'node:fs';
import { problemKinds } from '../../api/problem-codes.ts';
import { refusalTitles, type RefusalCode } from '../../domain/refusal.ts';
import { code, table } from './markdown.ts';

const refused = /refuse\(\s*'(\w+)'/g;
const imported = /^(?:im|ex)port (?!type\b)[^;]*? from '(\.[^']+)';/gms;

const all = Object.keys(refusalTitles) as RefusalCode[];

/** In the order of all; named by these modules or by whatever they run. */
export function refusalsOf(...rules: readonly string[]): readonly RefusalCode[] {
  const found = new Set<string>();
  const read = new Set<string>();
  const visit = (module: URL) => {
    if (read.has(module.href)) return;
    read.add(module.href);
    const source = readFileSync(module, 'utf8');
    for (const [, name = ''] of source.matchAll(refused)) found.add(name);
    for (const [, path = ''] of source.matchAll(imported)) visit(new URL(path, module));
  };
  for (const module of rules) visit(new URL(`../../${module}`, import.meta.url));
  return all.filter((name) => found.has(name));
}

/** @param lookedUp what the API looks up before the rules are asked. */
export const refusalsTable = (rules: string, lookedUp: readonly RefusalCode[]): string => {
  const ofRules = refusalsOf(rules);
  return table(
    ['code', 'status', 'title', 'by'],
    all
      .filter((name) => ofRules.includes(name) || lookedUp.includes(name))
      .map((name) => [
        code(name),
        String(problemKinds[name].status),
        refusalTitles[name],
        ofRules.includes(name) ? 'a rule' : 'the API, before the rules are asked',
      ]),
  );
};

export const refusalsIntroduced =
  'Those that its beginning and its commands can give; every problem that the API answers with: [problems](errors.md).';
