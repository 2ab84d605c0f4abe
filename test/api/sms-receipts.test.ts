/** Who may push receipts: whoever knows the secret and, where they are named, comes from the carrier's networks. */
import { afterAll, expect, test } from 'vitest';
import { testApi, testSettings, type TestApi } from '../support/api.ts';

const SECRET = 'test-receipt-secret';
const apis: TestApi[] = [];
afterAll(async () => {
  for (const api of apis) await api.close();
});

async function listening(receiptSources: readonly string[], trustProxy: string[] = []): Promise<TestApi> {
  const api = await testApi({ receiptSources, settings: { ...testSettings, trustProxy } });
  apis.push(api);
  return api;
}

type From = { readonly peer: string; readonly forwardedFor?: string; readonly secret?: string };

const push = async ({ app }: TestApi, { peer, forwardedFor, secret = SECRET }: From) => {
  const answer = await app.inject({
    method: 'POST',
    url: `/api/v1/sms/receipts/${secret}`,
    remoteAddress: peer,
    headers: forwardedFor === undefined ? {} : { 'x-forwarded-for': forwardedFor },
    payload: [],
  });
  return answer.statusCode;
};

const carrier = '203.0.113.9';
const stranger = '198.51.100.7';
const proxy = '10.213.77.5';

test('without networks of the carrier the secret alone decides', async () => {
  const api = await listening([]);
  expect(await push(api, { peer: stranger })).toBe(200);
  expect(await push(api, { peer: stranger, secret: 'another' })).toBe(404);
});

test('with them a stranger who knows the secret is answered like one who does not, and it is in the log', async () => {
  const api = await listening(['203.0.113.0/24', '2001:db8::/32', '192.0.2.1']);
  for (const peer of [carrier, '192.0.2.1', '2001:db8::7', `::ffff:${carrier}`])
    expect([peer, await push(api, { peer })]).toEqual([peer, 200]);
  for (const peer of [stranger, '192.0.2.2', '2001:db9::7', `::ffff:${stranger}`])
    expect([peer, await push(api, { peer })]).toEqual([peer, 404]);
  expect(await push(api, { peer: carrier, secret: 'another' })).toBe(404);
  expect(api.log.filter((line) => line.includes('SMS_RECEIPT_SOURCES'))).toHaveLength(4);
  expect(await api.db.selectFrom('sms_receipt').select('id').execute()).toHaveLength(4);
});

test('behind a proxy the address counts that the proxy names, and only a trusted proxy may name one', async () => {
  const api = await listening(['203.0.113.0/24'], ['10.213.77.0/24']);
  expect(await push(api, { peer: proxy, forwardedFor: carrier })).toBe(200);
  expect(await push(api, { peer: proxy, forwardedFor: stranger })).toBe(404);
  expect(await push(api, { peer: proxy })).toBe(404);
  // What a client says of itself comes before what the proxy adds.
  expect(await push(api, { peer: proxy, forwardedFor: `${carrier}, ${stranger}` })).toBe(404);
  expect(await push(api, { peer: proxy, forwardedFor: 'carrier' })).toBe(404);
  expect(await push(api, { peer: stranger, forwardedFor: carrier })).toBe(404);

  const trustsNobody = await listening(['203.0.113.0/24']);
  expect(await push(trustsNobody, { peer: proxy, forwardedFor: carrier })).toBe(404);
});
