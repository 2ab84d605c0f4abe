/** The keys that phone numbers are kept under, from the settings or from the state folder. */
import type { PhoneKey as Setting } from './config.ts';
import { createPhoneCipher, type PhoneCipher } from './sms/phone-cipher.ts';

/** @param kept `id:base64` as the state folder keeps it, for a machine whose settings name no key. */
export function phoneCipherOf(setting: Setting | null, kept?: string): PhoneCipher {
  if (setting !== null)
    return createPhoneCipher([
      { id: setting.id, secret: Buffer.from(setting.key), algorithm: 'aes-256-gcm' },
    ]);
  const [id = '', secret = ''] = (kept ?? '').split(':');
  return createPhoneCipher([{ id, secret: Buffer.from(secret, 'base64'), algorithm: 'aes-256-gcm' }]);
}
