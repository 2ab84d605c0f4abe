/**
 * Fault 21: which time zone each test file runs in, as if its machine were set to it. By the hash of its name
 * and a salt: the same for everybody, until somebody asks for another salt (TEST_ZONE_SALT). Who sets TZ
 * has chosen for all files.
 */
import { createHash } from 'node:crypto';

export const zones = ['UTC', 'Asia/Shanghai', 'America/Chicago'] as const;
export type Zone = (typeof zones)[number];

export const USUAL_SALT = '1';

/** @param file its path in the project, such as `test/domain/due.test.ts`. */
export function zoneOf(file: string, salt: string = USUAL_SALT): Zone {
  const [first = 0] = createHash('sha256').update(`${salt}/${file}`).digest();
  return zones[first % zones.length] ?? 'UTC';
}

/** What the processes of a run are told, said once: so that it can be run again as it was. */
export function zoneSettings(): Readonly<Record<string, string>> {
  const { TZ: zone, TEST_ZONE_SALT: salt = USUAL_SALT } = process.env;
  console.log(
    zone === undefined
      ? `Time zones: each test file its own, by TEST_ZONE_SALT=${salt}`
      : `Time zones: all test files in TZ=${zone}`,
  );
  return zone === undefined ? { TEST_ZONE_SALT: salt } : { TEST_ZONE: zone };
}
