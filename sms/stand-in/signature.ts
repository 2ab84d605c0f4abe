import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

export type Keys = { readonly accessKeyId: string; readonly accessKeySecret: string };

/** As the real API gateway answers before the SMS service has seen anything. */
export type ApiFault = { readonly status: number; readonly code: string; readonly message: string };

const algorithm = 'ACS3-HMAC-SHA256';

/** Headers without which a signature would not bind the call to this host, moment, action and body. */
const mustBeSigned = ['host', 'x-acs-action', 'x-acs-content-sha256', 'x-acs-date', 'x-acs-version'];

const clockSlackMs = 15 * 60_000;

/**
 * Checks `ACS3-HMAC-SHA256` as the provider does: null when the call was signed with our secret, over
 * exactly this query, these headers and this body, not long ago. `nonces` remembers those in use.
 */
export function signatureFault(
  request: IncomingMessage,
  query: URLSearchParams,
  body: Buffer,
  keys: Keys,
  nonces: Set<string>,
): ApiFault | null {
  const authorization = request.headers.authorization ?? '';
  const parts =
    /^ACS3-HMAC-SHA256 Credential=([^,]+),\s*SignedHeaders=([^,]+),\s*Signature=([0-9a-f]{64})$/.exec(
      authorization,
    );
  const [, credential = '', signedHeaders = '', signature = ''] = parts ?? [];
  const names = signedHeaders.split(';');
  if (parts === null || mustBeSigned.some((name) => !names.includes(name))) {
    return fault(400, 'IncompleteSignature', 'The request signature does not conform to Aliyun standards.');
  }
  if (credential !== keys.accessKeyId) {
    return fault(404, 'InvalidAccessKeyId.NotFound', 'Specified access key is not found.');
  }
  if (header(request, 'x-acs-content-sha256') !== sha256(body)) return mismatch;
  const canonical = [
    request.method ?? '',
    '/',
    canonicalQuery(query),
    names.map((name) => `${name}:${header(request, name)}\n`).join(''),
    signedHeaders,
    header(request, 'x-acs-content-sha256'),
  ].join('\n');
  const expected = createHmac('sha256', keys.accessKeySecret)
    .update(`${algorithm}\n${sha256(canonical)}`)
    .digest();
  if (!timingSafeEqual(expected, Buffer.from(signature, 'hex'))) return mismatch;

  const sent = Date.parse(header(request, 'x-acs-date'));
  if (Number.isNaN(sent) || Math.abs(Date.now() - sent) > clockSlackMs) {
    return fault(400, 'InvalidTimeStamp.Expired', 'Specified time stamp or date value is expired.');
  }
  const nonce = header(request, 'x-acs-signature-nonce');
  if (nonces.has(nonce)) {
    return fault(400, 'SignatureNonceUsed', 'Specified signature nonce was used already.');
  }
  if (nonces.size >= 10_000) nonces.clear();
  nonces.add(nonce);
  return null;
}

const fault = (status: number, code: string, message: string): ApiFault => ({ status, code, message });

const mismatch = fault(
  400,
  'SignatureDoesNotMatch',
  'Specified signature is not matched with our calculation.',
);

const header = (request: IncomingMessage, name: string) => {
  const value = request.headers[name];
  return (Array.isArray(value) ? value.join(',') : (value ?? '')).trim();
};

const sha256 = (text: string | Buffer) => createHash('sha256').update(text).digest('hex');

const canonicalQuery = (query: URLSearchParams) =>
  [...query]
    .toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([name, value]) => `${name}=${encode(value)}`)
    .join('&');

/** RFC 3986: what `encodeURIComponent` leaves alone although it is reserved. */
const encode = (text: string) =>
  encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );
