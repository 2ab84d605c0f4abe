/** Fault 21: that test files really run in the zones that they are given. */
import { execFileSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { expect, test } from 'vitest';
import { zoneOf, zones } from './zones.ts';

const project = new URL('..', import.meta.url).pathname;
const offsets = { UTC: 0, 'Asia/Shanghai': -480, 'America/Chicago': 360 };
const given = process.env['TEST_ZONE'] ?? zoneOf('test/zones.test.ts', process.env['TEST_ZONE_SALT']);
/** Asked while this file was being read: nothing of it was ever in another zone. */
const atFirst = new Date(2026, 0, 1).getTimezoneOffset();

test('fault 21: a test file is in its zone from its first line on, and so are the processes that it starts', () => {
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  expect(timeZone).toBe(given);
  if (Object.hasOwn(offsets, given)) expect(atFirst).toBe(offsets[given as keyof typeof offsets]);
  const program = 'console.log(Intl.DateTimeFormat().resolvedOptions().timeZone)';
  expect(execFileSync(process.execPath, ['-e', program], { encoding: 'utf8' }).trim()).toBe(given);
});

test('fault 21: with the usual salt each zone has test files of its own, and this one is not in UTC', () => {
  const files = globSync('test/**/*.test.ts', { cwd: project });
  const inZones = zones.map((zone) => files.filter((file) => zoneOf(file) === zone).length);
  for (const count of inZones) expect(count, inZones.join(' ')).toBeGreaterThan(files.length / 6);
  expect(zoneOf('test/zones.test.ts')).not.toBe('UTC');
  expect(zones.map((zone) => files.some((file) => zoneOf(file, '2') === zone))).toEqual([true, true, true]);
});
