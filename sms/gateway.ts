import { createRequire } from 'node:module';
import type Dysms from '@alicloud/dysmsapi20170525';
import { $OpenApiUtil } from '@alicloud/openapi-core';
import { errorClass } from '../domain/sms-errors.ts';
import type { LocalDate } from '../domain/time.ts';
import { maskPhonesIn } from './phone.ts';

// The SDK is CommonJS with a `default` of its own, which Node and bundling test runners unwrap
// differently; required it is the same everywhere.
const dysms = createRequire(import.meta.url)('@alicloud/dysmsapi20170525') as typeof Dysms;

export type GatewaySettings = {
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
  /** `host` or `host:port`. */
  readonly endpoint: string;
  readonly protocol: 'http' | 'https';
  readonly signName: string;
  readonly templateCode: string;
  readonly connectTimeoutMs: number;
  readonly readTimeoutMs: number;
};

export type SendOutcome =
  | { readonly outcome: 'accepted'; readonly bizId: string; readonly requestId: string }
  /** The provider answered with a code other than OK. */
  | { readonly outcome: 'rejected'; readonly code: string; readonly message: string }
  /** Time-out, 5xx, connection cut: ask before sending again. */
  | { readonly outcome: 'unknown'; readonly reason: string };

export type AskOutcome =
  | { readonly found: false }
  | {
      readonly found: true;
      readonly status: 'waiting' | 'delivered' | 'failed';
      readonly errCode: string | null;
    }
  | { readonly unreachable: string };

export type Gateway = {
  /** `messageId` travels along as OutId. Never throws for a fault of the provider or the network. */
  send(message: {
    readonly messageId: string;
    readonly phone: string;
    readonly params: Readonly<Record<string, string>>;
    readonly templateCode?: string;
  }): Promise<SendOutcome>;
  /** What became of our message, by its OutId. Never throws for a fault of the provider or the network. */
  ask(message: {
    readonly messageId: string;
    readonly phone: string;
    readonly sentOn: LocalDate;
  }): Promise<AskOutcome>;
};

export function createGateway(settings: GatewaySettings): Gateway {
  // One limit for both in the SDK: its transport takes the connect time-out as the longest silence on
  // a connection, also while the provider is at work on its answer.
  const patience = Math.max(settings.connectTimeoutMs, settings.readTimeoutMs);
  const client = new dysms.default(
    new $OpenApiUtil.Config({
      accessKeyId: settings.accessKeyId,
      accessKeySecret: settings.accessKeySecret,
      endpoint: settings.endpoint,
      protocol: settings.protocol,
      connectTimeout: patience,
      readTimeout: patience,
      // No retryOptions: without them the SDK calls once. A send must not be repeated unasked.
    }),
  );
  const limit = settings.connectTimeoutMs + settings.readTimeoutMs;

  return {
    async send({ messageId, phone, params, templateCode }) {
      const request = new dysms.SendSmsRequest({
        phoneNumbers: phone,
        signName: settings.signName,
        templateCode: templateCode ?? settings.templateCode,
        templateParam: JSON.stringify(params),
        outId: messageId,
      });
      try {
        const body = (await within(limit, client.sendSms(request))).body;
        if (body?.code === undefined) return { outcome: 'unknown', reason: 'unreadable_answer' };
        if (body.code !== 'OK') return rejected(body.code, body.message);
        return body.bizId === undefined
          ? { outcome: 'unknown', reason: 'unreadable_answer' }
          : { outcome: 'accepted', bizId: body.bizId, requestId: body.requestId ?? '' };
      } catch (error) {
        const fault = faultOf(error);
        return 'code' in fault
          ? rejected(fault.code, fault.message)
          : { outcome: 'unknown', reason: fault.reason };
      }
    },

    async ask({ messageId, phone, sentOn }) {
      try {
        for (let page = 1; page <= lastPage; page += 1) {
          const request = new dysms.QuerySendDetailsRequest({
            phoneNumber: phone,
            sendDate: sentOn.replaceAll('-', ''),
            pageSize,
            currentPage: page,
          });
          const body = (await within(limit, client.querySendDetails(request))).body;
          if (body?.code !== 'OK') return { unreachable: body?.code ?? 'unreadable_answer' };
          const details = body.smsSendDetailDTOs?.smsSendDetailDTO ?? [];
          const ours = details.find((detail) => detail.outId === messageId);
          if (ours !== undefined) {
            const status = statuses[ours.sendStatus ?? 0];
            if (status === undefined) return { unreachable: 'unreadable_answer' };
            return { found: true, status, errCode: ours.errCode === '' ? null : (ours.errCode ?? null) };
          }
          if (details.length < pageSize) return { found: false };
        }
        return { unreachable: 'too_many_messages' };
      } catch (error) {
        const fault = faultOf(error);
        return { unreachable: 'code' in fault ? fault.code : fault.reason };
      }
    },
  };
}

/** 50 is the most the provider gives; a number cannot have had 500 messages of one account in a day. */
const pageSize = 50;
const lastPage = 10;

const statuses: Readonly<Record<number, 'waiting' | 'failed' | 'delivered'>> = {
  1: 'waiting',
  2: 'failed',
  3: 'delivered',
};

/** Real messages quote the number: `13800001111invalid mobile number`. */
const rejected = (code: string, message: string | undefined): SendOutcome => ({
  outcome: 'rejected',
  code,
  message: maskPhonesIn(message ?? ''),
});

/**
 * The SDK's errors carry the request's address, and the address carries the number: only a word of our
 * own leaves this file.
 */
function faultOf(error: unknown): { code: string; message: string } | { reason: string } {
  if (!(error instanceof Error)) return { reason: 'unexplained' };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const status = 'statusCode' in error && typeof error.statusCode === 'number' ? error.statusCode : 0;
  if (status >= 500 && errorClass(code) === 'unknown') return { reason: `http_${status}` };
  if (status >= 400) {
    // `undefined` is what the SDK makes of an answer without a code, a proxy's for example.
    return code === '' || code === 'undefined'
      ? { reason: `http_${status}` }
      : { code, message: error.message };
  }
  if (/timeout/i.test(error.name)) return { reason: 'timeout' };
  if (error instanceof SyntaxError || error instanceof TypeError) return { reason: 'unreadable_answer' };
  return { reason: networkReasons[code] ?? 'unexplained' };
}

const networkReasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection_refused',
  ECONNRESET: 'connection_cut',
  EPIPE: 'connection_cut',
  ENOTFOUND: 'address_not_found',
  EAI_AGAIN: 'address_not_found',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  ETIMEDOUT: 'timeout',
};

/**
 * Our own limit, because the SDK's can be lost: on a connection that is used again the timer of the
 * request before clears the one of the request under way.
 */
async function within<T>(ms: number, call: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const tooLong = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const error = new Error('no answer in time');
      error.name = 'TimeoutError';
      reject(error);
    }, ms);
  });
  try {
    return await Promise.race([call, tooLong]);
  } finally {
    clearTimeout(timer);
  }
}
