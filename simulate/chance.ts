/** Chance that is the same for the same seed, and for each thing its own: one life more changes no other. */
import { seeded } from '../sample/people.ts';

export type Chance = {
  /** From 0 to below. */
  readonly pick: (below: number) => number;
  /** Both ends taken in. */
  readonly between: (least: number, most: number) => number;
  /** Of a hundred such cases, so many. */
  readonly happens: (percent: number) => boolean;
};

export function chanceOf(seed: number, thing: string): Chance {
  const pick = seeded(hashOf(`${seed}/${thing}`));
  return {
    pick,
    between: (least, most) => least + pick(most - least + 1),
    happens: (percent) => pick(100) < percent,
  };
}

/** FNV-1a. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return hash >>> 0;
}
