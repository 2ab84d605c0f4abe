import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createPhoneCipher, PhoneUnreadable } from '../../sms/phone-cipher.ts';
import type { PhoneCipher, PhoneKey } from '../../sms/phone-cipher.ts';
import { maskPhone, maskPhonesIn, parsePhone } from '../../sms/phone.ts';
import { sm4GcmOpen, sm4GcmSeal } from '../../sms/sm4-gcm.ts';

const phone = '13800001111';
const key = (id: string, algorithm: PhoneKey['algorithm'] = 'aes-256-gcm'): PhoneKey => ({
  id,
  secret: randomBytes(32),
  algorithm,
});

describe.each(['aes-256-gcm', 'sm4-gcm'] as const)('a number encrypted with %s', (algorithm) => {
  test('comes back, is never the same text twice and does not show the number', () => {
    const cipher = createPhoneCipher([key('k1', algorithm)]);
    const [a, b] = [cipher.encrypt(phone), cipher.encrypt(phone)];
    expect(a).toMatch(/^k1:[A-Za-z0-9+/]+=*$/);
    expect(a).not.toBe(b);
    expect([cipher.decrypt(a), cipher.decrypt(b)]).toEqual([phone, phone]);
    expect(a).not.toContain(phone);
  });

  test('is refused when a single bit was altered or it was cut', () => {
    const cipher = createPhoneCipher([key('k1', algorithm)]);
    const bytes = Buffer.from(cipher.encrypt(phone).slice(3), 'base64');
    for (let i = 0; i < bytes.length; i += 1) {
      const altered = Buffer.from(bytes);
      altered.writeUInt8(altered.readUInt8(i) ^ 1, i);
      expect(() => cipher.decrypt(`k1:${altered.toString('base64')}`)).toThrow(PhoneUnreadable);
    }
    for (const text of ['', 'k1', 'k1:', 'k1:AAAA', `k1:${bytes.subarray(0, -1).toString('base64')}`]) {
      expect(() => cipher.decrypt(text)).toThrow(PhoneUnreadable);
    }
  });

  test('is read while keys rotate: old and new, re-encrypt, new only', () => {
    const [first, second] = [key('k1', algorithm), key('k2')];
    const old = createPhoneCipher([first]);
    const both = createPhoneCipher([second, first]);
    const [text, hash] = [old.encrypt(phone), old.lookup(phone)];
    expect(both.decrypt(text)).toBe(phone);
    expect(text.startsWith(`${both.keyId}:`)).toBe(false);
    expect(both.lookup(phone)).not.toBe(hash);
    const again = both.encrypt(both.decrypt(text));
    expect(again.startsWith(`${both.keyId}:`)).toBe(true);
    const only = createPhoneCipher([second]);
    expect(only.decrypt(again)).toBe(phone);
    expect(() => only.decrypt(text)).toThrow('unknown phone key');
  });

  test('is read, and found, also after the same key is used with the other one', () => {
    const secret = randomBytes(32);
    const [aes, sm4] = (['aes-256-gcm', 'sm4-gcm'] as const).map((one) =>
      createPhoneCipher([{ id: 'k1', secret, algorithm: one }]),
    ) as [PhoneCipher, PhoneCipher];
    expect([aes.decrypt(sm4.encrypt(phone)), sm4.decrypt(aes.encrypt(phone))]).toEqual([phone, phone]);
    expect(aes.lookup(phone)).toBe(sm4.lookup(phone));
  });

  test('made with another key of the same id, or moved to another id, is not read', () => {
    const text = createPhoneCipher([key('k1', algorithm)]).encrypt(phone);
    expect(() => createPhoneCipher([key('k1', algorithm)]).decrypt(text)).toThrow(PhoneUnreadable);
    const { secret } = key('k1');
    const moved = createPhoneCipher([{ id: 'k1', secret, algorithm }])
      .encrypt(phone)
      .replace('k1:', 'k2:');
    expect(() => createPhoneCipher([{ id: 'k2', secret, algorithm }]).decrypt(moved)).toThrow(
      PhoneUnreadable,
    );
  });
});

test('SM4-GCM agrees with the example of RFC 8998, A.1', () => {
  const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');
  const secret = hex('0123456789ABCDEFFEDCBA9876543210');
  const iv = hex('00001234567800000000ABCD');
  const plain = hex(
    'AAAAAAAAAAAAAAAA BBBBBBBBBBBBBBBB CCCCCCCCCCCCCCCC DDDDDDDDDDDDDDDD EEEEEEEEEEEEEEEE FFFFFFFFFFFFFFFF EEEEEEEEEEEEEEEE AAAAAAAAAAAAAAAA',
  );
  const bound = hex('FEEDFACEDEADBEEF FEEDFACEDEADBEEF ABADDAD2');
  const { text, tag } = sm4GcmSeal(secret, iv, plain, bound);
  expect(text.toString('hex').toUpperCase()).toBe(
    '17F399F08C67D5EE19D0DC9969C4BB7D5FD46FD3756489069157B282BB200735' +
      'D82710CA5C22F0CCFA7CBF93D496AC15A56834CBCF98C397B4024A2691233B8D',
  );
  expect(tag.toString('hex').toUpperCase()).toBe('83DE3541E4C2B58177E065A9BF7B62EC');
  expect(sm4GcmOpen(secret, iv, text, tag, bound)).toEqual(plain);
});

describe('look-up', () => {
  test('finds equal numbers under one key and says nothing under another', () => {
    const cipher = createPhoneCipher([key('k1')]);
    expect(cipher.lookup(phone)).toBe(cipher.lookup(phone));
    expect(cipher.lookup(phone)).not.toBe(cipher.lookup('13800001112'));
    expect(cipher.lookup(phone)).not.toBe(createPhoneCipher([key('k1')]).lookup(phone));
  });

  test('any text comes back as it was', () => {
    const cipher = createPhoneCipher([key('k1')]);
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => cipher.decrypt(cipher.encrypt(text)) === text),
    );
  });

  test.each([
    ['two keys with one id', () => createPhoneCipher([key('k1'), key('k1')])],
    ['a short key', () => createPhoneCipher([{ ...key('k1'), secret: randomBytes(16) }])],
    ['an id with a colon', () => createPhoneCipher([key('k:1')])],
  ])('%s is a fault at the start', (_, make) => {
    expect(make).toThrow(RangeError);
  });
});

describe('how a number is shown and read', () => {
  test('masked, whatever its length', () => {
    expect(maskPhone(phone)).toBe('138****1111');
    expect(maskPhone('12345')).toBe('*****');
    expect(maskPhonesIn(`${phone}invalid, 86${phone} and 13900002222`)).toBe(
      '138****1111invalid, 86138****1111 and 139****2222',
    );
  });

  test('in the ways in which a list has it', () => {
    const texts = [
      phone,
      '138 0000 1111',
      '+86 138-0000-1111',
      '008613800001111',
      '8613800001111',
      '１３８００００１１１１',
    ];
    expect(texts.map(parsePhone)).toEqual(texts.map(() => phone));
    expect(
      ['', '1380000111', '12800001111', '0971-1234567', '138000011112', 'x13800001111'].map(parsePhone),
    ).toEqual(Array.from({ length: 6 }, () => null));
  });
});
