/** How much of everything, and how often. */
export type Sizes = typeof full;

const full = {
  rounds: 3,
  created: 100,
  alone: 100,
  together: 400,
  atOnce: 20,
  idle: 20,
  deadlines: 500,
  /** So long before their instant the first of them is started. */
  startingMs: 90_000,
  storms: 2,
  manyDeadlines: 2_000,
  manyStartingMs: 120_000,
  released: 2_000,
  /** Open tasks: first, for the memory, and in the end. */
  open: { few: 500, thousand: 1_000, many: 10_000 },
  grown: 300,
  readRounds: 3,
  readSeconds: 5,
};

const quick: Sizes = {
  rounds: 1,
  created: 60,
  alone: 40,
  together: 200,
  atOnce: 20,
  idle: 4,
  deadlines: 100,
  startingMs: 15_000,
  storms: 1,
  manyDeadlines: 200,
  manyStartingMs: 30_000,
  released: 300,
  open: { few: 100, thousand: 200, many: 600 },
  grown: 30,
  readRounds: 1,
  readSeconds: 2,
};

export const sizesOf = (isQuick: boolean): Sizes => (isQuick ? quick : full);
