import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { sm4GcmOpen, sm4GcmSeal } from './sm4-gcm.ts';

export type PhoneKey = {
  /** Stands before every value that was made with it: `k1`. */
  readonly id: string;
  /** 32 random bytes. The keys for encryption and for look-up are derived from it. */
  readonly secret: Buffer;
  /** What is encrypted with it from now on; either is read. */
  readonly algorithm: 'aes-256-gcm' | 'sm4-gcm';
};

/** Settings are held to it too: what starts must be able to encrypt. */
export const phoneKeyId = { pattern: /^[a-z0-9_-]{1,16}$/, must: '1 to 16 of a-z, 0-9, - or _' } as const;

export type PhoneCipher = {
  /** `k1:base64…` with the current key; never the same text twice. */
  encrypt(phone: string): string;
  /** Throws `PhoneUnreadable` when the key is unknown or the text was altered. */
  decrypt(text: string): string;
  /** `k1:hex…`: equal for equal numbers, under the current key. */
  lookup(phone: string): string;
  /** The current key's, which stands before what it encrypts: what has another one is old. */
  readonly keyId: string;
};

export class PhoneUnreadable extends Error {
  override readonly name = 'PhoneUnreadable';
}

const ivLength = 12;
const tagLength = 16;

/** The first key is the current one, all others only read. */
export function createPhoneCipher(keys: readonly [PhoneKey, ...PhoneKey[]]): PhoneCipher {
  const known = new Map(keys.map((key) => [key.id, derived(key)]));
  if (known.size !== keys.length) throw new RangeError('two phone keys with one id');
  const [current] = known.values();
  if (current === undefined) throw new RangeError('no phone key');

  return {
    encrypt(phone) {
      const iv = randomBytes(ivLength);
      const { text, tag } = current.seal(iv, Buffer.from(phone, 'utf8'), Buffer.from(current.id));
      return `${current.id}:${Buffer.concat([iv, tag, text]).toString('base64')}`;
    },
    decrypt(text) {
      const [id = '', body = ''] = text.split(':');
      const key = known.get(id);
      if (key === undefined) throw new PhoneUnreadable('unknown phone key');
      const bytes = Buffer.from(body, 'base64');
      if (bytes.length < ivLength + tagLength) throw new PhoneUnreadable('cut short');
      const opened = key.open(
        bytes.subarray(0, ivLength),
        bytes.subarray(ivLength + tagLength),
        bytes.subarray(ivLength, ivLength + tagLength),
        Buffer.from(id),
      );
      if (opened === null) throw new PhoneUnreadable('altered, or another key of the same id');
      return opened.toString('utf8');
    },
    lookup: (phone) => current.hash(phone),
    keyId: current.id,
  };
}

type Sealed = { readonly text: Buffer; readonly tag: Buffer };
type AuthenticatedCipher = {
  seal(iv: Buffer, plain: Buffer, bound: Buffer): Sealed;
  open(iv: Buffer, text: Buffer, tag: Buffer, bound: Buffer): Buffer | null;
};

function derived(key: PhoneKey): AuthenticatedCipher & { id: string; hash(phone: string): string } {
  if (!phoneKeyId.pattern.test(key.id)) throw new RangeError(`a phone key's id is ${phoneKeyId.must}`);
  if (key.secret.length !== 32) throw new RangeError('a phone key has 32 bytes');
  const derive = (use: string, length: number) =>
    Buffer.from(hkdfSync('sha256', key.secret, '', `dukao phone ${use}`, length));
  const ciphers = {
    'aes-256-gcm': aes256Gcm(derive('aes-256-gcm', 32)),
    'sm4-gcm': sm4Gcm(derive('sm4-gcm', 16)),
  } as const;
  const hashKey = derive('lookup', 32);
  return {
    id: key.id,
    seal: (...plain) => ciphers[key.algorithm].seal(...plain),
    // Each has a key of its own: what one of them opens was made with it.
    open: (...sealed) => ciphers['aes-256-gcm'].open(...sealed) ?? ciphers['sm4-gcm'].open(...sealed),
    hash: (phone) => `${key.id}:${createHmac('sha256', hashKey).update(phone).digest('hex')}`,
  };
}

const aes256Gcm = (key: Buffer): AuthenticatedCipher => ({
  seal(iv, plain, bound) {
    const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(bound);
    const text = Buffer.concat([cipher.update(plain), cipher.final()]);
    return { text, tag: cipher.getAuthTag() };
  },
  open(iv, text, tag, bound) {
    const cipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: tagLength });
    cipher.setAAD(bound).setAuthTag(tag);
    try {
      return Buffer.concat([cipher.update(text), cipher.final()]);
    } catch {
      return null; // the one thing that `final` throws for: the tag does not match
    }
  },
});

const sm4Gcm = (key: Buffer): AuthenticatedCipher => ({
  seal: (iv, plain, bound) => sm4GcmSeal(key, iv, plain, bound),
  open: (iv, text, tag, bound) => sm4GcmOpen(key, iv, text, tag, bound),
});
