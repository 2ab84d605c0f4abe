/** Stands between the workers and one of their activities: it waits as long as the test wants. */
import type { StoryOptions } from './world.ts';

type Around = NonNullable<StoryOptions['around']>;

export function heldBack(name: string) {
  let gate = Promise.withResolvers<void>();
  gate.resolve();
  const around: Around = (activities) => {
    const held = (activities as Readonly<Record<string, unknown>>)[name] as
      | ((...args: unknown[]) => Promise<unknown>)
      | undefined;
    if (held === undefined) return activities;
    return {
      ...activities,
      [name]: async (...args: unknown[]) => {
        await gate.promise;
        return held(...args);
      },
    };
  };
  return {
    around,
    hold(): void {
      gate = Promise.withResolvers<void>();
    },
    letGo(): void {
      gate.resolve();
    },
  };
}
