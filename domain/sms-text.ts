import type { LocalDate } from './time.ts';

/**
 * The words of a message. Neutral, no titles, no ranks and no links: the carrier's template rules, and
 * titles stay inside the system. The provider holds the approved template; this copy of it is what the
 * stand-in shows and what lengths are reckoned with.
 */
export const todoTemplate = '您有${count}项待办，最近一项将于${date}到期，请登录系统办理。';

export type MessageParams = { readonly count: string; readonly date: string };

/** One thing that a message is about; a thing that missed several levels is there several times. */
export type MessageSubject = { readonly thing: string; readonly due: LocalDate };

/** How many things, each counted once, and the nearest of their dates. */
export function messageParams(subjects: readonly [MessageSubject, ...MessageSubject[]]): MessageParams {
  const [nearest] = subjects.map((subject) => subject.due).toSorted();
  return {
    count: String(new Set(subjects.map((subject) => subject.thing)).size),
    date: nearest ?? subjects[0].due,
  };
}

/** The text with its parameters filled in, or the name of the first parameter that is missing. */
export function renderTemplate(
  template: string,
  params: Readonly<Record<string, string>>,
): { text: string } | { missing: string } {
  const missing = [...template.matchAll(/\$\{(\w+)\}/g)]
    .map(([, name]) => name ?? '')
    .find((name) => !Object.hasOwn(params, name));
  if (missing !== undefined) return { missing };
  return { text: template.replaceAll(/\$\{(\w+)\}/g, (_, name: string) => params[name] ?? '') };
}

/** What the phone shows and what is billed: the signature in brackets counts as part of the text. */
export const signedText = (signName: string, text: string): string => `【${signName}】${text}`;

/** How many messages the carrier bills: one up to 70 characters, beyond that parts of 67. */
export function billedParts(text: string): number {
  const length = text.length; // UTF-16 units, as the carrier counts
  return length <= 70 ? 1 : Math.ceil(length / 67);
}
