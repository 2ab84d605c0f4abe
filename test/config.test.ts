import { describe, expect, test } from 'vitest';
import { faultsMessage, readConfig, type Config } from '../config.ts';

const bytes = Buffer.alloc(32, 7).toString('base64');
const production = {
  DUKAO_MODE: 'production',
  DATABASE_URL: 'postgres://dukao:secret@db:5432/dukao',
  TEMPORAL_ADDRESS: 'temporal:7233',
  PUBLIC_URL: 'https://dukao.example.gov.cn/',
  ALIYUN_ACCESS_KEY_ID: 'LTAI5tExample',
  ALIYUN_ACCESS_KEY_SECRET: 'example-secret',
  SMS_SIGN_NAME: '某市督考办',
  SMS_TEMPLATE_CODE: 'SMS_123456789',
  SMS_RECEIPT_SECRET: '0123456789abcdef',
  PHONE_KEY: `2026-1:${bytes}`,
};

const right = (env: NodeJS.ProcessEnv): Config => {
  const config = readConfig(env);
  if ('faults' in config) throw new Error(faultsMessage(config));
  return config;
};

const faultsOf = (env: NodeJS.ProcessEnv): readonly string[] => {
  const config = readConfig(env);
  return 'faults' in config ? config.faults : [];
};

describe('settings', () => {
  test('an empty environment is a complete demonstration on one machine', () => {
    const config = right({});
    expect(config).toMatchObject({
      mode: 'demonstration',
      host: '127.0.0.1',
      port: 3000,
      databaseUrl: null,
      temporalAddress: null,
      sms: null,
      phoneKey: null,
      taskQueues: { processes: 'dukao', sms: 'dukao-sms' },
      logLevel: 'warn',
    });
    expect(config.evidence.folder).toBe(`${config.home}/evidence`);
  });

  test('a variable that is set but empty counts as not set', () => {
    expect(right({ PORT: '', DATABASE_URL: ' ', SMS_SIGN_NAME: '' })).toEqual(right({}));
  });

  test('production takes everything from outside', () => {
    const config = right(production);
    expect(config).toMatchObject({
      mode: 'production',
      publicUrl: 'https://dukao.example.gov.cn',
      sms: { endpoint: { address: 'dysmsapi.aliyuncs.com', protocol: 'https' }, ratePerSecond: 20 },
      phoneKey: { id: '2026-1' },
      logLevel: 'info',
    });
  });

  test('settings cannot be changed afterwards', () => {
    const config = right(production);
    expect(Object.isFrozen(config)).toBe(true);
    expect(Object.isFrozen(config.sms)).toBe(true);
    expect(Object.isFrozen(config.session)).toBe(true);
  });

  test('every fault is named at once, with the variable, what it must be and an example', () => {
    const message = faultsMessage({
      faults: faultsOf({ PORT: 'abc', LOG_LEVEL: 'loud', TEMPORAL_ADDRESS: 'nowhere', DUKAO_MOOD: 'good' }),
    });
    expect(message).toBe(
      [
        '4 settings are wrong:',
        '  DUKAO_MOOD is not a setting of this system; known are DUKAO_MODE, DUKAO_HOME',
        '  PORT is "abc": must be a whole number from 0 to 65535, for example PORT=3000 (0: any free one)',
        '  LOG_LEVEL is "loud": must be one of fatal, error, warn, info, debug, trace, silent, for example LOG_LEVEL=fatal',
        '  TEMPORAL_ADDRESS is "nowhere": must be host:port, for example TEMPORAL_ADDRESS=127.0.0.1:7233',
      ].join('\n'),
    );
  });

  test('production without anything names all that is missing', () => {
    const faults = faultsOf({ DUKAO_MODE: 'production' });
    for (const variable of Object.keys(production).filter((key) => key !== 'DUKAO_MODE')) {
      expect(faults.filter((fault) => fault.startsWith(`${variable} is missing`))).toHaveLength(1);
    }
  });

  test('half an SMS gateway is refused in a demonstration too', () => {
    const faults = faultsOf({ SMS_SIGN_NAME: '某市督考办' });
    expect(faults.map((fault) => fault.split(' ')[0])).toEqual([
      'ALIYUN_ACCESS_KEY_ID',
      'ALIYUN_ACCESS_KEY_SECRET',
      'SMS_TEMPLATE_CODE',
      'SMS_RECEIPT_SECRET',
    ]);
  });

  test('a secret that is wrong is never repeated', () => {
    const env = {
      ...production,
      PHONE_KEY: 'k:geheim',
      DATABASE_URL: 'mysql://u:geheim@h/d',
      SMS_RECEIPT_SECRET: 'geheim',
    };
    const faults = faultsOf(env);
    expect(faults).toHaveLength(3);
    expect(faults.join('\n')).not.toContain('geheim');
  });

  test.each(['一', '一二三四五六七八九十一二三'])(
    'an SMS signature of %s has not 2 to 12 characters',
    (signature) => {
      expect(faultsOf({ ...production, SMS_SIGN_NAME: signature })).toHaveLength(1);
    },
  );

  test('receipts are taken from whoever knows the secret until networks are named', () => {
    expect(right(production).sms).toMatchObject({ receiptSources: [] });
    const named = right({ ...production, SMS_RECEIPT_SOURCES: '203.0.113.0/24, 2001:db8::/32,192.0.2.1' });
    expect(named.sms?.receiptSources).toEqual(['203.0.113.0/24', '2001:db8::/32', '192.0.2.1']);
    expect(faultsOf({ ...production, SMS_RECEIPT_SOURCES: 'aliyun.com' })).toEqual([
      'SMS_RECEIPT_SOURCES is "aliyun.com": must be addresses or networks with commas between them, for example SMS_RECEIPT_SOURCES=10.0.0.0/8,127.0.0.1',
    ]);
  });

  test.each(['-1', '65536', '3000.5', '0x10', '１２'])('PORT=%s is refused', (port) => {
    expect(faultsOf({ PORT: port })).toHaveLength(1);
  });

  test('proxies to be trusted are addresses or networks', () => {
    expect(right({ TRUSTED_PROXIES: '10.0.0.0/8, ::1' }).trustedProxies).toEqual(['10.0.0.0/8', '::1']);
    for (const wrong of ['10.0.0.0/33', 'proxy', '10.0.0.1;', '10.0.0.1,']) {
      expect(faultsOf({ TRUSTED_PROXIES: wrong })).toHaveLength(1);
    }
  });

  test('an idle time longer than the whole session is refused', () => {
    expect(faultsOf({ SESSION_IDLE_MINUTES: '100', SESSION_ABSOLUTE_MINUTES: '60' })).toHaveLength(1);
  });
});
