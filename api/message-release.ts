/** After the signature, the template or the account at the provider was mended: what was held goes out. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { audit } from '../db/audit.ts';
import { heldRecipients, mended } from '../db/sms-stopped.ts';
import { done } from './audited.ts';
import type { AppDeps } from './deps.ts';
import { answer, closed } from './schemas.ts';

export const messageRelease =
  ({ db, clock, processes }: Pick<AppDeps, 'db' | 'clock' | 'processes'>): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.post(
      '/messages/commands/release',
      {
        config: { right: 'release_messages' },
        schema: {
          operationId: 'releaseMessages',
          summary: '短信配置修复后放行',
          tags: ['messages'],
          body: closed({}),
          response: {
            200: answer('已放行', closed({ recipients: Type.Integer({ description: '有短信待发的人数' }) })),
          },
        },
      },
      async (request) => {
        const at = await clock.now();
        await db.transaction().execute(async (tx) => {
          await mended(tx, at);
          await audit(tx, done(request, 'messages', {}));
        });
        const held = await heldRecipients(db);
        // One who cannot be reached now does not keep the others waiting; the same request again reaches all.
        const released = await Promise.allSettled(held.map((person) => processes.release(person)));
        for (const one of released) if (one.status === 'rejected') throw one.reason;
        return { recipients: held.length };
      },
    );
  };
