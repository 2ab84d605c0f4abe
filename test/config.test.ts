import { describe, expect, test } from 'vitest';
import { faultsMessage, readConfig, type Config } from '../config.ts';
import { phoneCipherOf } from '../phone-keys.ts';

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
      temporalUiUrl: null,
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
    const config = right({ ...production, TEMPORAL_UI_URL: 'http://127.0.0.1:8080/' });
    expect(config).toMatchObject({
      mode: 'production',
      publicUrl: 'https://dukao.example.gov.cn',
      temporalUiUrl: 'http://127.0.0.1:8080',
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

  test.each(['2026-1', 'a', 'k_1'])('a phone key of the id %s encrypts as soon as it is taken', (id) => {
    const config = right({ ...production, PHONE_KEY: `${id}:${bytes}`, PHONE_CIPHER: 'sm4' });
    const cipher = phoneCipherOf(config);
    expect(cipher.decrypt(cipher.encrypt('13800001111'))).toBe('13800001111');
  });

  test.each(['K1', '2026.1', 'a-key-of-seventeen', '', '密钥'])(
    'a phone key of the id %s is refused with all other faults, not by the first number',
    (id) => {
      const [fault, ...more] = faultsOf({ ...production, PHONE_KEY: `${id}:${bytes}` });
      expect(more).toEqual([]);
      expect(fault).toContain(
        'PHONE_KEY is not usable: must be an id (1 to 16 of a-z, 0-9, - or _), a colon',
      );
    },
  );

  test('while keys are exchanged the other key is read with; without any setting the kept one is used', () => {
    const other = Buffer.alloc(32, 8).toString('base64');
    const before = phoneCipherOf(right({ ...production, PHONE_KEY: `2025-1:${other}` }));
    const during = phoneCipherOf(right({ ...production, PHONE_KEY_ALSO: `2025-1:${other}` }));
    expect(during.decrypt(before.encrypt('13800001111'))).toBe('13800001111');
    expect([before.keyId, during.keyId]).toEqual(['2025-1', '2026-1']);
    expect(faultsOf({ ...production, PHONE_KEY_ALSO: production.PHONE_KEY })).toHaveLength(1);
    const kept = `local-1:${other}`;
    expect(phoneCipherOf(right({}), kept).keyId).toBe('local-1');
    // Whoever gives a demonstration a key of their own can still read what it has.
    const own = phoneCipherOf(right({ PHONE_KEY: production.PHONE_KEY }), kept);
    expect(own.keyId).toBe('2026-1');
    expect(own.decrypt(phoneCipherOf(right({}), kept).encrypt('13800001111'))).toBe('13800001111');
  });

  test('the space of a unit is a setting; less than one upload is refused', () => {
    expect(right({}).evidence.unitQuotaBytes).toBe(20 * 1024 ** 3);
    expect(right({ EVIDENCE_UNIT_QUOTA_BYTES: '104857600' }).evidence.unitQuotaBytes).toBe(104_857_600);
    expect(faultsOf({ EVIDENCE_UNIT_QUOTA_BYTES: '1048576' })).toHaveLength(1);
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
