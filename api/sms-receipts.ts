/**
 * The carrier's push. Unsigned, so the secret is in the address, and a receipt may only ever confirm
 * a message that we sent. Stored raw and answered at once (700 ms); worked on afterwards.
 */
import { timingSafeEqual } from 'node:crypto';
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { stamp } from '../db/client.ts';
import { wallNow } from '../db/clock.ts';
import { confirm } from '../db/messages.ts';
import { isReceiptFault, parseReceipts, type Receipt } from '../sms/receipts.ts';
import type { AppDeps } from './deps.ts';
import { ApiProblem, notFound } from './problem.ts';
import { closed } from './schemas.ts';

/** A receipt may overtake the answer to its own send. */
const LOOK_AGAIN_AFTER_MS = [0, 500, 3_000];

export const smsReceipts =
  ({
    db,
    clock,
    processes,
    receiptSecret,
  }: Pick<AppDeps, 'db' | 'clock' | 'processes' | 'receiptSecret'>): FastifyPluginAsyncTypebox =>
  async (app) => {
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
        const receipts = parseReceipts(request.body);
        if (isReceiptFault(receipts)) {
          throw new ApiProblem('invalid_request', '回执格式不符。', {
            errors: [{ pointer: receipts.fault, detail: '缺失或格式不符。', in: 'body' }],
          });
        }
        const id = randomUUID();
        await db
          .insertInto('sms_receipt')
          .values({
            id,
            received_at: stamp(wallNow()),
            body: JSON.stringify(receipts.map(withoutNumber)),
          })
          .execute();
        const work = workOn(receipts, id).catch((err: unknown) =>
          request.log.error({ err }, 'receipts stored but not worked on; they will be asked for'),
        );
        atWork.add(work);
        void work.finally(() => atWork.delete(work));
        return { code: 0, msg: '成功' };
      },
    );

    async function workOn(receipts: readonly Receipt[], id: string): Promise<void> {
      let left = receipts;
      for (const wait of LOOK_AGAIN_AFTER_MS) {
        if (left.length === 0) break;
        await pause(wait);
        const unknown: Receipt[] = [];
        for (const receipt of left) if (!(await takeIn(receipt))) unknown.push(receipt);
        left = unknown;
      }
      await db
        .updateTable('sms_receipt')
        .set({ worked_at: stamp(wallNow()) })
        .where('id', '=', id)
        .execute();
    }

    async function takeIn({ outId, bizId, delivered, errCode }: Receipt): Promise<boolean> {
      if (outId === null || !UUID.test(outId)) return true;
      const confirmed = await confirm(db, { outId, bizId, delivered, errCode }, await clock.now());
      if (confirmed === null) return false;
      await processes.handOver(confirmed.caused);
      await processes.receiptCame(confirmed.person_id, outId);
      return true;
    }
  };

/** What another system sent under the same account may be called by anything, a number too. */
const withoutNumber = ({ phone: _, outId, ...rest }: Receipt) => ({
  ...rest,
  outId: outId !== null && UUID.test(outId) ? outId : null,
});

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

function same(given: string, secret: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(secret)];
  return a.length === b.length && timingSafeEqual(a, b);
}
