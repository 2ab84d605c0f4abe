/** Who asks, and whether the route is theirs. Denied by default: a route without a right is not registered. */
import { timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { has, rights, type Right } from '../domain/permissions.ts';
import { wallNow } from '../db/clock.ts';
import { createSignedIn, type SignedIn } from '../db/sessions.ts';
import type { AppDeps } from './deps.ts';
import { ApiProblem, forbidden } from './problem.ts';

/**
 * `public`: nobody need be signed in. `signed_in`: anybody who is. `process`: signed in, and the
 * handler asks the table of rights with the thing in hand.
 */
export type RouteRight = Right | 'public' | 'signed_in' | 'process';

export type RouteWithRight = { readonly method: string; readonly url: string; readonly right: RouteRight };

declare module 'fastify' {
  interface FastifyContextConfig {
    right?: RouteRight;
  }
  interface FastifyInstance {
    /** Every route with its right: what the test of every route × role is made from. */
    routesWithRights: RouteWithRight[];
    /** For what goes on longer than a request; see `viewerOf`. */
    whoAsks: WhoAsks;
  }
  interface FastifyRequest {
    /** Null on public routes only; see `viewerOf`. */
    viewer: SignedIn | null;
  }
}

/** The one who asks. For routes that are not public. */
export function viewerOf(request: FastifyRequest): SignedIn {
  if (request.viewer === null) throw new ApiProblem('not_signed_in', '请先登录。');
  return request.viewer;
}

export const cookieName = (secureCookies: boolean): string => (secureCookies ? '__Host-dukao' : 'dukao');

const known = new Set<string>([...Object.keys(rights), 'public', 'signed_in', 'process']);
const unsafe = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);

export function useAuthentication(
  app: FastifyInstance,
  deps: Pick<AppDeps, 'db' | 'clock' | 'settings'>,
): void {
  app.decorateRequest('viewer', null);
  app.decorate('routesWithRights', []);
  app.decorate('whoAsks', asking(deps));
  app.addHook('onRoute', ({ config, url, method }) => {
    const right = config?.right;
    if (right === undefined || !known.has(right))
      throw new Error(`${String(method)} ${url} declares no right`);
    for (const one of [method].flat()) app.routesWithRights.push({ method: one, url, right });
  });
  app.addHook('onRequest', async (request) => {
    const { right } = request.routeOptions.config;
    if (right === 'public' || request.is404) return;
    const viewer = await authenticate(app.whoAsks, request);
    request.viewer = viewer;
    refuseForgery(request, viewer);
    if (right === undefined) throw forbidden();
    if (right !== 'signed_in' && right !== 'process' && !has(viewer, right)) throw forbidden();
  });
}

/** Whose session a request belongs to, if it has not ended. */
type WhoAsks = (
  request: FastifyRequest,
  options?: { readonly touching?: boolean },
) => Promise<SignedIn | null>;

function asking({ db, clock, settings }: Pick<AppDeps, 'db' | 'clock' | 'settings'>): WhoAsks {
  const signedIn = createSignedIn(db, settings);
  return async (request, { touching = true } = {}) => {
    const bearer = /^Bearer ([\w-]{1,200})$/i.exec(request.headers.authorization ?? '')?.[1];
    const cookie = request.cookies[cookieName(settings.secureCookies)];
    const token = request.headers.authorization === undefined ? cookie : bearer;
    if (token === undefined) return null;
    return signedIn({ token, wall: wallNow(), business: await clock.now(), touching });
  };
}

async function authenticate(whoAsks: WhoAsks, request: FastifyRequest): Promise<SignedIn> {
  const viewer = await whoAsks(request);
  if (viewer === null) {
    throw new ApiProblem('not_signed_in', '尚未登录或登录已失效，请重新登录。', {
      headers: { 'www-authenticate': 'Bearer' },
    });
  }
  return viewer;
}

/** A browser sends the cookie by itself, also when another site makes it ask; the token it does not. */
function refuseForgery(request: FastifyRequest, { csrf_token }: SignedIn): void {
  if (request.headers.authorization !== undefined || !unsafe.has(request.method)) return;
  if (sameText(request.headers['x-csrf-token'], csrf_token)) return;
  throw new ApiProblem('csrf_token_wrong', '请在请求头 x-csrf-token 中给出登录时得到的令牌。');
}

function sameText(given: string | string[] | undefined, expected: string): boolean {
  if (typeof given !== 'string') return false;
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
