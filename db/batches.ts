/**
 * Work that costs less together. With little to do each piece is done at once and alone; in a rush what
 * comes while others are at work waits for them and is done as one.
 */
type Waiting<One, Done> = { readonly one: One } & PromiseWithResolvers<Done>;

export type BatchOptions = {
  /** How many batches are at work at a time. */
  readonly atOnce: number;
  readonly most: number;
  /** Whether a batch that fails is tried again one by one, as one of it may be the cause. */
  readonly againAlone?: boolean;
};

export function createBatches<One, Done>(
  { atOnce, most, againAlone = true }: BatchOptions,
  /** @returns what came of each, in order. */
  work: (all: readonly One[]) => Promise<readonly Done[]>,
) {
  const waiting: Waiting<One, Done>[] = [];
  let atWork = 0;

  function next(): void {
    while (atWork < atOnce && waiting.length > 0) {
      atWork += 1;
      void together(waiting.splice(0, most)).finally(() => {
        atWork -= 1;
        next();
      });
    }
  }

  async function together(all: readonly Waiting<One, Done>[]): Promise<void> {
    try {
      settle(all, await work(all.map(({ one }) => one)));
    } catch (error) {
      if (all.length === 1 || !againAlone) return all.forEach(({ reject }) => reject(error));
      // One of them may be the cause: the others must not fail with it.
      for (const single of all) await together([single]);
    }
  }

  return (one: One): Promise<Done> => {
    const piece = { one, ...Promise.withResolvers<Done>() };
    waiting.push(piece);
    next();
    return piece.promise;
  };
}

/**
 * Rows that are asked for by one key each, by many at once. Each is read after it was asked for, so whoever asks
 * sees what was committed before; two may get the same object, so nobody changes it.
 */
export function createLookUp<Row>(
  rowsOf: (keys: readonly string[]) => Promise<readonly Row[]>,
  keyOf: (row: Row) => string,
): (key: string) => Promise<Row | null> {
  return createBatches(LOOK_UPS, async (keys: readonly string[]) => {
    const rows = new Map((await rowsOf([...new Set(keys)])).map((row) => [keyOf(row), row]));
    return keys.map((key) => rows.get(key) ?? null);
  });
}

/** Who asks may write a uuid in capitals; its row does not. */
export const createUuidLookUp = <Row extends { readonly id: string }>(
  rowsOf: (ids: readonly string[]) => Promise<readonly Row[]>,
): ((id: string) => Promise<Row | null>) => {
  const lookUp = createLookUp(rowsOf, ({ id }) => id);
  return (id) => lookUp(id.toLowerCase());
};

/** A database that does not answer one does not answer the next one either. */
const LOOK_UPS = { atOnce: 2, most: 100, againAlone: false };

function settle<One, Done>(all: readonly Waiting<One, Done>[], done: readonly Done[]): void {
  for (const [index, { resolve, reject }] of all.entries()) {
    const result = done[index];
    if (result === undefined) reject(new Error(`${done.length} results for ${all.length} pieces of work`));
    else resolve(result);
  }
}
