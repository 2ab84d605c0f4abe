/** What every worker of a story sends through and enciphers with, also one in a process of its own. */
import { createGateway, type Gateway } from '../../sms/gateway.ts';
import { createPhoneCipher } from '../../sms/phone-cipher.ts';

export const storyCredentials = { accessKeyId: 'test-id', accessKeySecret: 'test-secret' };
export const storyTemplate = 'SMS_100000001';

export const storyPhones = () =>
  createPhoneCipher([{ id: 'test', secret: Buffer.alloc(32, 7), algorithm: 'aes-256-gcm' }]);

export const storyGateway = (endpoint: string): Gateway =>
  createGateway({
    ...storyCredentials,
    endpoint,
    protocol: 'http',
    signName: '督考办',
    templateCode: storyTemplate,
    connectTimeoutMs: 1_000,
    readTimeoutMs: 2_000,
  });
