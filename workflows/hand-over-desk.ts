/**
 * When hundreds of deadlines fall at one instant, one leader is told of many things at once. While one
 * message to a person is under way, what comes for them meanwhile is gathered for the next.
 */
export function createHandOverDesk<Told>(tell: (person_id: string, told: readonly Told[]) => Promise<void>) {
  const lastOf = new Map<string, Promise<void>>();
  const gathering = new Map<string, { readonly told: Told[]; readonly handedOver: Promise<void> }>();

  return {
    /** Resolves when the person's workflow has been told, and rejects as that message does. */
    handOver(person_id: string, told: readonly Told[]): Promise<void> {
      const open = gathering.get(person_id);
      if (open !== undefined) {
        open.told.push(...told);
        return open.handedOver;
      }
      const batch = [...told];
      const before = lastOf.get(person_id);
      const send = () => {
        gathering.delete(person_id);
        return tell(person_id, batch);
      };
      // Whether the one before came through is for those who gave it.
      const handedOver = before === undefined ? send() : before.then(send, send);
      if (before !== undefined) gathering.set(person_id, { told: batch, handedOver });
      lastOf.set(person_id, handedOver);
      const leave = () => {
        if (lastOf.get(person_id) === handedOver) lastOf.delete(person_id);
      };
      handedOver.then(leave, leave);
      return handedOver;
    },
  };
}
