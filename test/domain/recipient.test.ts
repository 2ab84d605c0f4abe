import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as flight from '../../domain/message-in-flight.ts';
import { claim, release, tried } from '../../domain/message-in-flight.ts';
import type { Treatment } from '../../domain/message-life.ts';
import {
  defaultRecipientRules,
  forget,
  gatherAfterOutage,
  hear,
  highestLevel,
  plan,
  quietRecipient,
} from '../../domain/recipient.ts';
import type { MessageLevel, RecipientState, Waiting } from '../../domain/recipient.ts';
import { DAY, HOUR, instantOn, later, localDate, MINUTE, officeTime } from '../../domain/time.ts';
import type { Instant } from '../../domain/time.ts';
import { calendar } from './official-calendar.ts';

const rules = defaultRecipientRules;
const on = (date: string, clock: string) => instantOn(localDate(date), clock);
const waiting = (notificationId: string, level: MessageLevel, at: Instant): Waiting => ({
  notificationId,
  level,
  at,
});
const told = (state: RecipientState, id: string, level: MessageLevel, at: Instant) =>
  hear(state, waiting(id, level, at), at, rules);
const settle = (state: RecipientState, treated: Treatment, at: Instant) =>
  flight.settle(state, treated, at, rules, calendar);
const planned = (state: RecipientState, at: Instant) => plan(state, at, rules, calendar);
const waitsUntil = (state: RecipientState, at: Instant) => {
  const next = planned(state, at);
  return next.do === 'wait' ? officeTime(next.until) : next.do;
};
const sends = (state: RecipientState, at: Instant) => {
  const next = planned(state, at);
  return next.do === 'send' ? next.notificationIds : next.do;
};
/** From claiming to acceptance. */
function sent(state: RecipientState, messageId: string, at: Instant): RecipientState {
  const next = planned(state, at);
  if (next.do !== 'send') throw new Error(`nothing to send: ${next.do}`);
  return settle(tried(claim(state, next, messageId, at), 'send', at, rules), { do: 'await_receipt' }, at);
}

const morning = on('2026-11-20', '09:00'); // a Friday

describe('bundling', () => {
  test('five items that fall due for one person within a minute make one message', () => {
    let state = quietRecipient;
    for (let i = 1; i <= 5; i += 1) state = told(state, `n${i}`, 'bell', later(morning, i * 10_000));
    expect(planned(state, later(morning, MINUTE))).toEqual({
      do: 'wait',
      until: later(morning, MINUTE + 10_000),
    });
    expect(sends(state, later(morning, MINUTE + 10_000))).toEqual(['n1', 'n2', 'n3', 'n4', 'n5']);
  });

  test('a red card joins the window of the bell before it and does not lengthen it', () => {
    let state = told(quietRecipient, 'bell', 'bell', morning);
    state = told(state, 'red', 'red_card', later(morning, 50_000));
    expect(sends(state, later(morning, MINUTE))).toEqual(['bell', 'red']);
  });

  test('a notification that is told twice is sent once, also after it was sent', () => {
    let state = told(told(quietRecipient, 'n1', 'bell', morning), 'n1', 'bell', later(morning, 1000));
    expect(sends(state, later(morning, MINUTE))).toEqual(['n1']);
    state = told(sent(state, 'm1', later(morning, MINUTE)), 'n1', 'bell', later(morning, HOUR));
    expect(planned(state, later(morning, 2 * HOUR))).toEqual({ do: 'sleep' });
  });

  test('after an outage the thresholds that passed in it make one message with the highest level', () => {
    const back = on('2026-11-23', '10:00');
    let state = hear(quietRecipient, waiting('bell', 'bell', on('2026-11-18', '09:00')), back, rules);
    state = hear(state, waiting('yellow', 'yellow_card', on('2026-11-20', '09:00')), later(back, 400), rules);
    state = hear(state, waiting('red', 'red_card', on('2026-11-21', '00:00')), later(back, 900), rules);
    expect(sends(state, later(back, MINUTE))).toEqual(['bell', 'yellow', 'red']);
    expect(highestLevel(state.waiting.map((one) => one.level))).toBe('red_card');
  });

  test('what waited through an outage is not sent before what others have to catch up on', () => {
    const before = told(quietRecipient, 'bell', 'bell', on('2026-11-19', '19:30'));
    const back = on('2026-11-20', '10:00');
    expect(sends(before, back)).toEqual(['bell']);
    const gathering = gatherAfterOutage(before, back, rules, calendar);
    expect(waitsUntil(gathering, back)).toBe('2026-11-20 10:01');
    const more = told(gathering, 'red', 'red_card', later(back, 30_000));
    expect(sends(gatherAfterOutage(more, later(back, MINUTE), rules, calendar), later(back, MINUTE))).toEqual(
      ['bell', 'red'],
    );
    // What goes out when it should does not wait once more.
    const onTime = told(quietRecipient, 'n1', 'bell', on('2026-11-19', '21:00'));
    const opens = on('2026-11-20', '08:30');
    expect(gatherAfterOutage(onTime, opens, rules, calendar)).toBe(onTime);
  });

  test('what was taken back before it went out is not sent', () => {
    const state = told(told(quietRecipient, 'n1', 'bell', morning), 'n2', 'bell', morning);
    expect(sends(forget(state, ['n1']), later(morning, MINUTE))).toEqual(['n2']);
    expect(planned(forget(state, ['n1', 'n2']), later(morning, MINUTE))).toEqual({ do: 'sleep' });
  });
});

describe('quiet hours hold the message', () => {
  test('of Friday evening until Monday 08:30', () => {
    const state = told(quietRecipient, 'n1', 'yellow_card', on('2026-11-20', '20:00'));
    expect(waitsUntil(state, on('2026-11-20', '20:01'))).toBe('2026-11-23 08:30');
  });

  test('of a red card over the night only, and what waited goes along on Saturday morning', () => {
    let state = told(quietRecipient, 'bell', 'bell', on('2026-11-20', '21:00'));
    state = told(state, 'red', 'red_card', on('2026-11-21', '00:00'));
    expect(waitsUntil(state, on('2026-11-21', '00:05'))).toBe('2026-11-21 08:30');
    expect(sends(state, on('2026-11-21', '08:30'))).toEqual(['bell', 'red']);
  });

  test('when a bundle window ends in them', () => {
    const state = told(quietRecipient, 'n1', 'bell', on('2026-11-19', '19:59'));
    expect(waitsUntil(state, on('2026-11-19', '19:59'))).toBe('2026-11-20 08:30');
  });
});

describe('the budget', () => {
  const after = (count: number): RecipientState => ({
    ...quietRecipient,
    submissions: Array.from({ length: count }, (_, i) => later(morning, i * 1000)),
  });

  test('the forty-first message of a day is a digest, three hours later', () => {
    const state = told(after(40), 'n41', 'red_card', later(morning, HOUR));
    expect(waitsUntil(state, later(morning, 2 * HOUR))).toBe('2026-11-20 12:00');
    expect(planned(state, later(morning, 4 * HOUR))).toEqual({
      do: 'send',
      notificationIds: ['n41'],
      digest: true,
    });
  });

  test('sixty warnings in one day reach a leader in fewer than fifty messages, none missing', () => {
    let state = quietRecipient;
    const carried: string[] = [];
    let messages = 0;
    const dayBegins = on('2026-11-20', '08:30');
    for (let minute = 0; minute < 2 * 24 * 60; minute += 1) {
      const at = later(dayBegins, minute * MINUTE);
      if (minute % 10 === 0 && minute < 600) state = told(state, `n${minute}`, 'red_card', at);
      const next = planned(state, at);
      if (next.do === 'send') {
        messages += 1;
        carried.push(...next.notificationIds);
        state = sent(state, `m${minute}`, at);
      }
    }
    expect(new Set(carried).size).toBe(60);
    expect(carried).toHaveLength(60);
    expect(messages).toBeLessThan(45);
  });

  test('a cap that the provider sees and we do not makes the next one a digest at its window', () => {
    const state = told(quietRecipient, 'n1', 'yellow_card', morning);
    const at = later(morning, MINUTE);
    const next = planned(state, at);
    if (next.do !== 'send') throw new Error('not sent');
    const flying = tried(claim(state, next, 'm1', at), 'send', at, rules);
    const held = settle(flying, { do: 'wait_for_window', until: later(at, 2 * HOUR) }, at);
    const more = told(held, 'n2', 'bell', later(at, MINUTE));
    expect(waitsUntil(more, later(at, 2 * MINUTE))).toBe('2026-11-20 11:01');
    expect(planned(more, later(at, 2 * HOUR))).toEqual({
      do: 'send',
      notificationIds: ['n1', 'n2'],
      digest: true,
    });
  });
});

describe('one message at a time', () => {
  test('while one is in flight the next waits, and both end in one message each', () => {
    const state = told(quietRecipient, 'n1', 'bell', morning);
    const at = later(morning, MINUTE);
    const next = planned(state, at);
    if (next.do !== 'send') throw new Error('not sent');
    let flying = tried(claim(state, next, 'm1', at), 'send', at, rules);
    flying = told(flying, 'n2', 'red_card', at);
    expect(planned(flying, later(at, HOUR))).toEqual({ do: 'sleep' });
    flying = settle(flying, { do: 'ask_first', at: later(at, 10_000) }, at);
    expect(flying.inFlight?.next).toEqual({ do: 'ask', at: later(at, 10_000) });
    const landed = settle(flying, { do: 'await_receipt' }, later(at, 10_000));
    expect(landed.awaiting.map((one) => one.messageId)).toEqual(['m1']);
    expect(sends(landed, later(at, MINUTE))).toEqual(['n2']);
  });

  test('a retry waits out the quiet hours, and they do not count as time spent trying', () => {
    const evening = on('2026-11-20', '19:50');
    const state = told(quietRecipient, 'n1', 'yellow_card', evening);
    const at = later(evening, MINUTE);
    const next = planned(state, at);
    if (next.do !== 'send') throw new Error('not sent');
    const flying = tried(claim(state, next, 'm1', at), 'send', at, rules);
    const soon = settle(flying, { do: 'retry', at: later(at, MINUTE) }, at);
    expect(soon.inFlight?.next).toEqual({ do: 'send', at: later(at, MINUTE) });
    const held = settle(flying, { do: 'retry', at: later(at, HOUR) }, at);
    const monday = on('2026-11-23', '08:30');
    expect(held.inFlight?.next).toEqual({ do: 'send', at: monday });
    expect(monday - (held.inFlight?.firstAt ?? 0)).toBe(HOUR);
  });

  const refusedAt = (at: Instant, treated: Treatment, before = quietRecipient) => {
    const state = told(before, `n@${at}`, 'bell', at);
    const next = planned(state, later(at, MINUTE));
    if (next.do !== 'send') throw new Error('not sent');
    const flying = tried(claim(state, next, `m@${at}`, later(at, MINUTE)), 'send', later(at, MINUTE), rules);
    return settle(flying, treated, later(at, MINUTE));
  };
  const stopAll = (until: Instant): Treatment => ({ do: 'stop_all', code: 'isv.AMOUNT_NOT_ENOUGH', until });

  test('a code that stops all keeps everything until the next probe, which is one message', () => {
    const stopped = refusedAt(morning, stopAll(later(morning, 6 * MINUTE)));
    const more = told(stopped, 'n2', 'red_card', later(morning, 2 * MINUTE));
    expect(waitsUntil(more, later(morning, 5 * MINUTE))).toBe('2026-11-20 09:06');
    expect(sends(more, later(morning, 6 * MINUTE))).toEqual([`n@${morning}`, 'n2']);
    expect(sends(release(more), later(morning, 5 * MINUTE))).toEqual([`n@${morning}`, 'n2']);
  });

  test('a fault of configuration keeps everything until it is mended, however long, then one message', () => {
    const held = refusedAt(morning, { do: 'hold_for_repair', code: 'isv.SMS_TEMPLATE_ILLEGAL' });
    const more = told(held, 'n2', 'red_card', later(morning, HOUR));
    expect(planned(more, later(morning, 7 * DAY))).toEqual({ do: 'sleep' });
    expect(sends(release(more), later(morning, 7 * DAY))).toEqual([`n@${morning}`, 'n2']);
  });

  test('a hundred refused probes leave the budget of the number untouched', () => {
    let state = quietRecipient;
    for (let probe = 0; probe < 100; probe += 1) {
      const at = later(morning, probe * 5 * MINUTE);
      state = refusedAt(at, stopAll(later(at, 5 * MINUTE)), state);
    }
    expect(state.submissions).toEqual([]);
    expect(state.waiting).toHaveLength(100);
  });

  test('what was opened carries what was still to be said; the rest waits or is forgotten', () => {
    let state = quietRecipient;
    for (const id of ['kept', 'gone', 'late']) state = told(state, id, 'bell', morning);
    const next = planned(state, later(morning, MINUTE));
    if (next.do !== 'send') throw new Error('not sent');
    const flying = claim(state, { ...next, notificationIds: ['kept'] }, 'm1', later(morning, MINUTE));
    expect(flying.inFlight?.notifications.map((one) => one.notificationId)).toEqual(['kept']);
    expect(forget(flying, ['gone']).waiting.map((one) => one.notificationId)).toEqual(['late']);
  });
});

describe('whatever comes in whatever order', () => {
  const level = fc.constantFrom<MessageLevel>('bell', 'yellow_card', 'red_card', 'notice');
  const step = fc.record({
    pause: fc.oneof(fc.integer({ min: 0, max: 90_000 }), fc.integer({ min: 0, max: 9 * HOUR })),
    id: fc.integer({ min: 0, max: 30 }).map((n) => `n${n}`),
    level,
    outcome: fc.constantFrom<Treatment['do']>(
      'await_receipt',
      'ended',
      'ask_first',
      'stop_all',
      'wait_for_window',
      'retry',
    ),
  });

  test('every notification is accepted in exactly one message, and no state loses or doubles one', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 60 }), (steps) => {
        let state = quietRecipient;
        let at = morning;
        const ended: string[] = [];
        const heard = new Set<string>();
        const turn = (outcome: Treatment['do']) => {
          const next = planned(state, at);
          if (next.do === 'send') {
            const messageId = `m${ended.length}@${at}`;
            state = claim(state, next, messageId, at);
            expect(claim(state, next, 'again', at)).toBe(state);
          }
          if (state.inFlight === null) return;
          const ids = state.inFlight.notifications.map((one) => one.notificationId);
          state = settle(tried(state, 'send', at, rules), treated(outcome, at), at);
          if (outcome === 'await_receipt' || outcome === 'ended') ended.push(...ids);
        };
        for (const { pause, id, level: how, outcome } of steps) {
          at = later(at, pause);
          heard.add(id);
          state = told(state, id, how, at);
          turn(outcome);
          if (outcome !== 'stop_all') state = release(state);
          state = JSON.parse(JSON.stringify(state)) as RecipientState;
        }
        state = release(state);
        for (let i = 0; i < 60 && (state.waiting.length > 0 || state.inFlight !== null); i += 1) {
          const next = planned(state, at);
          if (next.do === 'wait') at = next.until;
          turn('await_receipt');
        }
        expect(ended.toSorted()).toEqual([...heard].toSorted());
        expect(state.submissions.length).toBeLessThanOrEqual(200);
        expect(at).toBeLessThan(later(morning, 60 * 9 * HOUR + 20 * DAY));
      }),
      { numRuns: 150 },
    );
  });

  function treated(outcome: Treatment['do'], at: Instant): Treatment {
    switch (outcome) {
      case 'ended':
        return { do: 'ended', state: 'delivered', errCode: null };
      case 'ask_first':
      case 'retry':
        return { do: outcome, at };
      case 'stop_all':
        return { do: 'stop_all', code: 'isv.OUT_OF_SERVICE', until: later(at, HOUR) };
      case 'wait_for_window':
        return { do: 'wait_for_window', until: later(at, HOUR) };
      default:
        return { do: 'await_receipt' };
    }
  }
});
