import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { createGateway } from '../../sms/gateway.ts';
import type { Gateway, GatewaySettings } from '../../sms/gateway.ts';
import type { PushedReceipt } from '../../sms/stand-in/receipt-push.ts';
import { startStandIn } from '../../sms/stand-in.ts';
import type { StandIn, StandInOptions } from '../../sms/stand-in.ts';
import { localDateOf } from '../../domain/time.ts';
import type { Instant } from '../../domain/time.ts';

const keys = { accessKeyId: 'LTAI-test', accessKeySecret: 'a secret of the test' };
export const phone = '13800001111';
export const params = { count: '2', date: '2026-11-21' };
export const today = () => localDateOf(Date.now() as Instant);

/** A stand-in that ends with the test. Receipts come at once, misbehaviours are set by the test. */
export async function standIn(options: Partial<StandInOptions> = {}): Promise<StandIn> {
  const started = await startStandIn({ ...keys, ...options });
  onTestFinished(() => started.stop());
  started.control({ receiptAfterMs: 0, receiptRetryMs: [10, 10, 10] });
  return started;
}

/** The real SDK, with little patience. */
export const gatewayTo = (endpoint: string, settings: Partial<GatewaySettings> = {}): Gateway =>
  createGateway({
    ...keys,
    endpoint,
    protocol: 'http',
    signName: '督考平台',
    templateCode: 'SMS_1',
    connectTimeoutMs: 250,
    readTimeoutMs: 250,
    ...settings,
  });

/** An address that takes receipts, as the API does; `answers` are given one after the other. */
export async function receiver(answers: readonly (number | 'silence')[] = []) {
  const pushes: PushedReceipt[][] = [];
  const left = [...answers];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (part) => (body += String(part)));
    request.on('end', () => {
      pushes.push(JSON.parse(body) as PushedReceipt[]);
      const answer = left.shift() ?? 200;
      if (answer === 'silence') return;
      response.writeHead(answer, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ code: answer === 200 ? 0 : 1, msg: '成功' }));
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/receipts`,
    pushes,
    outIds: () => pushes.flat().map((one) => one.out_id),
  };
}

/** Until it is so, looking often; fails the test after a second. */
export async function until(isSo: () => boolean): Promise<void> {
  for (let i = 0; i < 200; i += 1) {
    if (isSo()) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error('it did not come to it');
}
