import { instant, instantOn, parseLocalDate } from '../domain/time.ts';
import type { Instant } from '../domain/time.ts';
import { maskPhonesIn } from './phone.ts';

/** What the carrier says became of a message. It may be forged: it can only confirm what we sent. */
export type Receipt = {
  readonly phone: string;
  readonly sentAt: Instant | null;
  readonly reportedAt: Instant;
  readonly delivered: boolean;
  readonly errCode: string | null;
  readonly errMessage: string | null;
  readonly parts: number | null;
  readonly bizId: string;
  /** Null for a message that another system sent under the same account. */
  readonly outId: string | null;
};

/** Where and what, without the values: they hold phone numbers. */
export type ReceiptFault = { readonly fault: string };

/** More than the carrier ever puts into one push. */
export const mostReceipts = 1000;

/** Reads a push of SmsReport: all of it or nothing, since a part could not be asked for again. */
export function parseReceipts(body: unknown): Receipt[] | ReceiptFault {
  if (!Array.isArray(body)) return { fault: 'not an array' };
  if (body.length > mostReceipts) return { fault: `more than ${mostReceipts} receipts` };
  const receipts: Receipt[] = [];
  for (const [index, one] of (body as unknown[]).entries()) {
    const receipt = receiptOf(one);
    if (typeof receipt === 'string') return { fault: `/${index}/${receipt}` };
    receipts.push(receipt);
  }
  return receipts;
}

/** The name of the field at fault instead of a receipt. Unknown fields are none of our business. */
function receiptOf(body: unknown): Receipt | string {
  if (typeof body !== 'object' || body === null) return '';
  const fields = new Map<string, unknown>(Object.entries(body));
  const text = (name: string) => {
    const value = fields.get(name);
    return typeof value === 'string' && value.length <= 256 ? value.trim() : null;
  };
  const optionalTexts = ['send_time', 'err_code', 'err_msg', 'sms_size', 'out_id'];
  const wrong = optionalTexts.find((name) => (fields.get(name) ?? null) !== null && text(name) === null);
  if (wrong !== undefined) return wrong;

  const phone = text('phone_number');
  if (phone === null || !/^\+?\d{5,20}$/.test(phone)) return 'phone_number';
  const bizId = text('biz_id');
  if (bizId === null || bizId === '') return 'biz_id';
  const delivered = fields.get('success');
  if (typeof delivered !== 'boolean') return 'success';
  const reportedAt = parseLocalTime(text('report_time') ?? '');
  if (reportedAt === null) return 'report_time';
  const sendTime = text('send_time') ?? '';
  const sentAt = sendTime === '' ? null : parseLocalTime(sendTime);
  if (sendTime !== '' && sentAt === null) return 'send_time';
  const size = text('sms_size') ?? '';
  if (size !== '' && !/^\d{1,3}$/.test(size)) return 'sms_size';
  return {
    phone,
    sentAt,
    reportedAt,
    delivered,
    errCode: text('err_code') || null,
    // The carrier's own words may quote the number.
    errMessage: maskPhonesIn(text('err_msg') ?? '') || null,
    parts: size === '' ? null : Number(size),
    bizId,
    outId: text('out_id') || null,
  };
}

/** `2026-11-20 09:00:03` by the clock of +08:00, whatever the zone of this process. */
export function parseLocalTime(text: string): Instant | null {
  const [, day = '', clock = '', second = ''] =
    /^(\d{4}-\d{2}-\d{2}) ((?:[01]\d|2[0-3]):[0-5]\d):([0-5]\d)$/.exec(text) ?? [];
  const date = parseLocalDate(day);
  return date === null ? null : instant(instantOn(date, clock) + Number(second) * 1000);
}

export const isReceiptFault = (read: readonly Receipt[] | ReceiptFault): read is ReceiptFault =>
  'fault' in read;
