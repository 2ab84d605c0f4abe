/** What each refusal of the SMS provider means for the message that it refused. */
import { gatewayErrorTable, smsErrorTable, type ErrorClassRow } from '../../domain/sms-errors.ts';
import { code, codes, page, table } from './markdown.ts';

export const smsErrorsPage = (): string =>
  page(
    'Error codes of the SMS provider',
    ['domain/sms-errors.ts'],
    'The provider is Aliyun Dysmsapi 2017-05-25. A code that is in neither table fails the message and is shown to the operators.',
    '## Codes of the SMS service',
    rows(smsErrorTable),
    '## Codes of the API gateway before it',
    'It checks keys and rates and never looks at the message, so none of them costs one.',
    rows(gatewayErrorTable),
  );

const rows = (classes: readonly ErrorClassRow[]): string =>
  table(
    ['class', 'codes', 'what happens'],
    classes.map((row) => [code(row.class), codes(row.codes), row.treatment]),
  );
