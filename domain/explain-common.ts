/** What every process tells of itself in the same words. */
import type { CommonEvent } from './common-commands.ts';
import { postRoles, type PostRole } from './vocabulary.ts';

/** The names that the ids in events stand for; events themselves carry none. */
export type Names = { person(id: string): string; unit(id: string): string; theme(code: string): string };

export type Explanation = { title: string; why: string; deadlines: string[] };

export type Told = Omit<Explanation, 'deadlines'>;

export const told = (title: string, ...why: readonly (string | false)[]): Told => ({
  title,
  why: why.filter((part) => part !== false && part !== '').join('；'),
});

export const withFiles = (ids: readonly string[]): string | false =>
  ids.length > 0 && `附印证资料${ids.length}份`;

export const named = (people: Readonly<Partial<Record<PostRole, string>>>, names: Names): string =>
  Object.entries(people)
    .map(([role, id]) => `${postRoles[role as PostRole]}${names.person(id)}`)
    .join('、');

/** @param thing what the process calls itself: 事项, 指标任务. */
export function explainCommon(event: CommonEvent, names: Names, thing: string): Told {
  switch (event.type) {
    case 'urged':
      return told('催办', event.text);
    case 'withdrawal_requested':
      return told('申请撤销，待另一人确认', event.reason);
    case 'withdrawal_rejected':
      return told('不同意撤销', event.reason);
    case 'withdrawn':
      return told(`经另一人确认，${thing}撤销`, event.reason);
    case 'person_reassigned':
      return told(`${postRoles[event.role]}调整为${names.person(event.person_id)}`);
    case 'commented':
      return told('批注', event.text);
    case 'replanned':
      return told(
        event.policies === undefined ? '按新的工作日历重新计算期限' : '按新的预警策略重新计算',
        `日历第${event.calendar_version}版`,
        ...Object.values(event.policies ?? {}).map(({ name, version }) => `预警策略${name}第${version}版`),
      );
  }
}
