/**
 * What a place has published that its cards lead to, as data of a policy: a letter after the second
 * yellow card, points off after three signals in succession. It is kept with the policy and shown; nothing
 * counts or proposes it yet, people do.
 */
import { parseDecimal, type Decimal } from './decimal.ts';

export const effectMeasures = { letter: '发函', interview: '约谈' } as const;

type Level = 'bell' | 'yellow_card' | 'red_card';

export type Effect = {
  readonly on: Level;
  /** After every so many cards of the level on one task. */
  readonly times: number;
  /** Whether a card of another level, or a period without one, begins the count anew. */
  readonly in_succession: boolean;
  readonly measure: keyof typeof effectMeasures | null;
  /** Zero or below. */
  readonly points: Decimal;
};

export type Effects = {
  readonly each: readonly Effect[];
  /** The part of the score from which points are taken never falls below this. */
  readonly least: Decimal | null;
};

export function effectsFaults(effects: Effects | undefined): string[] {
  return (effects?.each ?? []).flatMap(({ times, points }, index) => {
    const name = `第${index + 1}项后果`;
    if (!Number.isInteger(times) || times < 1) return [`${name}的次数须为正整数`];
    return points === '0' || points.startsWith('-') ? [] : [`${name}的分值须为零或负数`];
  });
}

export function isEffects(value: unknown): value is Effects {
  if (typeof value !== 'object' || value === null) return false;
  const { each, least } = value as Readonly<Record<string, unknown>>;
  return Array.isArray(each) && each.every(isEffect) && (least === null || isDecimal(least));
}

function isEffect(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { on, times, in_succession, measure, points } = value as Readonly<Record<string, unknown>>;
  return (
    (on === 'bell' || on === 'yellow_card' || on === 'red_card') &&
    typeof times === 'number' &&
    typeof in_succession === 'boolean' &&
    (measure === null || (typeof measure === 'string' && measure in effectMeasures)) &&
    isDecimal(points)
  );
}

const isDecimal = (value: unknown): boolean => typeof value === 'string' && parseDecimal(value) === value;
