/** The two commands of the README on a fresh clone: what a newcomer sees, and what survives whatever they do. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { waitUntil } from '../../embedded/ports.ts';
import { FreshClone, type Started } from './fresh-clone.ts';
import { missingFrom, tourOf, walk, type Step } from './tour.ts';

const passwords = {
  'supervision-office.head': 'Officer-2026-pass',
  'd214.reporter1': 'Reporter-2026-pass',
  'system.admin': 'Admin-2026-pass',
} as const;

type Item = { id: string; title: string; stage: string; version: number };

describe('a fresh clone', () => {
  const clone = new FreshClone();
  let steps: readonly Step[] = [];
  let said: readonly string[] = [];
  let running: Started;

  beforeAll(async () => {
    await clone.make();
    running = await clone.start();
    steps = tourOf(readFileSync(join(clone.folder, 'README.md'), 'utf8'));
    const env = clone.env({ BASE: clone.base });
    said = await walk(steps, { folder: clone.folder, env });
  });
  afterAll(() => clone.remove());

  async function ask<T>(path: string, { token, post }: { token?: string; post?: object } = {}): Promise<T> {
    const answer = await fetch(`${clone.base}${path}`, {
      method: post === undefined ? 'GET' : 'POST',
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(post === undefined
          ? {}
          : { 'content-type': 'application/json', 'idempotency-key': crypto.randomUUID() }),
      },
      ...(post === undefined ? {} : { body: JSON.stringify(post) }),
    });
    const body = await answer.text();
    expect([answer.status, body]).toEqual([expect.toSatisfy((status: number) => status < 300), body]);
    return JSON.parse(body) as T;
  }

  const signIn = async (account: keyof typeof passwords) =>
    (await ask<{ token: string }>('/sessions', { post: { account, password: passwords[account] } })).token;

  /** All that the tour left, as it can be read. */
  async function whatIsThere(token: string) {
    const { items } = await ask<{ items: Item[] }>('/supervision-items?limit=200', { token });
    const item = items.find(({ title }) => title === '完成城东路排水改造');
    const of = (what: string) => ask(`/supervision-items/${item?.id}/${what}`, { token });
    return {
      items: items.map(({ id, stage, version }) => ({ id, stage, version })),
      item,
      events: await of('events'),
      warnings: await of('warnings'),
      messages: await of('messages'),
      evidence: await of('evidence'),
    };
  }

  /** The invariant, by the system's own watch: nothing missing, nothing double, and no process other than its row. */
  async function nothingIsMissing() {
    const token = await signIn('system.admin');
    for (const watch of ['/cadences/audit', '/cadences/reconcile']) {
      const run = await ask<{ id: string }>(`${watch}/commands/run`, { token, post: {} });
      expect(run).toMatchObject({ outcome: 'done' });
      expect(await ask(`/audit-reports/${run.id}`, { token })).toMatchObject({ faults: [], found: 0 });
    }
  }

  test('comes up by npm start, and the tour of the README goes as it says', () => {
    expect(steps.length).toBeGreaterThan(8);
    const wrong = steps.flatMap(({ shown }, index) => {
      const missing = missingFrom(said[index] ?? '', shown);
      return missing.length === 0 ? [] : [{ step: index + 1, missing, said: said[index] }];
    });
    expect(wrong).toEqual([]);
  });

  test('fault 30: a second start on the same folder, a used port and wrong settings are refused in clear words', async () => {
    const port = new URL(clone.base).port;
    const other = { DUKAO_HOME: join(clone.parent, 'another') };
    const refusals = await Promise.all([
      // Typed once more as it was: the port is used as well, and the folder is what matters.
      clone.refused({}),
      clone.refused({ PORT: '0' }),
      clone.refused(other),
      clone.refused({ ...other, PORT: 'three', LOG_LEVEL: 'loud', DUKAO_HOEM: '/tmp' }),
    ]);
    const taken = `Another start already uses the state folder ${clone.home}. Stop it first, or set DUKAO_HOME`;
    const sentences = [
      [taken],
      [taken],
      [`Port ${port} on 127.0.0.1 is used by another program. Stop it, or set PORT to another port.`],
      ['3 settings are wrong:', 'PORT is "three"', 'LOG_LEVEL is "loud"', 'DUKAO_HOEM is not a setting'],
    ];
    for (const [index, { code, said: words }] of refusals.entries()) {
      expect(code).toBe(1);
      for (const sentence of sentences[index] ?? []) expect(words).toContain(sentence);
      expect(words.includes('is used by another program')).toBe(index === 2);
      expect(words).not.toMatch(/^ +at |Error:/m);
    }
    expect(await ask('/me', { token: await signIn('d214.reporter1') })).toMatchObject({
      account: 'd214.reporter1',
    });
  });

  test('stopped by a signal it leaves no program, and started again it has everything', async () => {
    const before = await whatIsThere(await signIn('supervision-office.head'));
    expect(before.item).toMatchObject({ stage: 'closed' });
    await running.signal('SIGTERM');
    expect(running.said()).toContain('Stopped. Nothing is lost');
    expect(clone.programs()).toEqual([]);

    running = await clone.start();
    expect(await whatIsThere(await signIn('supervision-office.head'))).toEqual(before);
    await nothingIsMissing();
    const left = JSON.parse(readFileSync(join(clone.home, 'first-accounts.json'), 'utf8')) as object[];
    expect(left).toHaveLength(344 - Object.keys(passwords).length);
  });

  test('fault 30: killed outright, the next start ends what was left, and the processes go on', async () => {
    const officer = await signIn('supervision-office.head');
    const reporter = await signIn('d214.reporter1');
    const { unit } = await ask<{ unit: { id: string } }>('/me', { token: reporter });
    const { id } = await ask<Item>('/supervision-items', {
      token: officer,
      post: {
        title: '疏浚东干渠',
        aspect: 'key_work',
        source: { level: 'municipal', document: null, instructed_by: null },
        item_class: 'ordinary_item',
        lead_unit_id: unit.id,
      },
    });
    const command = (token: string, name: string, post: object) =>
      ask<Item>(`/supervision-items/${id}/commands/${name}`, { token, post });
    await command(officer, 'assign', {});
    const before = await command(reporter, 'acknowledge', {});

    await running.signal('SIGKILL');
    const orphans = clone.programs();
    expect(orphans.length).toBeGreaterThanOrEqual(2);

    running = await clone.start();
    const ended = running
      .said()
      .matchAll(/^Ending .* \(process (\d+)\), left over from a start that was killed$/gm);
    const pidOf = (line: string) => line.trim().split(' ')[0];
    expect(new Set([...ended].map(([, pid]) => pid))).toEqual(new Set(orphans.map(pidOf)));
    const after = await ask<Item>(`/supervision-items/${id}`, { token: reporter });
    expect(after).toEqual(before);
    const reported = await command(reporter, 'report-progress', { percent: 40, text: '已疏浚四公里' });
    expect(reported.version).toBe(before.version + 1);
    await nothingIsMissing();

    await running.signal('SIGINT');
    expect(running.said()).toContain('Stopped. Nothing is lost');
    expect(clone.programs()).toEqual([]);
  });

  test('a second Ctrl-C ends at once what the first one waits for, and leaves no program; nothing is lost', async () => {
    running = await clone.start();
    const before = await whatIsThere(await signIn('supervision-office.head'));
    const { hostname, port } = new URL(running.base);
    // Half a request: whoever stops in order waits for the rest.
    const socket = connect(Number(port), hostname);
    socket.on('error', () => undefined);
    socket.write('POST /api/v1/sessions HTTP/1.1\r\nHost: dukao\r\nContent-Length: 100\r\n\r\n{');
    await once(socket, 'ready');
    running.press();
    const stopping = async () => {
      if (!running.said().includes('Stopping')) throw new Error(running.said());
    };
    await waitUntil('Ctrl-C', stopping, { withinMs: 10_000 });
    // Within half a second two are one: a terminal and npm both pass it on.
    await pause(1_000);
    expect(running.said()).not.toContain('Stopped.');
    const from = performance.now();
    await running.signal('SIGINT');
    expect(performance.now() - from).toBeLessThan(5_000);
    expect(running.said()).not.toContain('Stopped.');
    expect(clone.programs()).toEqual([]);

    running = await clone.start();
    expect(await whatIsThere(await signIn('supervision-office.head'))).toEqual(before);
    await running.signal('SIGINT');
    expect(clone.programs()).toEqual([]);
  });
});
