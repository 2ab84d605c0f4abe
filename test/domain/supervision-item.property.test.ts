import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { climbKey, climbsMade, expectedClimbs } from '../../domain/auditor-climbs.ts';
import { expectedWarnings, warningKey } from '../../domain/auditor.ts';
import type { DeadlineKind } from '../../domain/deadline.ts';
import { isRefusal, type RefusalCode } from '../../domain/refusal.ts';
import { todosOf } from '../../domain/supervision-item-todos.ts';
import {
  allowedCommands,
  commandNames,
  commandTable,
  evolveAll,
  supervisionItem,
  type Command,
  type CommandName,
  type Event,
  type Stage,
  type SupervisionItem,
} from '../../domain/supervision-item.ts';
import { DAY, later, localDate } from '../../domain/time.ts';
import { cardShown } from '../../domain/watching.ts';
import { anyLife, live, type Step } from './any-life.ts';
import { at, cast, roads, underWay, viewerOf, type ItemStory } from './item-story.ts';
import { calendar } from './official-calendar.ts';
import { keyOf, retell, warningsIn as given } from './story.ts';

const runs = { numRuns: 250 };
const inAnyLife = (holds: (story: ItemStory, steps: readonly Step[]) => void) =>
  fc.assert(
    fc.property(anyLife, (life) => {
      const steps: Step[] = [];
      const story = live(life, (step) => steps.push(step));
      try {
        holds(story, steps);
      } catch (error) {
        throw new Error(retell(story), { cause: error });
      }
    }),
    runs,
  );

describe('in any life of an item', { timeout: 60_000 }, () => {
  test('a stage is only left for one to which the command leads, and time alone changes none', () => {
    inAnyLife((_, steps) => {
      for (const { command, refusal, before, after } of steps) {
        if (before.stage === after.stage) continue;
        expect(command).not.toBeNull();
        expect(refusal).toBeNull();
        if (command === null) continue;
        const row: { stages: readonly Stage[]; leads_to: readonly Stage[] } = commandTable[command.command];
        expect(row.stages).toContain(before.stage);
        expect(row.leads_to).toContain(after.stage);
      }
    });
  });

  test('a refusal changes nothing, and deciding alone never does', () => {
    inAnyLife((story, steps) => {
      for (const { refusal, before, after, by, command, at } of steps) {
        if (refusal !== null) expect(after).toEqual(before);
        if (command === null || supervisionItem.ended(before)) continue;
        const was = JSON.stringify(before);
        supervisionItem.decide(before, command, { by, at, calendar: story.calendar });
        supervisionItem.pass(before, later(at, 90 * DAY), story.calendar);
        expect(JSON.stringify(before)).toBe(was);
      }
    });
  });

  test('a button that is shown is not refused for stage, person or state; one that is not shown is', () => {
    const mayStill = new Set<RefusalCode | null>([
      null,
      // Depends on the clock, or on what is filled in.
      'extension_too_late',
      'due_not_later',
      'due_in_past',
      'due_missing',
      'due_set_by_rule',
      'urge_cooling_down',
      'nothing_changed',
      'not_allowed',
      'calendar_not_loaded',
    ]);
    inAnyLife((_, steps) => {
      for (const { before, by, command, refusal } of steps) {
        if (command === null) continue;
        const { roles } = viewerOf(by);
        const row: (typeof commandTable)[typeof command.command] = commandTable[command.command];
        const offered = story(before).includes(`${by.person_id} ${command.command}`);
        if (offered) expect(mayStill).toContain(refusal);
        else if (row.who.some(({ role, relation }) => roles.includes(role) && relation === 'any')) {
          expect([command.command, refusal]).not.toEqual([command.command, null]);
        }
      }
    });
    function story(state: SupervisionItem) {
      return cast.flatMap((by) => allowed(state, by).map((name) => `${by.person_id} ${name}`));
    }
  });

  test('the next moment lies ahead of what has been passed, and after a command never before it', () => {
    inAnyLife((story, steps) => {
      for (const { after, at } of steps) {
        const next = supervisionItem.next(after);
        if (next === null) continue;
        expect(next.at).toBeGreaterThanOrEqual(at);
        const passed = evolveAll(after, supervisionItem.pass(after, at, story.calendar));
        const then = supervisionItem.next(passed);
        if (then !== null) expect(then.at).toBeGreaterThan(at);
      }
    });
  });

  test('moments are decided in their order, none before it was due, and time in the history never goes back', () => {
    inAnyLife(({ events }) => {
      let at = 0;
      for (const event of events) {
        expect(event.at).toBeGreaterThanOrEqual(at);
        at = event.at;
        if (event.type === 'warning_given') expect(event.moment).toBeLessThanOrEqual(event.at);
      }
    });
  });

  test('the state is what its events say, also after they have travelled as JSON', () => {
    inAnyLife(({ events, state }) => {
      expect(evolveAll(null, events)).toEqual(state);
      expect(evolveAll(null, JSON.parse(JSON.stringify(events)) as Event[])).toEqual(state);
      expect(JSON.parse(JSON.stringify(state))).toEqual(state);
      expect(state.version).toBe(events.length);
    });
  });

  test('each kind of deadline is armed under 1, 2, 3 …, and no warning has the key of another', () => {
    inAnyLife(({ events }) => {
      const versions = new Map<DeadlineKind, number>();
      for (const { arms = [] } of events) {
        for (const { kind, version } of arms) {
          expect(version).toBe((versions.get(kind) ?? 0) + 1);
          versions.set(kind, version);
        }
      }
      const keys = given(events).map(keyOf);
      expect(new Set(keys).size).toBe(keys.length);
    });
  });

  test('an event clears only what stood, and never arms two of a kind', () => {
    inAnyLife(({ events }) => {
      let state: SupervisionItem | null = null;
      for (const event of events) {
        const standing: readonly DeadlineKind[] =
          state === null ? [] : state.deadlines.map(({ kind }) => kind);
        for (const kind of event.clears ?? []) expect(standing).toContain(kind);
        const kinds = (event.arms ?? []).map(({ kind }) => kind);
        expect(new Set(kinds).size).toBe(kinds.length);
        state = evolveAll(state, [event]);
      }
    });
  });

  test('every deadline that was armed gives its warnings in order, and all of them unless it was cleared', () => {
    inAnyLife((story) => {
      story.until(later(story.now, 400 * DAY));
      const armed = new Map<string, readonly string[]>();
      for (const { arms = [] } of story.events) {
        for (const { kind, version, steps } of arms) {
          armed.set(
            `${kind}/${version}`,
            steps.map(({ level, repeat }) => `${kind}/${version}/${level}/${repeat}`),
          );
        }
      }
      const standing = new Set(story.state.deadlines.map(({ kind, version }) => `${kind}/${version}`));
      const keys = given(story.events).map(keyOf);
      for (const [deadline, wanted] of armed) {
        const got = keys.filter((key) => key.startsWith(`${deadline}/`));
        expect(got).toEqual(wanted.slice(0, got.length));
        if (standing.has(deadline)) expect(got).toEqual(wanted);
      }
      expect(keys.length).toBe(new Set(keys).size);
      expect(supervisionItem.next(story.state)).toBeNull();
    });
  });

  test('however long an outage was, it leaves the warnings that would have been given without it', () => {
    fc.assert(
      fc.property(
        anyLife,
        fc.integer({ min: 0, max: 120 * DAY }),
        fc.integer({ min: 1, max: 40 }),
        (life, ms, parts) => {
          const { state, now, calendar } = live(life);
          const end = later(now, ms);
          const atOnce = supervisionItem.pass(state, end, calendar);
          const inParts: Event[] = [];
          let then = state;
          for (let part = 1; part <= parts; part += 1) {
            const passed = supervisionItem.pass(then, later(now, Math.floor((ms * part) / parts)), calendar);
            inParts.push(...passed);
            then = evolveAll(then, passed);
          }
          const moments = (events: readonly Event[]) =>
            given(events).map((event) => `${keyOf(event)} ${event.moment}`);
          expect(moments(inParts)).toEqual(moments(atOnce));
          expect(then.cards).toEqual(evolveAll(state, atOnce).cards);
          expect(given(atOnce).map(({ moment }) => moment)).toEqual(
            given(atOnce)
              .map(({ moment }) => moment)
              .toSorted((a, b) => a - b),
          );
        },
      ),
      runs,
    );
  });

  test('the counts are those of the history, for the unit that has the item now', () => {
    inAnyLife(({ events, state }) => {
      let cards = { bell: 0, yellow_card: 0, red_card: 0 };
      let unit: string | null = null;
      for (const event of events) {
        if (event.type === 'assigned') {
          if (unit !== event.lead_unit_id) cards = { bell: 0, yellow_card: 0, red_card: 0 };
          unit = event.lead_unit_id;
        }
        if (event.type === 'warning_given' && event.repeat === 0 && event.deadline.chain === 'undertaking') {
          cards = { ...cards, [event.level]: cards[event.level] + 1 };
        }
      }
      expect(state.cards).toEqual(cards);
      const count = (type: Event['type']) => events.filter((event) => event.type === type).length;
      expect(state).toMatchObject({ extensions: count('extension_granted'), returns: count('returned') });
    });
  });

  test('an item past its deadline shows red from then on while it is worked on, and no other does', () => {
    inAnyLife((story, steps) => {
      for (const { after, at } of steps) {
        if (after.stage !== 'progress_reporting' || after.paused !== null) continue;
        const late = after.due !== null && after.due <= at;
        if (late) expect(cardShown(after)).toBe('red_card');
        else if (after.deadlines.every(({ kind }) => kind === 'item'))
          expect(cardShown(after)).not.toBe('red_card');
      }
      if (story.stage === 'withdrawn') expect(story.card).toBe('none');
    });
  });

  test('an extension asked for is taken before the cut-off and too late after it, never both', () => {
    inAnyLife((_, steps) => {
      for (const { command, refusal, before, at } of steps) {
        if (command?.command !== 'request_extension' || before.stage !== 'progress_reporting') continue;
        const cutoff = later(before.due ?? at, -7 * 60 * 60_000);
        if (refusal === null) expect(at).toBeLessThanOrEqual(cutoff);
        if (refusal === 'extension_too_late') expect(at).toBeGreaterThan(cutoff);
      }
    });
  });

  test('the auditor, from the events alone, expects exactly the warnings that were given and the red cards that climbed', () => {
    inAnyLife((story) => {
      story.until(later(story.now, 30 * DAY));
      const warned = given(story.events).map(keyOf).toSorted();
      expect(expectedWarnings(story.events, story.now).map(warningKey).toSorted()).toEqual(warned);
      const climbed = climbsMade(story.events).map(climbKey).toSorted();
      expect(expectedClimbs(story.events, story.now).map(climbKey).toSorted()).toEqual(climbed);
    });
  });

  test('what has ended waits for nothing, takes nothing and is watched by nothing', () => {
    inAnyLife(({ state, calendar, now }) => {
      if (!supervisionItem.ended(state)) return;
      expect(state).toMatchObject({ deadlines: [], red_unseen: [], withdrawal: null });
      expect(supervisionItem.next(state)).toBeNull();
      for (const by of cast) expect(allowed(state, by)).toEqual([]);
      expect(todosOf(state).filter(({ key }) => key !== 'accountability')).toEqual([]);
      expect(supervisionItem.pass(state, later(now, 400 * DAY), calendar)).toEqual([]);
    });
  });

  test('no two things that wait have one key', () => {
    inAnyLife((_, steps) => {
      for (const { after } of steps) {
        const keys = todosOf(after).map(({ key }) => key);
        expect(new Set(keys).size).toBe(keys.length);
      }
    });
  });

  test('a new calendar never makes anything late that was not, and leaves alone what has passed', () => {
    inAnyLife((_, steps) => {
      for (const { act, before, after, at, events } of steps) {
        if (act.sort !== 'replans' || supervisionItem.ended(before)) continue;
        const replanned = events.find(({ type }) => type === 'replanned');
        for (const { due } of replanned?.arms ?? []) expect(due).toBeGreaterThan(at);
        for (const deadline of before.deadlines) {
          if (deadline.due <= at) expect(after.deadlines).toContainEqual(deadline);
        }
      }
    });
  });
});

describe('the table', { timeout: 60_000 }, () => {
  test('lets nothing through in a stage in which decide does not know it, and every pair in it can happen', () => {
    const wanted = commandNames.flatMap((name) =>
      commandTable[name].stages.map((stage) => `${stage} ${name}`),
    );
    const met = new Set<string>();
    // Always the same lives: rich enough to meet every pair of a stage and a command.
    for (const life of fc.sample(anyLife, { numRuns: 400, seed: 710 })) {
      live(life, ({ before, at }) => {
        for (const name of commandNames) {
          if (!wanted.includes(`${before.stage} ${name}`)) continue;
          for (const by of cast) {
            const decided = supervisionItem.decide(before, anything(name), { by, at, calendar });
            if (!isRefusal(decided)) met.add(`${before.stage} ${name}`);
          }
        }
      });
    }
    expect([...met].toSorted()).toEqual(wanted.toSorted());
  });

  const filledIn = {
    percent: 1,
    text: '',
    reason: '',
    reasons: '',
    result: '',
    rating: 'good',
    title: '另一事项',
    new_due_on: '2027-06-30',
    granted: true,
    role: 'reporter',
    person_id: 'p',
    lead_unit_id: 'unit-other',
  };
  const anything = (command: CommandName) => ({ ...filledIn, command }) as unknown as Command;
});

describe('fault 23: an extension against its cut-off and against the deadline', () => {
  test('has one outcome, whether the timer or the request comes first, a thousand times', () => {
    const moments = fc.record({
      cutoff: fc.constantFrom('17:00', '24:00'),
      against: fc.constantFrom('cutoff', 'deadline'),
      ms: fc.integer({ min: -2, max: 2 }),
    });
    fc.assert(
      fc.property(moments, ({ cutoff, against, ms }) => {
        const limit = at(`2026-11-20 ${against === 'deadline' ? '24:00' : cutoff}`);
        const then = later(limit, ms);
        const outcomes = [true, false].map((timerFirst) => {
          const story = underWay({ rules: { extension_cutoff: cutoff } }).until('2026-11-20 12:00');
          if (timerFirst) story.until(then);
          else story.now = then;
          const new_due_on = localDate('2026-12-11');
          const refusal = story.tries(roads, { command: 'request_extension', new_due_on, reason: '雨季' });
          return { refusal, warnings: story.warnings, state: story.state };
        });
        const [one, other] = outcomes;
        expect(one).toEqual(other);
        const inTime = then <= at(`2026-11-20 ${cutoff}`) && then < at('2026-11-20 24:00');
        expect(one?.refusal).toBe(inTime ? null : 'extension_too_late');
        expect(one?.warnings.some((warning) => warning.includes('red_card'))).toBe(
          then >= at('2026-11-20 24:00'),
        );
      }),
      { numRuns: 1_000 },
    );
  });
});

const allowed = (state: SupervisionItem, by: (typeof cast)[number]) => allowedCommands(state, viewerOf(by));
