/** The keys that phone numbers are kept under, from the settings or from the state folder. */
import type { Config, PhoneKey as Setting } from './config.ts';
import { createPhoneCipher, type PhoneCipher, type PhoneKey } from './sms/phone-cipher.ts';

const algorithms = { aes: 'aes-256-gcm', sm4: 'sm4-gcm' } as const;

/**
 * The first key encrypts, the others only read.
 * @param kept `id:base64` as the state folder keeps it: in use where no setting names a key.
 */
export function phoneCipherOf(
  config: Pick<Config, 'phoneKey' | 'phoneKeyAlso' | 'phoneCipher'>,
  kept?: string,
): PhoneCipher {
  const found = [config.phoneKey, kept === undefined ? null : keyOf(kept), config.phoneKeyAlso];
  const keys = new Map<string, PhoneKey>();
  for (const one of found)
    if (one !== null && !keys.has(one.id))
      keys.set(one.id, {
        id: one.id,
        secret: Buffer.from(one.key),
        algorithm: algorithms[config.phoneCipher],
      });
  const [current, ...others] = keys.values();
  if (current === undefined) throw new Error('neither the settings nor the state folder name a phone key');
  return createPhoneCipher([current, ...others]);
}

function keyOf(kept: string): Setting {
  const [id = '', secret = ''] = kept.split(':');
  return { id, key: Buffer.from(secret, 'base64') };
}
