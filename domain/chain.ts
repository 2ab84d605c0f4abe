/** The chain of people over a matter, from who files its progress to the city leader in charge. */
import type { PostRole } from './vocabulary.ts';

const upwards: readonly PostRole[] = ['reporter', 'deputy_leader', 'principal_leader', 'city_leader'];

/** When a post is vacant or has no number, the next in this order is told in its place. */
export function nextInChain(role: PostRole): PostRole | null {
  const place = upwards.indexOf(role);
  // A direct lead or contact person stands beside the reporter.
  return upwards[place < 0 ? 1 : place + 1] ?? null;
}

/** Who stands one level above all of them, or null when nobody does. */
export function nextAbove(roles: readonly PostRole[]): PostRole | null {
  const highest = upwards.findLast((role) => roles.includes(role));
  return highest === undefined ? null : nextInChain(highest);
}
