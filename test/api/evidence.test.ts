import { createHash, randomUUID } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { discardUnlessKept, keep } from '../../api/evidence-keeping.ts';
import { openEvidenceFolder } from '../../db/evidence-store.ts';
import { openSession } from '../../db/sessions.ts';
import { wallNow } from '../../db/clock.ts';
import { seed } from '../../db/seed.ts';
import type { Actor } from '../../domain/process.ts';
import { instantOn, localDate } from '../../domain/time.ts';
import type { Role } from '../../domain/vocabulary.ts';
import { testApi, type Client, type TestApi } from '../support/api.ts';
import { formOf, upload } from '../support/forms.ts';
import { putItem } from '../support/items.ts';
import { createAccount, createUnit, givePost, type Account, type Unit } from '../support/people.ts';

const now = instantOn(localDate('2026-03-02'), '10:00');
const MIB = 1024 * 1024;

const pdf = Buffer.from('%PDF-1.7\n1 0 obj <<>> endobj\ntrailer <<>>\n%%EOF\n');
const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
const xlsx = await readFile(new URL('../../sample/roster.xlsx', import.meta.url));

describe('evidence over HTTP', () => {
  let api: TestApi;
  let folder: string;
  let ours: Unit;
  let theirs: Unit;
  let reporter: Account;
  let unit: Client;
  let diskIsFull = false;
  const clients: Partial<Record<Role, Client>> = {};

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'dukao-evidence-'));
    const store = await openEvidenceFolder(folder);
    api = await testApi({
      clock: { now: () => Promise.resolve(now) },
      evidence: {
        store: {
          ...store,
          receive: async (source) => {
            const draft = await store.receive(source);
            if (!diskIsFull) return draft;
            await draft.discard();
            throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
          },
        },
        uploadMaxBytes: MIB,
        unitQuotaBytes: 3 * MIB,
      },
    });
    await seed(api.db, now);
    ours = await createUnit(api.db);
    theirs = await createUnit(api.db);
    reporter = await createAccount(api.db, { roles: ['undertaking_unit'], unit: ours });
    unit = await api.signedIn(reporter);
    for (const role of ['supervision_officer', 'e_monitor', 'system_admin', 'assessment_admin'] as const) {
      clients[role] = await api.signedIn(await createAccount(api.db, { roles: [role], unit: theirs }));
    }
  });
  afterAll(async () => {
    await api.close();
    await rm(folder, { recursive: true, force: true });
  });

  const files = async () => {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).length;
  };
  const rows = async () => (await api.db.selectFrom('evidence').select('id').execute()).length;
  const traces = async () => ({ files: await files(), rows: await rows() });
  const as = (role: Role): Client => clients[role] ?? unit;
  const officer = (): Actor => ({
    kind: 'person',
    person_id: reporter.person.id,
    unit_id: ours.id,
    role: 'supervision_officer',
  });
  const item = (facts: { lead_unit_id: string; assisting_unit_ids?: string[] }) =>
    putItem(api.db, {
      at: now,
      by: officer(),
      facts: { ...facts, due_on: localDate('2026-06-30') },
      commands: [{ command: 'assign' }],
    });

  it('R-034 is hashed, kept under a name of its own and given back as it came', async () => {
    const name = '印证材料（一季度）.pdf';
    const { status, body, headers } = await upload(unit, '/evidence', { name, content: pdf });
    expect(status).toBe(201);
    expect(headers['location']).toBe(`/api/v1/evidence/${body.id}`);
    expect(body).toMatchObject({
      file_name: name,
      media_type: 'application/pdf',
      size_bytes: pdf.length,
      sha256: createHash('sha256').update(pdf).digest('hex'),
      unit_id: ours.id,
      thing_id: null,
    });
    const { stored_as } = await api.db
      .selectFrom('evidence')
      .select('stored_as')
      .where('id', '=', body.id)
      .executeTakeFirstOrThrow();
    expect(stored_as).toMatch(/^[\da-f-]{36}$/);
    const content = await unit.get(`/evidence/${body.id}/content`);
    expect(content.body).toBe(pdf.toString());
    expect(content.headers).toMatchObject({
      'content-type': 'application/pdf',
      'content-length': String(pdf.length),
      'x-content-type-options': 'nosniff',
      'cache-control': 'private, no-store',
    });
    expect(content.headers['content-disposition']).toBe(
      `attachment; filename="_________.pdf"; filename*=UTF-8''${encodeURIComponent('印证材料（一季度）')}.pdf`,
    );
  });

  it.each([
    ['表.xlsx', xlsx],
    ['图.png', png],
    ['图.PNG', png],
    ['说明.txt', '进度已达百分之六十。\r\n'],
    ['说明.txt', Buffer.from([0xbd, 0xf8, 0xb6, 0xc8, 0x0a])],
  ])('takes %s', async (name, content) => {
    expect((await upload(unit, '/evidence', { name, content })).status).toBe(201);
  });

  it.each([
    ['a program', 'setup.exe', Buffer.from('MZ\x90\x00')],
    ['a program called pdf', '通知.pdf', Buffer.from(`MZ\x90\x00${'\x00'.repeat(200)}`)],
    ['a page called txt', '说明.txt', png],
    ['bytes called txt', '说明.txt', Buffer.from([1, 2, 3, 0, 255, 254])],
    ['a picture called pdf', '图.pdf', png],
    ['a web page', 'index.html', '<script>alert(1)</script>'],
    ['an archive', '材料.zip', Buffer.from('PK\x03\x04')],
    ['half a picture', '图.png', png.subarray(0, 5)],
    ['a name without an extension', 'README', pdf],
    ['an extension that is only shown by reading backwards', 'a\u202Efdp.exe', pdf],
    ['nothing called pdf', 'leer.pdf', ''],
  ])('refuses %s and keeps nothing of it', async (_, name, content) => {
    const before = await traces();
    const { status, body } = await upload(unit, '/evidence', { name, content });
    expect(status).toBe(415);
    expect(body.code).toBe('file_type_refused');
    expect(await traces()).toEqual(before);
  });

  it('keeps a name that would leave the folder as a name', async () => {
    const { body } = await upload(unit, '/evidence', { name: '../../etc/机密.pdf', content: pdf });
    expect(body.file_name).toBe('机密.pdf');
  });

  it.each([
    ['no file', null, {}, '/file'],
    ['an unknown field', { name: 'a.pdf', content: pdf }, { color: 'red' }, '/color'],
    [
      'a kind without an id',
      { name: 'a.pdf', content: pdf },
      { thing_kind: 'supervision_item' },
      '/thing_id',
    ],
    [
      'an id that is none',
      { name: 'a.pdf', content: pdf },
      { thing_kind: 'supervision_item', thing_id: '7' },
      '/thing_id',
    ],
  ])('with %s is a bad request that leaves nothing', async (_, file, fields, pointer) => {
    const before = await traces();
    const { status, body } = await upload(unit, '/evidence', file, fields);
    expect(status).toBe(400);
    expect(body.errors[0].pointer).toBe(pointer);
    expect(await traces()).toEqual(before);
  });

  it('is sent as a form and as nothing else', async () => {
    expect((await unit.post('/evidence', { file: 'a' })).body).toMatchObject({
      status: 415,
      code: 'unsupported_media_type',
    });
    const { body } = await formOf({ name: 'a.pdf', content: pdf });
    const broken = await unit.post('/evidence', body, { headers: { 'content-type': 'multipart/form-data' } });
    expect(broken.status).toBe(400);
  });

  it('fault 13: sent twice under one key is one file', async () => {
    const key = randomUUID();
    const first = await upload(unit, '/evidence', { name: 'a.pdf', content: pdf }, {}, key);
    const before = await traces();
    const again = await upload(unit, '/evidence', { name: 'a.pdf', content: pdf }, {}, key);
    expect(again.status).toBe(201);
    expect(again.headers['idempotency-replayed']).toBe('true');
    expect(again.body).toEqual(first.body);
    expect((await upload(unit, '/evidence', { name: 'b.pdf', content: pdf }, {}, key)).status).toBe(422);
    expect(await traces()).toEqual(before);
  });

  it('fault 18: a full disk is said clearly and leaves nothing', async () => {
    const before = await traces();
    diskIsFull = true;
    const { status, body } = await upload(unit, '/evidence', { name: 'a.pdf', content: pdf });
    diskIsFull = false;
    expect(status).toBe(507);
    expect(body.code).toBe('storage_full');
    expect(await traces()).toEqual(before);
  });

  it('stays within the space of the unit, also when two files come at once', async () => {
    const small = await createUnit(api.db);
    const client = await api.signedIn(
      await createAccount(api.db, { roles: ['undertaking_unit'], unit: small }),
    );
    const content = Buffer.concat([pdf, Buffer.alloc(MIB - 1000)]);
    const before = await traces();
    const answers = await Promise.all(
      Array.from({ length: 5 }, (_, i) => upload(client, '/evidence', { name: `${i}.pdf`, content })),
    );
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, 201, 201, 409, 409]);
    expect(answers.find(({ status }) => status === 409)?.body.code).toBe('quota_exceeded');
    expect(await traces()).toEqual({ files: before.files + 3, rows: before.rows + 3 });
  });

  it('of which the answer was lost is there once when it is sent again', async () => {
    await api.app.listen({ host: '127.0.0.1', port: 0 });
    const { port } = api.app.server.address() as AddressInfo;
    const { token } = await openSession(api.db, reporter.id, wallNow());
    const send = async () => {
      const { body, headers } = await formOf({ name: 'lost.pdf', content: pdf });
      return fetch(`http://127.0.0.1:${port}/api/v1/evidence`, {
        method: 'POST',
        headers: { ...headers, authorization: `Bearer ${token}`, 'idempotency-key': '"lost"' },
        body: new Uint8Array(body),
      });
    };
    const first = (await (await send()).json()) as { id: string };
    // As after a crash between the commit and the answer: the key was never answered.
    await api.db.deleteFrom('idempotency').where('key', '=', 'lost').execute();
    const before = await traces();
    expect(await (await send()).json()).toMatchObject({ id: first.id });
    expect(await traces()).toEqual(before);
  });

  it('fault 5: stays when the commit succeeded and only its answer was lost', async () => {
    const store = await openEvidenceFolder(folder);
    const draft = await store.receive(Readable.from([pdf]));
    const id = randomUUID();
    const viewer = {
      person_id: reporter.person.id,
      unit_id: ours.id,
      roles: reporter.roles,
      portfolio: [],
      scope: null,
    };
    const lost = discardUnlessKept(
      api.db,
      () => id,
      draft,
      async () => {
        const sent = { fileName: 'a.pdf', received: draft, fields: {} };
        await keep(api.db, sent, { id, thing: null, viewer, at: now, quotaBytes: 100 * MIB });
        throw new Error('Connection terminated unexpectedly');
      },
    );
    await expect(lost).rejects.toThrow('terminated');
    expect((await unit.get(`/evidence/${id}/content`)).body).toBe(pdf.toString());
  });

  describe('is seen', () => {
    let free: string;
    let attached: string;
    let thing: { id: string };
    beforeAll(async () => {
      thing = await item({ lead_unit_id: ours.id });
      free = (await upload(unit, '/evidence', { name: 'free.pdf', content: pdf })).body.id;
      const about = { thing_kind: 'supervision_item', thing_id: thing.id };
      const { status, body } = await upload(unit, '/evidence', { name: 'about.pdf', content: pdf }, about);
      expect(status).toBe(201);
      attached = body.id;
    });
    const sees = async (client: Client, id: string) => {
      const [meta, content] = [
        await client.get(`/evidence/${id}`),
        await client.get(`/evidence/${id}/content`),
      ];
      expect(meta.status).toBe(content.status);
      return meta.status;
    };

    it('by the uploader and by colleagues of the same unit', async () => {
      const colleague = await api.signedIn(
        await createAccount(api.db, { roles: ['undertaking_unit'], unit: ours }),
      );
      for (const client of [unit, colleague]) {
        expect([await sees(client, free), await sees(client, attached)]).toEqual([200, 200]);
      }
    });

    it('by whoever may see the thing that it is about, and then only', async () => {
      for (const role of ['supervision_officer', 'e_monitor', 'assessment_admin'] as const) {
        expect([role, await sees(as(role), free), await sees(as(role), attached)]).toEqual([role, 404, 200]);
      }
    });

    it('by nobody of another unit, and by no administrator', async () => {
      const other = await api.signedIn(
        await createAccount(api.db, { roles: ['undertaking_unit'], unit: theirs }),
      );
      const admin = await api.signedIn(await createAccount(api.db, { roles: ['system_admin'], unit: ours }));
      for (const client of [other, admin, as('system_admin')]) {
        expect([await sees(client, free), await sees(client, attached)]).toEqual([404, 404]);
      }
      expect((await api.anonymous.get(`/evidence/${free}`)).status).toBe(401);
      expect((await unit.get(`/evidence/${randomUUID()}`)).status).toBe(404);
    });

    it('by the city leader in whose portfolio the thing lies', async () => {
      const leader = await createAccount(api.db, { roles: ['city_leader'] });
      const client = await api.signedIn(leader);
      expect(await sees(client, attached)).toBe(404);
      await givePost(api.db, { person: leader.person, unit: ours, role: 'city_leader' });
      expect(await sees(client, attached)).toBe(200);
    });
  });

  it('is not uploaded by those who only watch or administrate', async () => {
    for (const role of ['e_monitor', 'system_admin'] as const) {
      expect((await upload(as(role), '/evidence', { name: 'a.pdf', content: pdf })).status).toBe(403);
    }
  });

  it('is not uploaded for a thing that one may not see, nor for one that has ended', async () => {
    const before = await traces();
    const foreign = await item({ lead_unit_id: theirs.id });
    const about = (thing_id: string) => ({ thing_kind: 'supervision_item', thing_id });
    expect((await upload(unit, '/evidence', { name: 'a.pdf', content: pdf }, about(foreign.id))).status).toBe(
      404,
    );
    expect(
      (await upload(unit, '/evidence', { name: 'a.pdf', content: pdf }, about(randomUUID()))).status,
    ).toBe(404);
    const ended = await item({ lead_unit_id: ours.id });
    await api.db
      .updateTable('supervision_item')
      .set({ stage: 'closed' })
      .where('id', '=', ended.id)
      .execute();
    const late = await upload(unit, '/evidence', { name: 'a.pdf', content: pdf }, about(ended.id));
    expect([late.status, late.body.code]).toEqual([409, 'process_ended']);
    expect(await traces()).toEqual(before);
  });
});
