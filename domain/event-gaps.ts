/**
 * In which order events may be told of, when their numbers do not become visible in order. A number is taken
 * before its transaction commits: where one is missing, its event may yet come, or never (rolled back). Whoever
 * has been told of a later one goes on after that, so nothing is told of beyond a gap until the gap is known
 * to stay empty: when every transaction that ran after it was seen has ended.
 */

/** No transaction with this number or a higher one can fill a gap up to there. */
type Mark = { readonly upTo: number; readonly transaction: bigint };

export type Progress = {
  /** Every event up to here has been told of, or will never be. */
  readonly passed: number;
  readonly marks: readonly Mark[];
};

export type Advanced = {
  readonly progress: Progress;
  /** How many of the given numbers may be told of, from the first on. */
  readonly settled: number;
  /** A gap lies below this number and no mark stands for it yet: see `marked`. */
  readonly unmarked: number | null;
};

/**
 * @param seen numbers that are visible now, beyond `passed`, in order
 * @param oldest the lowest number of a transaction that had not ended when they were read
 */
export function advance(before: Progress, seen: readonly number[], oldest: bigint): Advanced {
  const emptyUpTo = Math.max(
    0,
    ...before.marks.filter(({ transaction }) => transaction <= oldest).map(({ upTo }) => upTo),
  );
  let { passed } = before;
  let settled = 0;
  for (const seq of seen) {
    if (seq !== passed + 1 && seq > emptyUpTo) break;
    passed = seq;
    settled += 1;
  }
  const marks = before.marks.filter(({ upTo }) => upTo > passed);
  const last = seen.at(-1) ?? passed;
  const unmarked = last > passed && !marks.some(({ upTo }) => upTo >= last) ? last : null;
  return { progress: { passed, marks }, settled, unmarked };
}

/** @param transaction a number that was given out after the gap had been seen */
export const marked = ({ passed, marks }: Progress, upTo: number, transaction: bigint): Progress => ({
  passed,
  marks: [...marks, { upTo, transaction }],
});
