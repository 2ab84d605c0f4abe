/**
 * The carrier's push. Unsigned, so the secret is in the address, and a receipt may only ever confirm
 * a message that we sent; where the carrier's addresses are known, no others are listened to. Stored raw and answered at once (700 ms); worked on afterwards.
 */
import { timingSafeEqual } from 'node:crypto';
import { randomUUID } from 'node:crypto';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { stamp } from '../db/client.ts';
import { wallNow } from '../db/clock.ts';
import { isReceiptFault, parseReceipts, type Receipt } from '../sms/receipts.ts';
import type { AppDeps } from './deps.ts';
import { ApiProblem, notFound } from './problem.ts';
import { createReceiptWork, type KeptReceipt } from './receipt-work.ts';
import { closed } from './schemas.ts';
import { within } from './source-addresses.ts';

export const smsReceipts =
  (
    deps: Pick<AppDeps, 'db' | 'clock' | 'processes' | 'receiptSecret' | 'receiptSources'>,
  ): FastifyPluginAsyncTypebox =>
  async (app) => {
    const { db, receiptSecret, receiptSources = [] } = deps;
    const isCarrier = receiptSources.length === 0 ? () => true : within(receiptSources);
    const work = createReceiptWork(deps);
    const atWork = new Set<Promise<void>>();
    app.addHook('onClose', async () => {
      await Promise.allSettled(atWork);
    });

    app.post(
      '/sms/receipts/:secret',
      {
        config: { right: 'public', idempotency: false },
        schema: {
          operationId: 'receiveSmsReceipts',
          summary: '运营商推送的短信回执',
          tags: ['messages'],
          params: closed({ secret: Type.String({ maxLength: 200 }) }),
          body: Type.Array(Type.Unknown(), { maxItems: 1_000 }),
          response: { 200: closed({ code: Type.Integer(), msg: Type.String() }) },
        },
      },
      async (request) => {
        if (!same(request.params.secret, receiptSecret)) throw notFound();
        if (!isCarrier(request.ip)) {
          // It knows the secret: somebody has to look why, and into the settings first.
          request.log.warn({ from: request.ip }, 'receipts from outside SMS_RECEIPT_SOURCES are not taken');
          throw notFound();
        }
        const receipts = parseReceipts(request.body);
        if (isReceiptFault(receipts)) {
          throw new ApiProblem('invalid_request', '回执格式不符。', {
            errors: [{ pointer: receipts.fault, detail: '缺失或格式不符。', in: 'body' }],
          });
        }
        const id = randomUUID();
        const kept = receipts.map(withoutNumber);
        await db
          .insertInto('sms_receipt')
          .values({
            id,
            received_at: stamp(wallNow()),
            body: JSON.stringify(kept),
          })
          .execute();
        const underWay = work
          .workOn(kept, id)
          .catch((err: unknown) =>
            request.log.error(
              { err },
              'receipts stored but not worked on; that is made good, or they are asked for',
            ),
          );
        atWork.add(underWay);
        void underWay.finally(() => atWork.delete(underWay));
        return { code: 0, msg: '成功' };
      },
    );
  };

/** What another system sent under the same account may be called by anything, a number too. */
const withoutNumber = ({ phone: _, outId, ...rest }: Receipt): KeptReceipt => ({
  ...rest,
  outId: outId !== null && UUID.test(outId) ? outId : null,
});

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

function same(given: string, secret: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(secret)];
  return a.length === b.length && timingSafeEqual(a, b);
}
