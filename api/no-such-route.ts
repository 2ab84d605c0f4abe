/** Addresses that lead nowhere: 404, or 405 with what the address does know. Said before any body is read. */
import type { FastifyInstance } from 'fastify';
import { ApiProblem, sendProblem } from './problem.ts';

type KnownAddress = { readonly segments: readonly string[]; readonly methods: Set<string> };

export function useNoSuchRoute(app: FastifyInstance): void {
  const known = new Map<string, KnownAddress>();
  app.addHook('onRoute', ({ url, method }) => {
    const address = known.get(url) ?? { segments: url.split('/'), methods: new Set<string>() };
    for (const one of [method].flat()) address.methods.add(one);
    known.set(url, address);
  });

  const methodsOf = (url: string): string[] => {
    const segments = (url.split('?', 1)[0] ?? '').split('/');
    const methods = new Set<string>();
    for (const address of known.values()) {
      if (matches(address.segments, segments)) for (const method of address.methods) methods.add(method);
    }
    return [...methods].toSorted();
  };

  const answer = (method: string, url: string): ApiProblem => {
    const methods = methodsOf(url);
    if (methods.length === 0) return new ApiProblem('not_found', '没有这个地址，请核对路径。');
    return new ApiProblem('method_not_allowed', `此地址不支持 ${method}；可用：${methods.join('、')}。`, {
      headers: { allow: methods.join(', ') },
    });
  };

  app.addHook('onRequest', async (request, reply) => {
    if (request.is404) return sendProblem(reply, answer(request.method, request.url));
    return undefined;
  });
  app.setNotFoundHandler((request, reply) => sendProblem(reply, answer(request.method, request.url)));
}

const matches = (pattern: readonly string[], segments: readonly string[]): boolean =>
  pattern.length === segments.length &&
  pattern.every((part, i) => (part.startsWith(':') ? segments[i] !== '' : part === segments[i]));
