/** Chance that can be had again: the seed is printed, and given back in DUKAO_SEED. */
export type Chance = {
  readonly seed: number;
  /** From 0 to below 1. */
  readonly next: () => number;
  readonly whole: (below: number) => number;
  readonly pick: <T>(from: readonly T[]) => T;
};

export function chance(
  seed = Number(process.env['DUKAO_SEED'] ?? Math.floor(Math.random() * 2 ** 31)),
): Chance {
  let state = seed >>> 0;
  // mulberry32
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const whole = (below: number) => Math.floor(next() * below);
  return {
    seed,
    next,
    whole,
    pick: (from) => {
      const picked = from[whole(from.length)];
      if (picked === undefined) throw new Error('nothing to pick from');
      return picked;
    },
  };
}
