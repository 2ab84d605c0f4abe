/**
 * Before each test file, in the process that runs it and nothing else: whatever it, and the processes that it
 * starts, take for local time is the zone's.
 */
import { relative } from 'node:path';
import { expect } from 'vitest';
import { zoneOf } from './zones.ts';

const file = relative(new URL('..', import.meta.url).pathname, expect.getState().testPath ?? '');
process.env['TZ'] = process.env['TEST_ZONE'] ?? zoneOf(file, process.env['TEST_ZONE_SALT']);
