import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { rfc3339 } from '../../domain/time.ts';
import { mostReceipts, parseLocalTime, parseReceipts } from '../../sms/receipts.ts';

const pushed = {
  phone_number: '13800001111',
  send_time: '2026-11-20 08:59:58',
  report_time: '2026-11-20 09:00:03',
  success: true,
  err_code: 'DELIVERED',
  err_msg: '用户接收成功',
  sms_size: '1',
  biz_id: '12345^0',
  out_id: 'm1',
};

describe('a push of receipts', () => {
  test('is read with its times in the zone of Shanghai', () => {
    const receipts = parseReceipts([pushed]);
    if (!Array.isArray(receipts)) throw new Error(receipts.fault);
    expect(receipts.map((one) => ({ ...one, reportedAt: rfc3339(one.reportedAt) }))).toEqual([
      {
        phone: '13800001111',
        sentAt: parseLocalTime('2026-11-20 08:59:58'),
        reportedAt: '2026-11-20T09:00:03+08:00',
        delivered: true,
        errCode: 'DELIVERED',
        errMessage: '用户接收成功',
        parts: 1,
        bizId: '12345^0',
        outId: 'm1',
      },
    ]);
  });

  test('may hold fields that we do not know, and messages of other systems without our id', () => {
    const { out_id: _, ...foreign } = pushed;
    expect(parseReceipts([{ ...foreign, province: '青海' }, pushed])).toMatchObject([
      { outId: null },
      { outId: 'm1' },
    ]);
    expect(parseReceipts([])).toEqual([]);
  });

  test.each([
    ['not an array', pushed, 'not an array'],
    ['nothing', undefined, 'not an array'],
    ['null inside', [null], '/0/'],
    ['no number', [{ ...pushed, phone_number: 'x' }], '/0/phone_number'],
    ['a number that is none', [pushed, { ...pushed, phone_number: 13800001111 }], '/1/phone_number'],
    ['success as text', [{ ...pushed, success: 'true' }], '/0/success'],
    ['no id of the carrier', [{ ...pushed, biz_id: '' }], '/0/biz_id'],
    ['a day that does not exist', [{ ...pushed, report_time: '2026-02-30 09:00:00' }], '/0/report_time'],
    ['an hour that does not exist', [{ ...pushed, report_time: '2026-02-28 24:00:00' }], '/0/report_time'],
    ['another way to write a time', [{ ...pushed, send_time: '2026-11-20T09:00:00Z' }], '/0/send_time'],
    ['an id that is an object', [{ ...pushed, out_id: {} }], '/0/out_id'],
    ['an endless text', [{ ...pushed, err_msg: 'x'.repeat(300) }], '/0/err_msg'],
    ['too many', Array.from({ length: mostReceipts + 1 }, () => pushed), 'more than 1000 receipts'],
  ])('with %s is refused, saying where', (_, body, fault) => {
    expect(parseReceipts(body)).toEqual({ fault });
  });

  test('no input makes it throw, and no fault quotes a value', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.anything(),
          fc.array(fc.record(pushedWith(fc.oneof(fc.string(), fc.anything())), { requiredKeys: [] })),
        ),
        (body) => {
          const receipts = parseReceipts(body);
          if (!Array.isArray(receipts))
            expect(receipts.fault).toMatch(/^(not an array|more than|\/\d+\/\w*$)/);
        },
      ),
    );
  });

  const pushedWith = (value: fc.Arbitrary<unknown>) =>
    Object.fromEntries(Object.keys(pushed).map((name) => [name, value]));
});
