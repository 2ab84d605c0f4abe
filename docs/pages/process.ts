/** What the pages of processes have in common: made from the tables that every process has. */
import type { Grant } from '../../domain/permissions.ts';
import { postRoles, type PostRole } from '../../domain/vocabulary.ts';
import type { Moment, WarningPolicy } from '../../domain/warning-policy.ts';
import { code, codes, table, who } from './markdown.ts';

type Row = {
  readonly zh: string;
  readonly stages: readonly string[];
  readonly who: readonly Grant[];
  readonly leads_to: readonly string[];
};
type CommandTable = Readonly<Record<string, Row>>;

/** @param stages in their order: the first is where a thing begins. */
export function diagram(
  stages: Readonly<Record<string, string>>,
  commands: CommandTable,
  ends: readonly string[],
  byItself: readonly (readonly [arrow: string, what: string])[] = [],
): string {
  const arrows = new Map<string, string[]>();
  const add = (arrow: string, what: string) => arrows.set(arrow, [...(arrows.get(arrow) ?? []), what]);
  for (const [name, row] of Object.entries(commands)) {
    for (const from of row.stages) {
      for (const to of row.leads_to) add(`${from} --> ${to}`, `${name} ${row.zh}`);
    }
  }
  for (const [arrow, what] of byItself) add(arrow, what);
  return [
    '```mermaid',
    'stateDiagram-v2',
    ...Object.entries(stages).map(([stage, zh]) => `  state "${stage} ${zh}" as ${stage}`),
    `  [*] --> ${Object.keys(stages)[0] ?? ''}`,
    ...[...arrows].map(([arrow, names]) => `  ${arrow}: ${names.join('<br/>')}`),
    ...ends.map((stage) => `  ${stage} --> [*]`),
    '```',
  ].join('\n');
}

/** @param nobody who gives what no person gives by hand. */
export const commandsTable = (commands: CommandTable, nobody = '–'): string =>
  table(
    ['command', '', 'in', 'by', 'leads to'],
    Object.entries(commands).map(([name, row]) => [
      code(name),
      row.zh,
      codes(row.stages),
      row.who.length === 0 ? nobody : who(row.who),
      row.leads_to.length === 0 ? '–' : codes(row.leads_to),
    ]),
  );

export type DeadlineRow<Name extends string> = {
  readonly zh: string;
  /** Which commands set each deadline is held against the process itself by a test. */
  readonly set_by: readonly Name[];
  /** What sets it besides commands. */
  readonly also?: string;
  readonly ends: string;
  readonly warns: string;
};

export const deadlinesTable = <Name extends string>(
  deadlines: Readonly<Record<string, DeadlineRow<Name>>>,
  policyOf: (name: string) => string,
): string =>
  table(
    ['deadline', '', 'set by', 'ends', 'warns', 'policy'],
    Object.entries(deadlines).map(([name, { zh, set_by, also, ends, warns }]) => [
      code(name),
      zh,
      [...(set_by.length === 0 ? [] : [codes(set_by)]), ...(also === undefined ? [] : [also])].join(', '),
      ends,
      warns,
      policyOf(name),
    ]),
  );

export const workingDays = (days: number) => `${days} working day${days === 1 ? '' : 's'} later`;

export const settingsTable = (
  meanings: Readonly<Record<string, string>>,
  defaults: Readonly<Record<string, string | number>>,
): string =>
  table(
    ['setting', 'default', 'meaning'],
    Object.entries(meanings).map(([name, meaning]) => [code(name), code(String(defaults[name])), meaning]),
  );

export const policiesTable = (policies: readonly WarningPolicy[]): string =>
  table(
    ['policy', '警铃 bell', '黄牌 yellow card', '红牌 red card', 'red repeats'],
    policies.map(asPolicyRow),
  );

function asPolicyRow({ name, version, levels, repeat }: WarningPolicy): readonly string[] {
  const moments = (['bell', 'yellow_card', 'red_card'] as const).map((level) => {
    const found = levels.find((one) => one.level === level);
    return found === undefined ? '–' : inWords(found.moment);
  });
  const then = repeat?.then === 'accountability_proposal' ? ', then accountability is proposed' : '';
  const repeats =
    repeat === null
      ? '–'
      : `every ${units(repeat.every)} at ${repeat.every.at}, ${repeat.times} times${then}`;
  return [`${code(name)} v${version}`, ...moments, repeats];
}

function inWords(moment: Moment): string {
  if (moment.unit === 'working_hour') return `${units(moment)} before the end of the day`;
  if (moment.amount === 0) return `on the day, ${moment.at}`;
  return `${units(moment)} ${moment.amount < 0 ? 'before' : 'after'}, ${moment.at}`;
}

function units({ amount, unit }: Moment): string {
  const count = Math.abs(amount);
  return `${count} ${unit.replace('_', ' ')}${count === 1 ? '' : 's'}`;
}

export const toldBy = (policy: {
  readonly recipients: Readonly<Record<string, readonly PostRole[]>>;
}): string =>
  Object.entries(policy.recipients)
    .map(([level, told]) => `${level.replace('_', ' ')} → ${told.map((role) => postRoles[role]).join('、')}`)
    .join('; ');
