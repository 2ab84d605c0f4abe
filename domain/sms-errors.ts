/** What a refusal of the SMS provider means for the message that it refused. */
export type ErrorClass =
  | 'retry'
  | 'wait_for_window'
  | 'stop_all'
  | 'configuration'
  | 'bad_recipient'
  /** Not in the table: the message has failed and the operators are shown the code. */
  | 'unknown';

export type ErrorClassRow = {
  readonly class: Exclude<ErrorClass, 'unknown'>;
  readonly codes: readonly string[];
  /** What happens, for the docs. */
  readonly treatment: string;
};

/** The codes of the SMS service (Dysmsapi 2017-05-25). The table in the docs is made from this one. */
export const smsErrorTable: readonly ErrorClassRow[] = [
  {
    class: 'retry',
    codes: ['isp.SYSTEM_ERROR'],
    treatment: 'again with growing pauses, up to 24 hours; then failed',
  },
  {
    class: 'wait_for_window',
    codes: ['isv.BUSINESS_LIMIT_CONTROL'],
    treatment: 'a digest at the next window; a red card goes to the next recipient as well',
  },
  {
    class: 'stop_all',
    codes: [
      'isv.DAY_LIMIT_CONTROL',
      'isv.MONTH_LIMIT_CONTROL',
      'isv.OUT_OF_SERVICE',
      'isv.AMOUNT_NOT_ENOUGH',
      'isv.ACCOUNT_NOT_EXISTS',
      'isv.ACCOUNT_ABNORMAL',
      'isp.RAM_PERMISSION_DENY',
      'isv.PRODUCT_UN_SUBSCRIPT',
      'isv.PRODUCT_UNSUBSCRIBE',
      'isv.DENY_IP_RANGE',
    ],
    treatment: 'a circuit opens for all messages, operators are told; nothing is lost; one probe at a time',
  },
  {
    class: 'configuration',
    codes: [
      'isv.SMS_TEMPLATE_ILLEGAL',
      'isv.SMS_SIGNATURE_ILLEGAL',
      'isv.SMS_SIGN_ILLEGAL',
      'isv.SIGN_STATE_ILLEGAL',
      'isv.SMS_SIGNATURE_SCENE_ILLEGAL',
      'isv.EXTEND_CODE_ERROR',
      'isv.TEMPLATE_MISSING_PARAMETERS',
      'isv.INVALID_JSON_PARAM',
      'isv.INVALID_PARAMETERS',
      'isv.PARAM_LENGTH_LIMIT',
      'isv.PARAM_NOT_SUPPORT_URL',
      'isv.SMS_CONTENT_ILLEGAL',
      'isv.MOBILE_COUNT_OVER_LIMIT',
      'isv.INTERFACE_OFFLINE',
    ],
    treatment: 'held, a to-do for an administrator; sent after the repair',
  },
  {
    class: 'bad_recipient',
    codes: ['isv.MOBILE_NUMBER_ILLEGAL', 'isv.BLACK_KEY_CONTROL_LIMIT', 'isv.DOMESTIC_NUMBER_NOT_SUPPORTED'],
    treatment: 'the next person of the chain; the unit gets a to-do to mend the record',
  },
];

/**
 * Codes of the API gateway that stands before the SMS service and checks keys and rates. It never
 * looks at the message, so none of them may cost one: a wrong key stops all sending until it is
 * mended, a throttled call is made again.
 */
export const gatewayErrorTable: readonly ErrorClassRow[] = [
  {
    class: 'stop_all',
    codes: [
      'SignatureDoesNotMatch',
      'IncompleteSignature',
      'InvalidAccessKeyId.NotFound',
      'InvalidAccessKeyId.Inactive',
      'InvalidTimeStamp.Expired',
      'Forbidden.AccessKeyDisabled',
      'NoPermission',
    ],
    treatment: 'as any other code that stops all sending: keys, clock or rights have to be mended first',
  },
  {
    class: 'retry',
    codes: ['Throttling', 'Throttling.User', 'Throttling.Api', 'SignatureNonceUsed'],
    treatment: 'again with growing pauses, up to 24 hours; then failed',
  },
];

const classes = new Map<string, ErrorClass>(
  [...smsErrorTable, ...gatewayErrorTable].flatMap((row) =>
    row.codes.map((code) => [code, row.class] as const),
  ),
);

export const errorClass = (code: string): ErrorClass => classes.get(code) ?? 'unknown';
