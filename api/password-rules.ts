/** What a password must be: long, and nothing that the one who guesses tries first. */
export const MIN_PASSWORD = 10;
/** Hashing is slow by design; a longer text gives nothing but work. */
export const MAX_PASSWORD = 256;

/** Chinese: what is wrong with a new password, or null. */
export function passwordFault({
  account,
  old,
  fresh,
}: {
  readonly account: string;
  readonly old: string;
  readonly fresh: string;
}): string | null {
  if (lengthOf(fresh) < MIN_PASSWORD) return `新密码至少 ${MIN_PASSWORD} 个字。`;
  if (fresh === old) return '新密码不得与原密码相同。';
  if (fresh.toLowerCase().includes(account.toLowerCase())) return '新密码不得包含账号。';
  if (new Set(fresh).size < 4) return '新密码过于简单，请使用更多不同的字符。';
  return null;
}

/** A Chinese character beyond the basic plane is one, not two. */
const lengthOf = (text: string) => Array.from(text).length;
