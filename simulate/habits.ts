/**
 * How units behave, as data. The figures are assumptions [D], not measurements of any city: they are there to be
 * changed, and to see what the rules make of them.
 */
import type { UnitKind } from '../domain/vocabulary.ts';

/** Each is so many of a hundred cases. */
export type Habits = {
  /** What is done, but only days after its deadline. */
  readonly late: number;
  /** Reports and requests to close that nobody thinks of until a red card comes. */
  readonly forgets: number;
  /** The same of receipts. */
  readonly forgets_receipt: number;
  /** Of what was forgotten: done after the red card. */
  readonly wakes: number;
  /** Of the red cards: opened by a leader before they climb. */
  readonly opens_red: number;
  /** Reports that the reviewer returns. */
  readonly returned: number;
  /** Reports and matters for which more time is asked for. */
  readonly extensions: number;
  /** Targets that the unit asks to have lowered in the middle of the year. */
  readonly adjusts: number;
  /** Matters that the unit says are not its own. */
  readonly disputes: number;
  /** Indicators by how far they lie behind their plan: up to 9 points, from 10 to 30, more. */
  readonly behind: { readonly little: number; readonly clearly: number; readonly far: number };
};

const average: Habits = {
  late: 6,
  forgets: 2,
  forgets_receipt: 2,
  wakes: 80,
  opens_red: 60,
  returned: 5,
  extensions: 2,
  adjusts: 2,
  disputes: 2,
  behind: { little: 14, clearly: 7, far: 2 },
};

export type City = Readonly<Record<UnitKind, Habits>>;

export const cities = {
  /** Departments have offices that do nothing else; townships have few people for many tasks. */
  ordinary: {
    department: average,
    body: { ...average, late: 3, forgets: 1, returned: 3 },
    township: { ...average, late: 12, forgets: 5, returned: 9, behind: { little: 18, clearly: 11, far: 4 } },
    sub_district: { ...average, late: 9, forgets: 4, returned: 7 },
    park: { ...average, late: 7, extensions: 5, behind: { little: 16, clearly: 10, far: 4 } },
  },
  punctual: alike({
    late: 0,
    forgets: 0,
    forgets_receipt: 0,
    wakes: 100,
    opens_red: 100,
    returned: 0,
    extensions: 0,
    adjusts: 0,
    disputes: 0,
    behind: { little: 0, clearly: 0, far: 0 },
  }),
  /** Takes everything on and reports nothing. */
  silent: alike({
    late: 0,
    forgets: 100,
    forgets_receipt: 0,
    wakes: 0,
    opens_red: 0,
    returned: 0,
    extensions: 0,
    adjusts: 0,
    disputes: 0,
    behind: { little: 0, clearly: 0, far: 100 },
  }),
} as const satisfies Record<string, City>;

function alike(habits: Habits): City {
  return { department: habits, body: habits, township: habits, sub_district: habits, park: habits };
}
