import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { possibleSendDates } from '../../domain/message-in-flight.ts';
import {
  advance,
  defaultSending,
  nextReceiptCheck,
  treatment,
  treatmentOfAnswer,
} from '../../domain/message-life.ts';
import type { MessageState } from '../../domain/message-life.ts';
import { smsErrorTable } from '../../domain/sms-errors.ts';
import {
  billedParts,
  messageParams,
  renderTemplate,
  signedText,
  todoTemplate,
} from '../../domain/sms-text.ts';
import { HOUR, instantOn, later, localDate, MINUTE } from '../../domain/time.ts';

const at = instantOn(localDate('2026-11-20'), '09:00');
const first = { number: 1, firstAt: at };
const states: MessageState[] = [
  'claimed',
  'unknown',
  'accepted',
  'accepted_unconfirmed',
  'failed',
  'undelivered',
  'delivered',
];

describe('the state of a message only moves forward (reliability.md, fault 10)', () => {
  test('a receipt before the answer, twice, and an answer that comes late', () => {
    expect(advance('claimed', 'delivered')).toBe('delivered');
    expect(advance('delivered', 'delivered')).toBe('delivered');
    expect(advance('delivered', 'accepted')).toBe('delivered');
    expect(advance('delivered', 'unknown')).toBe('delivered');
  });

  test('the first word of the carrier stands', () => {
    expect(advance('undelivered', 'delivered')).toBe('undelivered');
    expect(advance('delivered', 'undelivered')).toBe('delivered');
  });

  test('a receipt that comes after the last check still counts', () => {
    expect(advance('accepted_unconfirmed', 'delivered')).toBe('delivered');
  });

  test('in whatever order the same news comes, the end is the same but for contradictions', () => {
    const news = fc.uniqueArray(fc.constantFrom(...states.filter((one) => one !== 'undelivered')));
    fc.assert(
      fc.property(news, fc.infiniteStream(fc.nat()), (all, picks) => {
        const end = (order: MessageState[]) => order.reduce(advance, 'claimed');
        const shuffled = all
          .map((one) => ({ one, key: picks.next().value }))
          .toSorted((a, b) => a.key - b.key)
          .map(({ one }) => one);
        expect(end(shuffled)).toBe(end(all));
        expect(end([...all, ...shuffled])).toBe(end(all));
      }),
    );
  });
});

describe('what happens after a send', () => {
  const expected = {
    retry: { do: 'retry', at: later(at, MINUTE) },
    wait_for_window: { do: 'wait_for_window', until: later(at, 2 * HOUR) },
    stop_all: { do: 'stop_all' },
    configuration: { do: 'hold_for_repair' },
    bad_recipient: { do: 'next_person' },
  } as const;

  test.each(smsErrorTable.flatMap((row) => row.codes.map((code) => [code, row.class] as const)))(
    'refused with %s: the treatment of %s',
    (code, kind) => {
      expect(treatment({ outcome: 'rejected', code }, first, at, defaultSending)).toMatchObject(
        expected[kind],
      );
    },
  );

  test('accepted: the receipt is awaited and asked for after 2, 10 and 60 minutes', () => {
    expect(treatment({ outcome: 'accepted' }, first, at, defaultSending)).toEqual({ do: 'await_receipt' });
    expect([0, 1, 2, 3].map((done) => nextReceiptCheck(at, done, defaultSending))).toEqual([
      later(at, 2 * MINUTE),
      later(at, 10 * MINUTE),
      later(at, 60 * MINUTE),
      null,
    ]);
  });

  test('an unknown code has failed and is named', () => {
    expect(treatment({ outcome: 'rejected', code: 'isv.NEW' }, first, at, defaultSending)).toEqual({
      do: 'failed',
      reason: 'isv.NEW',
    });
  });

  test('no answer: asked before anything is sent again (fault 7)', () => {
    const unknown = treatment({ outcome: 'unknown', reason: 'timeout' }, first, at, defaultSending);
    expect(unknown).toEqual({ do: 'ask_first', at: later(at, 10_000) });
    const answered = (answer: Parameters<typeof treatmentOfAnswer>[0]) =>
      treatmentOfAnswer(answer, first, at, defaultSending);
    expect(answered({ found: false })).toEqual({ do: 'retry', at });
    expect(answered({ found: true, status: 'waiting', errCode: null })).toEqual({ do: 'await_receipt' });
    expect(answered({ found: true, status: 'delivered', errCode: 'DELIVERED' })).toMatchObject({
      state: 'delivered',
    });
    expect(answered({ found: true, status: 'failed', errCode: 'MK:0001' })).toEqual({
      do: 'ended',
      state: 'undelivered',
      errCode: 'MK:0001',
    });
    expect(answered({ unreachable: 'timeout' })).toEqual({ do: 'ask_first', at: later(at, MINUTE) });
  });

  test('the pauses grow to an hour, and after 24 hours it has failed', () => {
    let attempt = first;
    let now = at;
    const pauses: number[] = [];
    for (;;) {
      const next = treatment({ outcome: 'rejected', code: 'isp.SYSTEM_ERROR' }, attempt, now, defaultSending);
      if (next.do !== 'retry') {
        expect(next).toEqual({ do: 'failed', reason: 'isp.SYSTEM_ERROR' });
        break;
      }
      pauses.push((next.at - now) / MINUTE);
      now = next.at;
      attempt = { ...attempt, number: attempt.number + 1 };
    }
    expect(pauses.slice(0, 8)).toEqual([1, 2, 4, 8, 16, 32, 60, 60]);
    expect(now).toBeGreaterThan(later(at, 22 * HOUR));
    expect(now).toBeLessThanOrEqual(later(at, 24 * HOUR));
  });

  test('a send around midnight is looked for under both days', () => {
    const on = (date: string, clock: string) => possibleSendDates(instantOn(localDate(date), clock));
    expect(on('2026-11-20', '12:00')).toEqual(['2026-11-20']);
    expect(on('2026-11-20', '23:50')).toEqual(['2026-11-20', '2026-11-21']);
    expect(on('2026-11-21', '00:05')).toEqual(['2026-11-20', '2026-11-21']);
  });
});

describe('the words', () => {
  const due = (thing: string, date: string) => ({ thing, due: localDate(date) });

  test('a thing that missed several levels counts once, and the nearest date is named', () => {
    const params = messageParams([due('a', '2026-11-25'), due('a', '2026-11-25'), due('b', '2026-11-21')]);
    expect(params).toEqual({ count: '2', date: '2026-11-21' });
    expect(renderTemplate(todoTemplate, params)).toEqual({
      text: '您有2项待办，最近一项将于2026-11-21到期，请登录系统办理。',
    });
  });

  test('a missing parameter is named', () => {
    expect(renderTemplate(todoTemplate, { count: '1' })).toEqual({ missing: 'date' });
    expect(renderTemplate('${toString}', {})).toEqual({ missing: 'toString' });
  });

  test('up to 70 characters one message, beyond that parts of 67', () => {
    const lengths = [1, 70, 71, 134, 135, 201, 202];
    expect(lengths.map((length) => billedParts('字'.repeat(length)))).toEqual([1, 1, 2, 2, 3, 3, 4]);
  });

  test('the usual message fits into one part with the longest signature', () => {
    const rendered = renderTemplate(todoTemplate, { count: '999', date: '2026-11-21' });
    if ('missing' in rendered) throw new Error(rendered.missing);
    expect(billedParts(signedText('十二个字的单位签名全称啊', rendered.text))).toBe(1);
  });
});
