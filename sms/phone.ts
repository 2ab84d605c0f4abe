/** How a number is shown everywhere outside the sending of a message: 138****1234. */
export const maskPhone = (phone: string): string =>
  phone.length < 8 ? '*'.repeat(phone.length) : `${phone.slice(0, 3)}****${phone.slice(-4)}`;

/** Masks every mainland mobile number in a text that somebody else wrote. */
export const maskPhonesIn = (text: string): string => text.replaceAll(/1[3-9]\d{9}/g, maskPhone);

/** `+86 138 0000 1111` and the like as the eleven digits, or null when it is no mainland mobile number. */
export function parsePhone(text: string): string | null {
  const digits = text
    .normalize('NFKC')
    .replaceAll(/[\s\-()]/g, '')
    .replace(/^(\+|00)?86(?=1)/, '');
  return /^1[3-9]\d{9}$/.test(digits) ? digits : null;
}
