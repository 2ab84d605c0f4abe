import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { parseReceipts } from '../../sms/receipts.ts';
import type { Misbehaviour } from '../../sms/stand-in.ts';
import { gatewayTo, params, phone, receiver, standIn, today, until } from './carrier.ts';

const send = (endpoint: string, messageId: string, to = phone) =>
  gatewayTo(endpoint).send({ messageId, phone: to, params });

describe('receipts', () => {
  test('one is pushed for each message, as the carrier writes it', async () => {
    const api = await receiver();
    const provider = await standIn({ receiptUrl: api.url });
    provider.control({ clock: { at: '2026-11-20T09:00:00+08:00' } });
    const sent = await send(provider.endpoint, 'm1');
    await until(() => api.pushes.length === 1);
    expect(api.pushes).toEqual([
      [
        {
          phone_number: phone,
          send_time: '2026-11-20 09:00:00',
          report_time: '2026-11-20 09:00:00',
          success: true,
          err_code: 'DELIVERED',
          err_msg: '用户接收成功',
          sms_size: '1',
          biz_id: sent.outcome === 'accepted' ? sent.bizId : '',
          out_id: 'm1',
        },
      ],
    ]);
    expect(parseReceipts(api.pushes[0])).toMatchObject([{ delivered: true, outId: 'm1' }]);
  });

  test.each<[string, Misbehaviour, string[]]>([
    ['lost', { do: 'lose_receipt', next: 1 }, ['m2']],
    ['repeated', { do: 'repeat_receipt', times: 3, next: 1 }, ['m1', 'm1', 'm1', 'm2']],
    ['late', { do: 'delay_receipt', ms: 60, next: 1 }, ['m2', 'm1']],
    ['swapped', { do: 'swap_receipts', next: 1 }, ['m2', 'm1']],
    ['never, as nothing was delivered', { do: 'never_deliver', next: 1 }, ['m2']],
  ])('%s', async (_, wrong, expected) => {
    const api = await receiver();
    const provider = await standIn({ receiptUrl: api.url });
    provider.misbehave(wrong);
    await send(provider.endpoint, 'm1');
    await send(provider.endpoint, 'm2');
    await until(() => api.outIds().length >= expected.length);
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(api.outIds()).toEqual(expected);
  });

  test('a message that is never delivered stays open, and one that failed says why', async () => {
    const api = await receiver();
    const provider = await standIn({ receiptUrl: api.url });
    const gateway = gatewayTo(provider.endpoint);
    provider.misbehave({ do: 'never_deliver', phone });
    provider.misbehave({ do: 'not_delivered', errCode: 'MOBILE_NOT_ON_SERVICE', phone: '13800002222' });
    await send(provider.endpoint, 'm1');
    await send(provider.endpoint, 'm2', '13800002222');
    const ask = (messageId: string, to: string) => gateway.ask({ messageId, phone: to, sentOn: today() });
    expect(await ask('m1', phone)).toEqual({ found: true, status: 'waiting', errCode: null });
    expect(await ask('m2', '13800002222')).toEqual({
      found: true,
      status: 'failed',
      errCode: 'MOBILE_NOT_ON_SERVICE',
    });
    expect(provider.phones()).toEqual([]);
    await until(() => api.pushes.length === 1);
    expect(api.pushes[0]).toMatchObject([
      { success: false, err_code: 'MOBILE_NOT_ON_SERVICE', out_id: 'm2' },
    ]);
  });

  test('a push that is not answered is made again, three times, then never', async () => {
    const api = await receiver([500, 503, 200, 500, 500, 500, 500]);
    const provider = await standIn({ receiptUrl: api.url });
    await send(provider.endpoint, 'm1');
    await until(() => api.pushes.length === 3);
    await send(provider.endpoint, 'm2');
    await until(() => api.pushes.length === 7);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(api.outIds()).toEqual(['m1', 'm1', 'm1', 'm2', 'm2', 'm2', 'm2']);
  });

  test('an answer that takes longer than 700 ms comes too late', async () => {
    const api = await receiver(['silence']);
    const provider = await standIn({ receiptUrl: api.url });
    await send(provider.endpoint, 'm1');
    await expect.poll(() => api.outIds(), { timeout: 2000 }).toEqual(['m1', 'm1']);
  });
});

describe('misbehaviours', () => {
  test('meet the number or the count of calls that they were set for, and end', async () => {
    const provider = await standIn();
    provider.misbehave({ do: 'reject', code: 'isv.BLACK_KEY_CONTROL_LIMIT', phone });
    provider.misbehave({ do: 'reject', code: 'isp.SYSTEM_ERROR', next: 2 });
    const codes = [];
    for (const to of [phone, '13800002222', '13800003333', '13800004444', phone]) {
      const sent = await send(provider.endpoint, 'm', to);
      codes.push(sent.outcome === 'rejected' ? sent.code : sent.outcome);
    }
    expect(codes).toEqual([
      'isv.BLACK_KEY_CONTROL_LIMIT',
      'isp.SYSTEM_ERROR',
      'isp.SYSTEM_ERROR',
      'accepted',
      'isv.BLACK_KEY_CONTROL_LIMIT',
    ]);
    provider.behave();
    expect(await send(provider.endpoint, 'm')).toMatchObject({ outcome: 'accepted' });
  });

  test('the provider refuses by itself what the real one refuses', async () => {
    const provider = await standIn();
    const code = async (change: object, settings: object = {}) => {
      const sent = await gatewayTo(provider.endpoint, settings).send({
        messageId: 'm',
        phone,
        params,
        ...change,
      });
      return sent.outcome === 'rejected' ? sent.code : sent.outcome;
    };
    expect(await code({ phone: '1234' })).toBe('isv.MOBILE_NUMBER_ILLEGAL');
    expect(await code({ phone: '+8613800001111' })).toBe('accepted');
    expect(await code({ phone: `${phone},13800002222` })).toBe('isv.MOBILE_COUNT_OVER_LIMIT');
    expect(await code({ params: { count: '1' } })).toBe('isv.TEMPLATE_MISSING_PARAMETERS');
    expect(await code({ params: { count: 1, date: '' } })).toBe('isv.INVALID_JSON_PARAM');
    expect(await code({ templateCode: 'TPL' })).toBe('isv.SMS_TEMPLATE_ILLEGAL');
    expect(await code({}, { signName: '签' })).toBe('isv.SMS_SIGNATURE_ILLEGAL');
  });
});

describe('over HTTP', () => {
  test('it is set by POST /_control, and a body that is not understood is named', async () => {
    const provider = await standIn();
    const control = (body: unknown, type = 'application/json') =>
      fetch(`${provider.url}/_control`, {
        method: 'POST',
        headers: { 'content-type': type },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      });
    const set = await control({ misbehave: { do: 'cut', phone }, cap: 3, clock: { offsetMs: 1000 } });
    expect(set.status).toBe(200);
    expect(await (await fetch(`${provider.url}/_control`)).json()).toMatchObject({
      settings: { cap: 3, clockOffsetMs: 1000 },
      misbehaviours: [{ do: 'cut', phone }],
      calls: { SendSms: 0 },
    });
    const refused = await Promise.all(
      [{ misbehave: { do: 'explode' } }, { cap: -1 }, { other: 1 }, { clock: { at: 'noon' } }, '{', '[]'].map(
        async (body) => (await control(body)).status,
      ),
    );
    expect(refused).toEqual([400, 400, 400, 400, 400, 400]);
    expect((await control('{"cap":1}', 'text/plain')).status).toBe(405);
    expect((await control({ behave: true, cap: null })).status).toBe(200);
    expect(await send(provider.endpoint, 'm1')).toMatchObject({ outcome: 'accepted' });
  });

  test('the phones are read as JSON and as pages', async () => {
    const provider = await standIn();
    provider.control({ templates: { SMS_1: '<b>${count}</b>' } });
    await send(provider.endpoint, 'm1');
    const json = async (path: string) => (await fetch(provider.url + path)).json();
    expect(await json('/phones')).toMatchObject({ phones: [{ number: phone, messages: [{ outId: 'm1' }] }] });
    expect(await json(`/phones/${phone}`)).toMatchObject({ number: phone, messages: [{ outId: 'm1' }] });
    expect(await json('/phones/13900000000')).toEqual({ number: '13900000000', messages: [] });
    const page = async (path: string) =>
      (await fetch(provider.url + path, { headers: { accept: 'text/html' } })).text();
    expect(await page('/')).toContain(`<a href="/phones/${phone}">`);
    expect(await page(`/phones/${phone}`)).toContain('&lt;b&gt;2&lt;/b&gt;');
    expect((await fetch(`${provider.url}/phones/abc`)).status).toBe(404);
  });

  test('a call that was signed once is not taken twice, nor one that was altered, nor an old one', async () => {
    const provider = await standIn();
    const seen: { url: string; headers: Record<string, string> }[] = [];
    const tap = createServer((incoming, response) => {
      seen.push({ url: incoming.url ?? '', headers: incoming.headers as Record<string, string> });
      response.end('{}');
    });
    await new Promise<void>((listening) => tap.listen(0, '127.0.0.1', listening));
    onTestFinished(() => void tap.close());
    const address = tap.address();
    await send(`127.0.0.1:${typeof address === 'object' ? address?.port : ''}`, 'm1');
    const [call] = seen;
    if (call === undefined) throw new Error('no call seen');
    const repeat = (url: string, more: Record<string, string> = {}) =>
      new Promise<string>((resolve) => {
        // With the host header of the tap, which is part of what was signed.
        const again = request(provider.url + url, { method: 'POST', headers: { ...call.headers, ...more } });
        again.on('response', (response) => {
          let body = '';
          response.on('data', (part) => (body += String(part)));
          response.on('end', () => resolve((JSON.parse(body) as { Code: string }).Code));
        });
        again.end();
      });
    expect(await repeat(call.url.replace('13800001111', '13800002222'))).toBe('SignatureDoesNotMatch');
    expect(await repeat(call.url, { 'x-acs-action': 'QuerySendDetails' })).toBe('SignatureDoesNotMatch');
    expect(await repeat(call.url, { authorization: 'none' })).toBe('IncompleteSignature');
    expect(await repeat(call.url)).toBe('OK');
    expect(await repeat(call.url)).toBe('SignatureNonceUsed');
    expect(provider.messages()).toHaveLength(1);
  });
});

describe('a restart', () => {
  const stateFile = () => {
    const folder = mkdtempSync(join(tmpdir(), 'stand-in-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    return join(folder, 'state.jsonl');
  };

  test('forgets no message, no setting, no misbehaviour and no receipt that is still owed', async () => {
    const file = stateFile();
    const before = await standIn({ stateFile: file });
    before.control({ receiptAfterMs: 60_000, clock: { offsetMs: 5000 } });
    before.misbehave({ do: 'reject', code: 'isp.SYSTEM_ERROR', phone: '13800002222', next: 3 });
    await send(before.endpoint, 'm1');
    await send(before.endpoint, 'm2', '13800002222');
    const phones = before.phones();
    await before.stop();
    appendFileSync(file, '{"message":{"bizId":"cut in the midd');

    const api = await receiver();
    const between = await standIn({ stateFile: file });
    expect(between.phones()).toEqual(phones);
    await between.stop();
    const after = await standIn({ stateFile: file, receiptUrl: api.url });
    expect(after.phones()).toEqual(phones);
    const state: unknown = await (await fetch(`${after.url}/_control`)).json();
    expect(state).toMatchObject({
      misbehaviours: [{ next: 2 }],
      settings: { clockOffsetMs: 5000 },
      accepted: 1,
    });
    await send(after.endpoint, 'm3');
    await until(() => api.outIds().length === 2);
    expect(api.outIds().toSorted((a, b) => (a < b ? -1 : 1))).toEqual(['m1', 'm3']);
  });

  test('a receipt that was taken is not pushed again', async () => {
    const file = stateFile();
    const api = await receiver();
    const before = await standIn({ stateFile: file, receiptUrl: api.url });
    await send(before.endpoint, 'm1');
    await until(() => before.messages()[0]?.receipted === true);
    await before.stop();
    const after = await standIn({ stateFile: file, receiptUrl: api.url });
    await send(after.endpoint, 'm2');
    await until(() => api.outIds().length === 2);
    expect(api.outIds()).toEqual(['m1', 'm2']);
  });
});
