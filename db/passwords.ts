/** Passwords are kept as argon2id hashes; one-time passwords are random, never the same for two. */
import { randomInt } from 'node:crypto';
import { hash, verify } from '@node-rs/argon2';

const argon2id = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

export const hashPassword = (password: string): Promise<string> => hash(password, argon2id);

/** Made at first need, as costly to compare with as a real one. */
let decoy: Promise<string> | null = null;

/** Takes the same time whether there is a hash to compare with or not. */
export async function passwordMatches(passwordHash: string | null, password: string): Promise<boolean> {
  const stored = passwordHash ?? (await (decoy ??= hashPassword(newSecret(32))));
  // A text that is no hash belongs to an account that nobody can sign in with.
  const matches = await verify(stored, password).catch(() => false);
  return matches && passwordHash !== null;
}

export async function oneTimePassword(): Promise<{ readonly password: string; readonly hash: string }> {
  const password = newSecret(16);
  return { password, hash: await hashPassword(password) };
}

/** Without the letters and digits that people read for one another. */
const letters = 'abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789';
const newSecret = (length: number) =>
  Array.from({ length }, () => letters[randomInt(letters.length)]).join('');
