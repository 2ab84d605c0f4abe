import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { errorClass, gatewayErrorTable, smsErrorTable } from '../../domain/sms-errors.ts';
import { gatewayTo, params, phone, standIn, today } from './carrier.ts';

const message = { messageId: 'm1', phone, params };
const question = () => ({ messageId: 'm1', phone, sentOn: today() });

describe('the real SDK against the stand-in', () => {
  test('a message is accepted, shown on the phone and found by our id', async () => {
    const provider = await standIn();
    const gateway = gatewayTo(provider.endpoint);
    const sent = await gateway.send(message);
    expect(sent).toEqual({
      outcome: 'accepted',
      bizId: expect.stringMatching(/^\d+\^0$/) as string,
      requestId: expect.stringMatching(/^[0-9A-F-]{36}$/) as string,
    });
    expect(provider.phone(phone).messages.map((one) => one.text)).toEqual([
      '【督考平台】您有2项待办，最近一项将于2026-11-21到期，请登录系统办理。',
    ]);
    expect(await gateway.ask(question())).toEqual({ found: true, status: 'delivered', errCode: 'DELIVERED' });
    expect(await gateway.ask({ ...question(), messageId: 'm2' })).toEqual({ found: false });
  });

  test('every sign that a query can hold survives the signature', async () => {
    const provider = await standIn();
    provider.control({ templates: { SMS_2: '${text}' } });
    const text = `!'()*~ +%&=?/#\u00e9督考😀"\\`;
    const gateway = gatewayTo(provider.endpoint);
    expect(await gateway.send({ ...message, params: { text }, templateCode: 'SMS_2' })).toMatchObject({
      outcome: 'accepted',
    });
    expect(provider.phone(phone).messages[0]?.text).toBe(`【督考平台】${text}`);
  });

  test('a wrong secret and a wrong key are refused, and nothing is accepted', async () => {
    const provider = await standIn();
    const sendWith = (keys: object) => gatewayTo(provider.endpoint, keys).send(message);
    expect(await sendWith({ accessKeySecret: 'another' })).toMatchObject({
      outcome: 'rejected',
      code: 'SignatureDoesNotMatch',
    });
    expect(await sendWith({ accessKeyId: 'another' })).toMatchObject({ code: 'InvalidAccessKeyId.NotFound' });
    expect(await gatewayTo(provider.endpoint, { accessKeySecret: 'another' }).ask(question())).toEqual({
      unreachable: 'SignatureDoesNotMatch',
    });
    expect(provider.messages()).toEqual([]);
    expect(provider.calls()).toEqual({ SendSms: 0, QuerySendDetails: 0 });
  });

  test('each code of the tables comes back as it is, and with it its class', async () => {
    const provider = await standIn();
    const gateway = gatewayTo(provider.endpoint);
    for (const row of [...smsErrorTable, ...gatewayErrorTable]) {
      for (const code of row.codes) {
        provider.misbehave({ do: 'reject', code, next: 1 });
        const sent = await gateway.send(message);
        expect(sent).toMatchObject({ outcome: 'rejected', code });
        expect(errorClass(code)).toBe(row.class);
      }
    }
    expect(provider.messages()).toEqual([]);
  });

  test('the fifty-first notice within 24 hours by the clock of the provider is refused', async () => {
    const provider = await standIn();
    const gateway = gatewayTo(provider.endpoint, { readTimeoutMs: 2000 });
    provider.control({ clock: { at: '2026-11-20T09:00:00+08:00' } });
    for (let i = 0; i < 50; i += 1) {
      expect(await gateway.send({ ...message, messageId: `m${i}` })).toMatchObject({ outcome: 'accepted' });
    }
    const onceMore = (more: object = {}) => gateway.send({ ...message, ...more });
    expect(await onceMore()).toMatchObject({ code: 'isv.BUSINESS_LIMIT_CONTROL' });
    expect(await onceMore({ phone: '13800002222' })).toMatchObject({ outcome: 'accepted' });
    expect(await onceMore({ templateCode: 'SMS_2' })).toMatchObject({ outcome: 'accepted' });
    provider.control({ clock: { at: '2026-11-21T08:59:00+08:00' } });
    expect(await onceMore()).toMatchObject({ code: 'isv.BUSINESS_LIMIT_CONTROL' });
    provider.control({ clock: { at: '2026-11-21T09:01:00+08:00' } });
    expect(await onceMore()).toMatchObject({ outcome: 'accepted' });
  });

  test('more messages of a day than one page holds are all looked through', async () => {
    const provider = await standIn();
    provider.control({ cap: null });
    const gateway = gatewayTo(provider.endpoint, { readTimeoutMs: 2000 });
    for (let i = 0; i < 101; i += 1) await gateway.send({ ...message, messageId: `m${i}` });
    expect(await gateway.ask({ ...question(), messageId: 'm0' })).toMatchObject({ found: true });
    expect(await gateway.ask({ ...question(), messageId: 'none' })).toEqual({ found: false });
  });
});

describe('no answer (reliability.md, faults 5 and 7): asked, then known', () => {
  test.each([
    ['hangs before accepting', { do: 'hang_before_accepting' } as const, 'timeout', false],
    ['hangs after accepting', { do: 'hang_after_accepting' } as const, 'timeout', true],
    ['cuts the connection before', { do: 'cut' } as const, 'connection_cut', false],
    ['cuts the connection after', { do: 'cut', accepted: true } as const, 'connection_cut', true],
    ['answers 503 before', { do: 'server_error' } as const, 'http_503', false],
    ['answers 502 after', { do: 'server_error', status: 502, accepted: true } as const, 'http_502', true],
    ['answers what nobody can read', { do: 'garble', accepted: true } as const, 'unreadable_answer', true],
  ])('the provider %s', async (_, wrong, reason, found) => {
    const provider = await standIn();
    const gateway = gatewayTo(provider.endpoint);
    provider.misbehave({ ...wrong, next: 1 });
    expect(await gateway.send(message)).toEqual({ outcome: 'unknown', reason });
    expect(await gateway.ask(question())).toMatchObject({ found });
    expect(provider.calls().SendSms, 'called once: the SDK does not repeat').toBe(1);
    if (!found) expect(await gateway.send(message)).toMatchObject({ outcome: 'accepted' });
    expect(provider.phone(phone).messages).toHaveLength(1);
  });

  test('a message that the provider takes in after all is found once it has', async () => {
    const provider = await standIn();
    const gateway = gatewayTo(provider.endpoint, { connectTimeoutMs: 30, readTimeoutMs: 30 });
    provider.misbehave({ do: 'hang_before_accepting', ms: 400, next: 1 });
    expect(await gateway.send(message)).toEqual({ outcome: 'unknown', reason: 'timeout' });
    expect(await gateway.ask(question())).toEqual({ found: false });
    await expect.poll(() => gateway.ask(question())).toMatchObject({ found: true });
  });

  test('slower than the connect time-out but within the time for the answer is still an answer', async () => {
    const provider = await standIn();
    const gateway = gatewayTo(provider.endpoint, { connectTimeoutMs: 30, readTimeoutMs: 1000 });
    provider.misbehave({ do: 'hang_after_accepting', ms: 150, next: 1 });
    expect(await gateway.send(message)).toMatchObject({ outcome: 'accepted' });
  });

  test('asking can fail the same ways, and says so', async () => {
    const provider = await standIn();
    const gateway = gatewayTo(provider.endpoint);
    await gateway.send(message);
    const answers = [];
    for (const wrong of [
      { do: 'hang_before_accepting' } as const,
      { do: 'cut' } as const,
      { do: 'server_error' } as const,
      { do: 'garble' } as const,
      { do: 'reject', code: 'isv.OUT_OF_SERVICE' } as const,
    ]) {
      provider.misbehave({ ...wrong, action: 'QuerySendDetails', next: 1 });
      answers.push(await gateway.ask(question()));
    }
    expect(answers).toEqual([
      { unreachable: 'timeout' },
      { unreachable: 'connection_cut' },
      { unreachable: 'http_503' },
      { unreachable: 'unreadable_answer' },
      { unreachable: 'isv.OUT_OF_SERVICE' },
    ]);
    expect(await gateway.ask(question())).toMatchObject({ found: true });
  });

  test('nobody listens', async () => {
    const provider = await standIn();
    const gateway = gatewayTo(provider.endpoint);
    await provider.stop();
    expect(await gateway.send(message)).toEqual({ outcome: 'unknown', reason: 'connection_refused' });
    expect(await gateway.ask(question())).toEqual({ unreachable: 'connection_refused' });
  });
});

describe('anything that answers', () => {
  /** A server that says the same to every call. */
  async function saying(status: number, body: string, more?: 'and then nothing' | 'then cut') {
    const server = createServer((_, response) => {
      response.writeHead(status, {
        'content-type': 'application/json',
        'content-length': body.length + (more ? 9 : 0),
      });
      if (more === undefined) response.end(body);
      else response.write(body, () => more === 'then cut' && response.socket?.destroy());
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    return gatewayTo(`127.0.0.1:${(server.address() as AddressInfo).port}`).send(message);
  }

  test.each([
    [200, 'null', 'unreadable_answer'],
    [200, '[]', 'unreadable_answer'],
    [200, '{}', 'unreadable_answer'],
    [200, '{"Code":"OK"}', 'unreadable_answer'],
    [200, '"OK"', 'unexplained'],
    [404, '{}', 'http_404'],
    [407, '<html>', 'unreadable_answer'],
    [500, 'null', 'unreadable_answer'],
    [500, '{"Code":"InternalError"}', 'http_500'],
  ])('%i %s is no answer', async (status, body, reason) => {
    expect(await saying(status, body)).toEqual({ outcome: 'unknown', reason });
  });

  test('an answer that stops half way is none, and nothing hangs', async () => {
    expect(await saying(200, '{"Code":', 'and then nothing')).toEqual({
      outcome: 'unknown',
      reason: 'connection_cut',
    });
    expect(await saying(200, '{"Code":', 'then cut')).toEqual({
      outcome: 'unknown',
      reason: 'connection_cut',
    });
  });

  test('no number is in any word that leaves the gateway', async () => {
    const provider = await standIn();
    provider.misbehave({
      do: 'reject',
      code: 'isv.MOBILE_NUMBER_ILLEGAL',
      message: `${phone}invalid mobile number`,
    });
    const outcomes = [
      await gatewayTo(provider.endpoint).send(message),
      await saying(400, JSON.stringify({ Code: 'MissingSomething', Message: `PhoneNumbers=${phone}` })),
      await saying(200, phone),
      await saying(200, `{"Code":"${phone}`),
      await gatewayTo('127.0.0.1:1').send(message),
    ];
    expect(outcomes.map((one) => one.outcome)).toEqual([
      'rejected',
      'rejected',
      'unknown',
      'unknown',
      'unknown',
    ]);
    expect(outcomes[0]).toMatchObject({ message: '138****1111invalid mobile number' });
    expect(JSON.stringify(outcomes)).not.toContain(phone);
  });
});
