/**
 * Exact decimals as plain texts (`2.5`, `-17.665`): points, targets and values never pass through a
 * binary float. The canonical text has no plus sign, no exponent and no zeros that say nothing, so
 * equal numbers are equal texts and compare with `===`.
 */
declare const decimalBrand: unique symbol;

export type Decimal = string & { readonly [decimalBrand]: true };

/** More digits than any yearly plan counts. */
const plain = /^([+-]?)(\d{1,20})(?:\.(\d{1,20}))?$/;

/** Null when the text is no plain decimal. */
export function parseDecimal(text: string): Decimal | null {
  const match = plain.exec(text.trim());
  if (match === null) return null;
  const [, sign = '', digits = '', fraction = ''] = match;
  return canonical(sign === '-', `${digits}${fraction}`, fraction.length);
}

/** A decimal known to be right when the code was written; throws otherwise. */
export function decimal(text: string): Decimal {
  const parsed = parseDecimal(text);
  if (parsed === null) throw new RangeError(`not a decimal: ${text}`);
  return parsed;
}

/** Digits after the point. */
export const placesOf = (value: Decimal): number => value.split('.')[1]?.length ?? 0;

/** Negative, zero or positive, as for sorting. */
export function compareDecimals(a: Decimal, b: Decimal): number {
  const places = Math.max(placesOf(a), placesOf(b));
  const difference = scaled(a, places) - scaled(b, places);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

export const addDecimals = (a: Decimal, b: Decimal): Decimal => sumOf([a, b]);

export const subtractDecimals = (a: Decimal, b: Decimal): Decimal => {
  const places = Math.max(placesOf(a), placesOf(b));
  return fromScaled(scaled(a, places) - scaled(b, places), places);
};

export function sumOf(values: readonly Decimal[]): Decimal {
  const places = Math.max(0, ...values.map(placesOf));
  return fromScaled(
    values.reduce((sum, value) => sum + scaled(value, places), 0n),
    places,
  );
}

export const multiplyDecimals = (a: Decimal, b: Decimal): Decimal =>
  fromScaled(scaled(a, placesOf(a)) * scaled(b, placesOf(b)), placesOf(a) + placesOf(b));

/** Rounded half up by magnitude, as offices round: 17.665 to 17.67, -17.665 to -17.67. @throws RangeError for 0. */
export function divideDecimals(a: Decimal, b: Decimal, places: number): Decimal {
  const both = Math.max(placesOf(a), placesOf(b));
  const [dividend, divisor] = [scaled(a, both) * 10n ** BigInt(places), scaled(b, both)];
  const negative = dividend < 0n !== divisor < 0n;
  const [top, bottom] = [dividend < 0n ? -dividend : dividend, divisor < 0n ? -divisor : divisor];
  const rounded = (2n * top + bottom) / (2n * bottom);
  return fromScaled(negative ? -rounded : rounded, places);
}

/** `2.5` as `250` for two places. @throws RangeError when the value has more. */
export function scaled(value: Decimal, places: number): bigint {
  const [whole = '0', fraction = ''] = value.split('.');
  if (fraction.length > places) throw new RangeError(`${value} has more than ${places} places`);
  return BigInt(`${whole}${fraction.padEnd(places, '0')}`);
}

export const fromScaled = (value: bigint, places: number): Decimal =>
  canonical(value < 0n, String(value < 0n ? -value : value), places);

/** With all its places, as a table of points shows it: `2.5` as `2.50`. */
export function fixed(value: Decimal, places: number): string {
  const [whole = '0', fraction = ''] = value.split('.');
  return places === 0 ? whole : `${whole}.${fraction.padEnd(places, '0')}`;
}

function canonical(negative: boolean, digits: string, places: number): Decimal {
  const padded = digits.padStart(places + 1, '0');
  const whole = padded.slice(0, padded.length - places).replace(/^0+(?=\d)/, '');
  const fraction = padded.slice(padded.length - places).replace(/0+$/, '');
  const text = fraction === '' ? whole : `${whole}.${fraction}`;
  return (negative && text !== '0' ? `-${text}` : text) as Decimal;
}
