/**
 * When hundreds of deadlines fall at one instant, one leader is told of many things at once. A few messages
 * are under way at a time; what comes for a person meanwhile is gathered for the next. With little to do,
 * everything goes out at once.
 */
const UNDER_WAY = 12;

type Batch<Told> = { readonly told: Told[] } & PromiseWithResolvers<void>;

export function createHandOverDesk<Told>(tell: (person_id: string, told: readonly Told[]) => Promise<void>) {
  const gathered = new Map<string, Batch<Told>>();
  /** One at a time for each person. */
  const underWay = new Set<string>();

  function next(): void {
    for (const [person_id, { told, resolve, reject }] of gathered) {
      if (underWay.size >= UNDER_WAY) return;
      if (underWay.has(person_id)) continue;
      gathered.delete(person_id);
      underWay.add(person_id);
      const done = () => {
        underWay.delete(person_id);
        next();
      };
      tell(person_id, told).then(resolve, reject).finally(done);
    }
  }

  return {
    /** Resolves when the person's workflow has been told, and rejects as that message does. */
    handOver(person_id: string, told: readonly Told[]): Promise<void> {
      const batch = gathered.get(person_id) ?? { told: [], ...Promise.withResolvers<void>() };
      batch.told.push(...told);
      gathered.set(person_id, batch);
      next();
      return batch.promise;
    },
  };
}
