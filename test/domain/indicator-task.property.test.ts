import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { expectedWarnings, missedTurns, warningKey } from '../../domain/auditor.ts';
import { climbKey, climbsMade, expectedClimbs } from '../../domain/auditor-climbs.ts';
import { periodOf, type DeadlineKind } from '../../domain/deadline.ts';
import { explainIndicatorTask } from '../../domain/explain-indicator-task.ts';
import {
  allowedCommands,
  commandNames,
  commandTable,
  evolveAll,
  indicatorTask,
  type Event,
  type IndicatorTask,
  type Stage,
} from '../../domain/indicator-task.ts';
import { tellings } from '../../domain/indicator-task-tellings.ts';
import { todosOf } from '../../domain/indicator-task-todos.ts';
import { isRefusal, type RefusalCode } from '../../domain/refusal.ts';
import { addDays, DAY, instant, later, localDate } from '../../domain/time.ts';
import { anyTaskLife, fillIn, live, type Step } from './any-task-life.ts';
import { calendar } from './official-calendar.ts';
import { at, keyOf, retell, warningsIn } from './story.ts';
import { cast, leader, roads, viewerOf, type TaskStory } from './task-story.ts';

const runs = { numRuns: 250 };
const inAnyLife = (holds: (story: TaskStory, steps: readonly Step[]) => void) =>
  fc.assert(
    fc.property(anyTaskLife, (life) => {
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

const yearOver = at('2026-12-31 24:00');
const open: readonly Stage[] = ['assigned', 'in_progress'];

describe('in any life of a task', { timeout: 60_000 }, () => {
  test('a stage is only left for one to which the command leads, or at the end of the year', () => {
    inAnyLife((_, steps) => {
      for (const { command, refusal, before, after, events } of steps) {
        if (before.stage === after.stage || events.some(({ type }) => type === 'year_ended')) continue;
        expect([command?.command, refusal]).toEqual([command?.command, null]);
        if (command === null) continue;
        const row: { stages: readonly Stage[]; leads_to: readonly Stage[] } = commandTable[command.command];
        expect(row.stages).toContain(before.stage);
        expect(row.leads_to).toContain(after.stage);
      }
    });
  });

  test("R-058 after the year's end nothing is open: it is under review, or has ended", () => {
    inAnyLife((story) => {
      story.until(instant(Math.max(story.now, yearOver)));
      expect(open).not.toContain(story.stage);
      const ended = story.events.filter(({ type }) => type === 'year_ended');
      expect(ended.length).toBeLessThanOrEqual(1);
      for (const event of ended) {
        expect(event.at).toBeGreaterThanOrEqual(yearOver);
        const red = warningsIn(story.events).filter(
          ({ deadline, level }) => deadline.kind === 'year_end' && level === 'red_card',
        );
        expect(red.map(({ moment }) => moment)).toEqual([yearOver]);
      }
    });
  });

  test('a refusal changes nothing, and deciding alone never does', () => {
    inAnyLife((story, steps) => {
      for (const { refusal, before, after, events, by, command, at: then } of steps) {
        if (refusal !== null && events.length === 0) expect(after).toEqual(before);
        if (command === null || indicatorTask.ended(before)) continue;
        const was = JSON.stringify(before);
        indicatorTask.decide(before, command, { by, at: then, calendar: story.calendar });
        indicatorTask.pass(before, later(then, 40 * DAY), story.calendar);
        expect(JSON.stringify(before)).toBe(was);
      }
    });
  });

  test('a button that is shown is not refused for stage, person or state', () => {
    const mayStill = new Set<RefusalCode | null>([
      null,
      // Depends on the clock, or on what is filled in.
      'period_unknown',
      'period_not_begun',
      'period_accepted',
      'no_report_pending',
      'adjustment_too_late',
      'due_not_later',
      'due_in_past',
      'due_beyond_year',
      'plan_invalid',
      'target_not_beyond_baseline',
      'points_invalid',
      'completion_out_of_range',
      'year_over',
      'urge_cooling_down',
      'nothing_changed',
      'not_allowed',
    ]);
    inAnyLife((_, steps) => {
      for (const { before, by, command, refusal, events } of steps) {
        // Time may have gone on between the button and the command.
        if (command === null || events.some(({ type }) => type === 'year_ended')) continue;
        const offered = allowedCommands(before, viewerOf(by)).includes(command.command);
        if (offered) expect(mayStill).toContain(refusal);
        else {
          const { who } = commandTable[command.command];
          const mayAtAll = who.some(({ role, relation }) => by.role === role && relation === 'any');
          if (mayAtAll) expect([command.command, refusal]).not.toEqual([command.command, null]);
        }
      }
    });
  });

  test('the next moment lies ahead of what has been passed, and never goes back', () => {
    inAnyLife((story, steps) => {
      for (const { after, at: then } of steps) {
        const next = indicatorTask.next(after);
        if (next !== null) expect(next.at).toBeGreaterThan(then);
        expect(indicatorTask.pass(after, then, story.calendar)).toEqual([]);
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

  test('each deadline is armed under 1, 2, 3 …, cleared only while it stands, and gives a level once', () => {
    inAnyLife(({ events }) => {
      const versions = new Map<DeadlineKind, number>();
      let state: IndicatorTask | null = null;
      for (const event of events) {
        const standing: readonly DeadlineKind[] = state?.deadlines.map(({ kind }) => kind) ?? [];
        for (const kind of event.clears ?? []) expect(standing).toContain(kind);
        const kinds = (event.arms ?? []).map(({ kind }) => kind);
        expect(new Set(kinds).size).toBe(kinds.length);
        for (const { kind, version } of event.arms ?? []) {
          expect(version).toBe((versions.get(kind) ?? 0) + 1);
          versions.set(kind, version);
        }
        state = evolveAll(state, [event]);
      }
      const keys = warningsIn(events).map(keyOf);
      expect(new Set(keys).size).toBe(keys.length);
    });
  });

  test('the auditor, from the events alone, expects exactly what was given and finds no turn missed', () => {
    inAnyLife((story) => {
      story.until(later(story.now, 30 * DAY));
      const given = warningsIn(story.events).map(keyOf).toSorted();
      expect(expectedWarnings(story.events, story.now).map(warningKey).toSorted()).toEqual(given);
      expect(missedTurns(story.events, story.now)).toEqual([]);
      const climbed = climbsMade(story.events).map(climbKey).toSorted();
      expect(expectedClimbs(story.events, story.now).map(climbKey).toSorted()).toEqual(climbed);
    });
  });

  test('no period that is owed goes unwatched past its day while the task is in progress', () => {
    inAnyLife((_, steps) => {
      for (const { after, at: then } of steps) {
        if (after.stage !== 'in_progress') continue;
        const watched = new Set(after.deadlines.map(({ kind }) => kind));
        for (const { id, ends_on, filed, accepted } of after.periods) {
          // Five working days are at least five days, and a task's first day counts like the end of a period.
          const from = Math.max(at(`${ends_on} 24:00`), at(`${after.assigned_on} 24:00`));
          if (filed === null && accepted === null && from + 13 * DAY < then)
            expect(watched).toContain(`report/${id}`);
          if (filed !== null) expect(watched).toContain(`review/${id}`);
        }
      }
    });
  });

  test('no checkpoint stands before the day of the report that it belongs to, whatever day is granted', () => {
    const holds = ({ deadlines }: IndicatorTask) => {
      for (const { kind, turn, due } of deadlines) {
        if (turn !== 'checkpoint') continue;
        const owed = deadlines.find((one) => one.kind === `report/${periodOf(kind)}`);
        expect(owed?.due).toBeLessThanOrEqual(due);
      }
    };
    const days = fc.sample(fc.integer({ min: 1, max: 364 }), { numRuns: 20, seed: 58 });
    inAnyLife(({ calendar: itsCalendar }, steps) => {
      for (const [n, { after, at: then }] of steps.entries()) {
        holds(after);
        const due_on = addDays(localDate('2026-01-01'), days[n % days.length] ?? 364);
        for (const { id } of after.periods) {
          const adjustment = { kind: 'report_date', period: id, due_on } as const;
          const asked = { command: 'request_adjustment', adjustment, reason: '' } as const;
          const granted = { command: 'decide_adjustment', granted: true, reason: '' } as const;
          const when = { at: then, calendar: itsCalendar };
          const request = indicatorTask.decide(after, asked, { by: roads, ...when });
          if (isRefusal(request)) continue;
          const decided = indicatorTask.decide(evolveAll(after, request), granted, { by: leader, ...when });
          if (!isRefusal(decided)) holds(evolveAll(after, [...request, ...decided]));
        }
      }
    });
  });

  test('however long an outage was, it leaves the warnings that would have been given without it', () => {
    fc.assert(
      fc.property(
        anyTaskLife,
        fc.integer({ min: 0, max: 120 }),
        fc.integer({ min: 1, max: 40 }),
        (life, days, parts) => {
          const { state, now, calendar } = live(life);
          const end = later(now, days * DAY);
          const atOnce = indicatorTask.pass(state, end, calendar);
          const inParts: Event[] = [];
          let then = state;
          for (let part = 1; part <= parts; part += 1) {
            const passed = indicatorTask.pass(
              then,
              later(now, Math.floor((days * DAY * part) / parts)),
              calendar,
            );
            inParts.push(...passed);
            then = evolveAll(then, passed);
          }
          const moments = (events: readonly Event[]) =>
            warningsIn(events).map((event) => `${keyOf(event)} ${event.moment}`);
          expect(moments(inParts)).toEqual(moments(atOnce));
          const after = evolveAll(state, atOnce);
          expect(then.cards).toEqual(after.cards);
          expect(then.stage).toBe(after.stage);
          const found = ({ periods }: IndicatorTask) =>
            periods.map(({ judgement, colours }) => ({ judgement, colours }));
          expect(found(then)).toEqual(found(after));
        },
      ),
      runs,
    );
  });

  test('what was made up late is never green again, and a colour once shown is kept', () => {
    inAnyLife(({ events, state }) => {
      let before: IndicatorTask | null = null;
      for (const event of events) {
        const now = evolveAll(before, [event]);
        for (const [index, period] of now.periods.entries()) {
          const was = before?.periods[index];
          if (was === undefined) continue;
          expect(period.colours.slice(0, was.colours.length)).toEqual(was.colours);
          if (was.late) expect(period.late).toBe(true);
          if (period.late) expect(period.colours.at(-1)?.colour).not.toBe('green');
        }
        before = now;
      }
      for (const { colours } of state.periods) {
        const inOrder = colours.every(({ at: since }, i) => since >= (colours[i - 1]?.at ?? 0));
        const differ = colours.every(({ colour }, i) => colour !== colours[i - 1]?.colour);
        expect([inOrder, differ]).toEqual([true, true]);
      }
    });
  });

  test('what has ended waits for nothing, takes nothing and is watched by nothing', () => {
    inAnyLife(({ state, calendar, now }) => {
      if (!indicatorTask.ended(state)) return;
      expect(state).toMatchObject({ deadlines: [], red_unseen: [], withdrawal: null, weight_proposal: null });
      expect(indicatorTask.next(state)).toBeNull();
      for (const by of cast) expect(allowedCommands(state, viewerOf(by))).toEqual([]);
      expect(todosOf(state).filter(({ key }) => key !== 'accountability')).toEqual([]);
      expect(indicatorTask.pass(state, later(now, 400 * DAY), calendar)).toEqual([]);
    });
  });

  test('no two things that wait have one key, and no two tellings are the same for one role', () => {
    inAnyLife(({ events }, steps) => {
      for (const { after } of steps) {
        const keys = todosOf(after).map(({ key }) => key);
        expect(new Set(keys).size).toBe(keys.length);
      }
      let state: IndicatorTask | null = null;
      const told: string[] = [];
      for (const event of events) {
        state = evolveAll(state, [event]);
        told.push(...tellings(event, state).map(({ role, key }) => `${role} ${key}`));
      }
      expect(new Set(told).size).toBe(told.length);
    });
  });

  test('every event is told in Chinese, with no id, no code word and nothing undefined in it', () => {
    const names = { person: () => '某同志', unit: () => '市交通局', theme: () => '河长制' };
    inAnyLife(({ events }) => {
      for (const event of events) {
        const { title, why, deadlines } = explainIndicatorTask(event, names);
        const text = [title, why, ...deadlines].join('\n').replaceAll(/预警策略\w+/g, '');
        expect(title).toMatch(/\p{Script=Han}/u);
        expect(text).not.toMatch(/undefined|null|NaN|\[object|unit-|_/);
      }
    });
  });
});

describe('the table of an indicator task', { timeout: 60_000 }, () => {
  test('lets nothing through in a stage in which decide does not know it, and every pair in it can happen', () => {
    const wanted = commandNames.flatMap((name) =>
      commandTable[name].stages.map((stage) => `${stage} ${name}`),
    );
    const met = new Set<string>();
    for (const life of fc.sample(anyTaskLife, { numRuns: 250, seed: 710 })) {
      live(life, ({ before, at: then }) => {
        for (const name of commandNames) {
          if (!wanted.includes(`${before.stage} ${name}`) || met.has(`${before.stage} ${name}`)) continue;
          const day = { pick: 3, value: 9_999, days: 20, yes: true };
          const command = fillIn(name, day, { state: before, now: then });
          for (const by of cast) {
            const decided = indicatorTask.decide(before, command, { by, at: then, calendar });
            if (!isRefusal(decided)) met.add(`${before.stage} ${name}`);
          }
        }
      });
    }
    expect([...met].toSorted()).toEqual(wanted.toSorted());
  });
});
