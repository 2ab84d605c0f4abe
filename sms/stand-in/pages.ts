import { localTime } from './receipt-push.ts';
import type { Message } from './journal.ts';

/** A phone and what it has received, the newest last. */
export type Phone = { readonly number: string; readonly messages: readonly DeliveredMessage[] };
export type DeliveredMessage = {
  readonly outId: string;
  readonly bizId: string;
  readonly text: string;
  /** RFC 3339 would be the API's way; this is the provider's clock in its own: `2026-11-20 09:00:03`. */
  readonly at: string;
};

export function phonesOf(messages: readonly Message[]): Phone[] {
  const delivered = Map.groupBy(
    messages.filter((message) => message.status === 'delivered'),
    (message) => message.phone,
  );
  return [...delivered]
    .map(([number, received]) => ({ number, messages: received.map(deliveredOf) }))
    .toSorted((a, b) => (a.number < b.number ? -1 : 1));
}

export const phonesPage = (phones: readonly Phone[]): string =>
  page(
    '手机',
    phones.length === 0
      ? '<p>尚无短信。</p>'
      : `<ul>${phones
          .map(({ number, messages }) => {
            const latest = messages.at(-1);
            return `<li><a href="/phones/${number}">${number}</a> ${messages.length} 条<br><small>${escape(
              latest === undefined ? '' : `${latest.at} ${latest.text}`,
            )}</small></li>`;
          })
          .join('')}</ul>`,
  );

export const phonePage = ({ number, messages }: Phone): string =>
  page(
    number,
    `<p><a href="/phones">全部手机</a></p>${messages.length === 0 ? '<p>尚无短信。</p>' : ''}${messages
      .toReversed()
      .map(({ at, text }) => `<article><time>${at}</time><p>${escape(text)}</p></article>`)
      .join('')}`,
  );

const deliveredOf = (message: Message): DeliveredMessage => ({
  outId: message.outId,
  bizId: message.bizId,
  text: message.text,
  at: localTime(message.reportedAt ?? message.sentAt),
});

const escape = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

/** Reloads itself: whoever watches a demonstration leaves it open beside the system. */
const page = (title: string, body: string) => `<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><title>${escape(title)} · 短信替身</title>
<meta name="viewport" content="width=device-width"><meta http-equiv="refresh" content="5">
<style>
body{font:16px/1.6 system-ui,sans-serif;max-width:32rem;margin:1.5rem auto;padding:0 1rem;color:#222}
ul{padding:0;list-style:none}li,article{border-bottom:1px solid #ddd;padding:.6rem 0}
article p{margin:.2rem 0 0;background:#eef4ea;border-radius:.6rem;padding:.5rem .8rem}time,small{color:#777}
</style></head><body><h1>${escape(title)}</h1>${body}</body></html>
`;
