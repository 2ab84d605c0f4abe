import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseControl } from './stand-in/control.ts';
import type { Control, Misbehaviour } from './stand-in/control.ts';
import type { Message } from './stand-in/journal.ts';
import { phonePage, phonesOf, phonesPage } from './stand-in/pages.ts';
import type { Phone } from './stand-in/pages.ts';
import { createProvider, refusal } from './stand-in/provider.ts';
import type { Answer } from './stand-in/provider.ts';
import { signatureFault } from './stand-in/signature.ts';
import type { ApiFault } from './stand-in/signature.ts';

export type { Control, Message, Misbehaviour, Phone };

export type StandInOptions = {
  /** A free one when left out. */
  readonly port?: number;
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
  readonly receiptUrl?: string;
  /** JSON lines; without it nothing outlives the process. */
  readonly stateFile?: string;
};

export type StandIn = {
  readonly url: string;
  /** `host:port`, for the gateway. */
  readonly endpoint: string;
  misbehave(...misbehaviours: Misbehaviour[]): void;
  /** All misbehaviours end. */
  behave(): void;
  control(change: Control): void;
  /** What this number's phone shows. */
  phone(number: string): Phone;
  phones(): Phone[];
  /** Every accepted message, delivered or not, in the order of acceptance. */
  messages(): readonly Message[];
  /** Calls that passed the check of their signature. */
  calls(): Readonly<Record<'SendSms' | 'QuerySendDetails', number>>;
  stop(): Promise<void>;
};

/** A provider of short messages on this machine: the real SDK talks to it as to the real one. */
export async function startStandIn(options: StandInOptions): Promise<StandIn> {
  const provider = createProvider(options);
  const nonces = new Set<string>();
  const calls = { SendSms: 0, QuerySendDetails: 0 };
  const server = createServer((request, response) => {
    route(request, response).catch(() => {
      if (!response.headersSent) answer(response, 500, { Code: 'InternalError', Message: 'stand-in' });
    });
  });

  async function route(request: IncomingMessage, response: ServerResponse) {
    if (!isLocal(request.headers.host)) return answer(response, 403, { fault: 'only from this machine' });
    const address = new URL(request.url ?? '/', 'http://stand-in');
    const body = await bodyOf(request);
    if (body === null) return answer(response, 413, { fault: 'too long' });
    const action = request.headers['x-acs-action'];
    if (address.pathname === '/' && typeof action === 'string') {
      return api(action, address.searchParams, body, request, response);
    }
    if (address.pathname === '/_control') return control(request, body, response);
    if (request.method !== 'GET') return answer(response, 405, { fault: 'GET only' });
    if (address.pathname === '/') return response.writeHead(302, { location: '/phones' }).end();
    const number = /^\/phones(?:\/(\d{1,20}))?$/.exec(address.pathname);
    if (number === null) return answer(response, 404, { fault: 'no such page' });
    const wantsPage = (request.headers.accept ?? '').includes('text/html');
    if (number[1] === undefined) {
      const phones = phonesOf(provider.messages());
      return wantsPage ? html(response, phonesPage(phones)) : answer(response, 200, { phones });
    }
    const shown = phone(number[1]);
    return wantsPage ? html(response, phonePage(shown)) : answer(response, 200, shown);
  }

  async function api(
    action: string,
    query: URLSearchParams,
    body: Buffer,
    request: IncomingMessage,
    response: ServerResponse,
  ) {
    const fault = signatureFault(request, query, body, options, nonces);
    if (fault !== null) return refuse(response, fault);
    if (action !== 'SendSms' && action !== 'QuerySendDetails') return refuse(response, noSuchAction);
    calls[action] += 1;
    const work = (): Answer =>
      action === 'SendSms' ? provider.sendSms(query) : provider.querySendDetails(query);
    const number = query.get('PhoneNumbers') ?? query.get('PhoneNumber') ?? '';
    const wrong = provider.takeMisbehaviour(action, number);
    switch (wrong?.do) {
      case undefined:
        return answer(response, 200, work());
      case 'reject':
        return answer(response, 200, refusal(wrong.code, wrong.message ?? '替身按要求拒绝'));
      case 'hang_before_accepting':
        if (wrong.ms === undefined) return; // never answered
        await stillOpenAfter(wrong.ms);
        return answer(response, 200, work());
      case 'hang_after_accepting': {
        const done = work();
        if (wrong.ms === undefined) return;
        await stillOpenAfter(wrong.ms);
        return answer(response, 200, done);
      }
      case 'server_error':
        if (wrong.accepted === true) work();
        return refuse(response, {
          status: wrong.status ?? 503,
          code: 'ServiceUnavailable',
          message: 'The request has failed due to a temporary failure of the server.',
        });
      case 'cut':
        if (wrong.accepted === true) work();
        return response.socket?.destroy();
      case 'garble':
        if (wrong.accepted === true) work();
        return html(response, '<html><body>200 OK</body></html>');
    }
  }

  const stopping = new AbortController();
  const stillOpenAfter = (ms: number) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      stopping.signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
    });

  function control(request: IncomingMessage, body: Buffer, response: ServerResponse) {
    const state = () => ({
      now: provider.now(),
      settings: provider.settings(),
      misbehaviours: provider.misbehaviours(),
      calls,
      accepted: provider.messages().length,
    });
    if (request.method === 'GET') return answer(response, 200, state());
    // A page of another origin cannot send this type without asking first.
    if (request.method !== 'POST' || !request.headers['content-type']?.startsWith('application/json')) {
      return answer(response, 405, { fault: 'POST application/json' });
    }
    const change = parseControl(jsonOf(body));
    if ('fault' in change) return answer(response, 400, change);
    provider.control(change);
    return answer(response, 200, state());
  }

  const phone = (number: string): Phone =>
    phonesOf(provider.messages().filter((message) => message.phone === number))[0] ?? {
      number,
      messages: [],
    };

  server.listen(options.port ?? 0, '127.0.0.1');
  await once(server, 'listening');
  const endpoint = `127.0.0.1:${(server.address() as AddressInfo).port}`;

  return {
    url: `http://${endpoint}`,
    endpoint,
    misbehave: (...misbehaviours) => provider.control({ misbehave: misbehaviours }),
    behave: () => provider.control({ behave: true }),
    control: (change) => provider.control(change),
    phone,
    phones: () => phonesOf(provider.messages()),
    messages: () => provider.messages(),
    calls: () => ({ ...calls }),
    async stop() {
      stopping.abort();
      provider.stop();
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

const noSuchAction: ApiFault = {
  status: 404,
  code: 'InvalidAction.NotFound',
  message: 'Specified api is not found, please check your url and method.',
};

const refuse = (response: ServerResponse, { status, code, message }: ApiFault) =>
  answer(response, status, { RequestId: randomUUID().toUpperCase(), Code: code, Message: message });

const answer = (response: ServerResponse, status: number, body: object) =>
  response.writeHead(status, { 'content-type': 'application/json;charset=utf-8' }).end(JSON.stringify(body));

const html = (response: ServerResponse, page: string) =>
  response
    .writeHead(200, {
      'content-type': 'text/html;charset=utf-8',
      'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
    })
    .end(page);

/** Against pages that reach this address under a name of their own. */
const isLocal = (host: string | undefined) => /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/.test(host ?? '');

async function bodyOf(request: IncomingMessage): Promise<Buffer | null> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > 1 << 20) return null;
    parts.push(part);
  }
  return Buffer.concat(parts);
}

function jsonOf(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}
