import { expect, test } from 'vitest';
import { errorClass, gatewayErrorTable, smsErrorTable } from '../../domain/sms-errors.ts';

/** As notifications.md lists them, so that a row lost or moved in the table is seen here. */
const published = {
  retry: 'isp.SYSTEM_ERROR',
  wait_for_window: 'isv.BUSINESS_LIMIT_CONTROL',
  stop_all:
    'isv.DAY_LIMIT_CONTROL isv.MONTH_LIMIT_CONTROL isv.OUT_OF_SERVICE isv.AMOUNT_NOT_ENOUGH ' +
    'isv.ACCOUNT_NOT_EXISTS isv.ACCOUNT_ABNORMAL isp.RAM_PERMISSION_DENY isv.PRODUCT_UN_SUBSCRIPT ' +
    'isv.PRODUCT_UNSUBSCRIBE isv.DENY_IP_RANGE',
  configuration:
    'isv.SMS_TEMPLATE_ILLEGAL isv.SMS_SIGNATURE_ILLEGAL isv.SMS_SIGN_ILLEGAL isv.SIGN_STATE_ILLEGAL ' +
    'isv.SMS_SIGNATURE_SCENE_ILLEGAL isv.EXTEND_CODE_ERROR isv.TEMPLATE_MISSING_PARAMETERS ' +
    'isv.INVALID_JSON_PARAM isv.INVALID_PARAMETERS isv.PARAM_LENGTH_LIMIT isv.PARAM_NOT_SUPPORT_URL ' +
    'isv.SMS_CONTENT_ILLEGAL isv.MOBILE_COUNT_OVER_LIMIT isv.INTERFACE_OFFLINE',
  bad_recipient: 'isv.MOBILE_NUMBER_ILLEGAL isv.BLACK_KEY_CONTROL_LIMIT isv.DOMESTIC_NUMBER_NOT_SUPPORTED',
} as const;

const pairs = Object.entries(published).flatMap(([name, codes]) =>
  codes.split(' ').map((code) => [code, name]),
);

test.each(pairs)('%s is of the class %s', (code, name) => {
  expect(errorClass(code)).toBe(name);
});

test('the table holds the published codes and no others, each once', () => {
  const codes = smsErrorTable.flatMap((row) => row.codes);
  expect(new Set<string>(codes)).toEqual(new Set(pairs.map(([code]) => code)));
  expect(new Set([...codes, ...gatewayErrorTable.flatMap((row) => row.codes)]).size).toBe(
    codes.length + gatewayErrorTable.flatMap((row) => row.codes).length,
  );
});

test.each(['isv.SOMETHING_NEW', 'OK', '', '__proto__', 'constructor'])('%j is unknown', (code) => {
  expect(errorClass(code)).toBe('unknown');
});
