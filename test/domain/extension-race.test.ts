/** Fault 23: an extension races the cut-off of its day and the deadline itself, to the millisecond. */
import { expect, test } from 'vitest';
import { evolveAll } from '../../domain/supervision-item.ts';
import { later, localDate, type Instant } from '../../domain/time.ts';
import { chance } from '../support/seeded.ts';
import { at, colleague, roads, underWay } from './item-story.ts';

const cutoff = at('2026-11-20 17:00');
const due = at('2026-11-20 24:00');
const ask = {
  command: 'request_extension',
  new_due_on: localDate('2026-12-10'),
  reason: '雨季停工',
} as const;
const grant = { command: 'decide_extension', granted: true, reason: '情况属实' } as const;

const { seed, whole, pick } = chance();

type Doing = { readonly when: Instant; readonly what: 'timer' | 'asks' | 'grants' };

/** Around the cut-off, around the deadline, or anywhere between. */
const moment = (): Instant =>
  later(pick([cutoff, due]), pick([-1, 0, 1, whole(7) - 3, whole(2 * 3_600_000) - 3_600_000]));

test(`fault 23: whoever comes first at one instant, a race has one outcome (1 000 interleavings, seed ${seed})`, () => {
  for (let round = 0; round < 1_000; round += 1) {
    const asks = moment();
    const grants = moment();
    // The timer of the deadline, on time or held up: what is due comes before a command in any case.
    const timer: Doing = { what: 'timer', when: later(due, pick([0, 0, 1, whole(10_000)])) };
    const commands: readonly Doing[] = [
      { what: 'asks', when: asks },
      { what: 'grants', when: grants },
    ];
    const doings = pick([commands, commands.toReversed()]);
    const asksFirst = doings === commands ? asks <= grants : asks < grants;
    const byTime = (x: Doing, y: Doing) => x.when - y.when;
    const one = play([timer, ...doings].toSorted(byTime));
    const other = play([...doings, timer].toSorted(byTime));
    const told = `round ${round}: ${JSON.stringify([timer, ...doings])}`;
    expect(one.outcome, told).toEqual(other.outcome);
    expect(evolveAll(null, one.events), told).toEqual(one.state);

    expect(one.asked, told).toBe(asks <= cutoff ? 'done' : 'extension_too_late');
    const pending = asks <= cutoff && asksFirst;
    expect(one.granted, told).toBe(pending ? 'done' : 'no_extension_pending');
    // Late by a millisecond is late: the card stands, although the day has moved.
    const moved = pending && grants < due;
    expect(
      one.outcome.filter((event) => event.startsWith('red_card')),
      told,
    ).toEqual(moved ? [] : ['red_card of item/1']);
    expect(one.state.due, told).toBe(pending ? at('2026-12-10 24:00') : due);
  }
});

/** One order of what happens at the same instant; the workflow hears of them one after another. */
function play(doings: readonly Doing[]) {
  const story = underWay().until('2026-11-20 12:00');
  let asked = '';
  let granted = '';
  for (const { what, when } of doings) {
    story.now = when;
    if (what === 'timer') story.downUntil(when);
    if (what === 'asks') asked = story.tries(roads, ask) ?? 'done';
    if (what === 'grants') granted = story.tries(colleague, grant) ?? 'done';
  }
  story.until(later(due, 20_000));
  const outcome = story.events.map((event) =>
    event.type === 'warning_given'
      ? `${event.level} of ${event.deadline.kind}/${event.deadline.version}`
      : event.type,
  );
  return { events: story.events, state: story.state, outcome, asked, granted };
}
