import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { audit } from '../db/audit.ts';
import {
  findPerson,
  insertPerson,
  listPeople,
  lockPerson,
  phoneCipherOf,
  updatePerson,
  type PhoneFields,
} from '../db/organisation.ts';
import { closeMended } from '../db/record-mended.ts';
import { done } from './audited.ts';
import { EtagHeader, requireIfMatch, setEtag } from './concurrency.ts';
import { alreadyExists, orProblem, unknownUnit } from './constraints.ts';
import type { AppDeps, Phones } from './deps.ts';
import { newIdFor } from './idempotency.ts';
import { LinkHeader, Paged, PageOf, pageQuery, turnPage } from './paging.ts';
import { ApiProblem, notFound } from './problem.ts';
import { answer, closed, IdParams, named, nullable, ref, text, Uuid, Version } from './schemas.ts';

const StaffNo = Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9_-]*$', maxLength: 32 });
const fields = {
  staff_no: StaffNo,
  name: text(30),
  unit_id: nullable(Uuid),
  office: nullable(text(60)),
};
const Phone = nullable(Type.String({ maxLength: 30, description: '大陆手机号码；加密保存，此后只显示掩码' }));
const Person = named(
  'Person',
  closed({
    id: Uuid,
    ...fields,
    phone_masked: nullable(Type.String({ description: '如 138****1234' })),
    version: Version,
  }),
);
const NewPerson = closed({
  staff_no: StaffNo,
  name: fields.name,
  unit_id: Type.Optional(fields.unit_id),
  office: Type.Optional(fields.office),
  phone: Type.Optional(Phone),
});
const PersonChanges = Type.Partial(closed({ ...fields, phone: Phone }), {
  additionalProperties: false,
  minProperties: 1,
});

const violations = {
  person_staff_no_key: alreadyExists('/staff_no', '已有人员使用这个工号。'),
  person_unit_id_fkey: unknownUnit('/unit_id'),
};

export const people =
  ({ db, clock, phones }: Pick<AppDeps, 'db' | 'clock' | 'phones'>): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.addSchema(Person);

    app.get(
      '/people',
      {
        config: { right: 'see_organisation' },
        schema: {
          operationId: 'listPeople',
          summary: '人员列表，按工号排序，手机号码以掩码显示',
          tags: ['organisation'],
          querystring: Paged({
            staff_no: Type.Optional(StaffNo),
            name: Type.Optional(text(30, { description: '姓名中含有' })),
            unit_id: Type.Optional(Uuid),
          }),
          response: { 200: answer('一页人员', PageOf(ref(Person)), LinkHeader) },
        },
      },
      async (request, reply) => {
        const page = pageQuery(request.query, 1);
        const rows = await listPeople(db, request.query, {
          limit: page.limit + 1,
          after: page.after?.[0] ?? null,
        });
        return turnPage(request, reply, page, rows, ({ staff_no }) => [staff_no]);
      },
    );

    app.get(
      '/people/:id',
      {
        config: { right: 'see_organisation' },
        schema: {
          operationId: 'getPerson',
          summary: '一个人员',
          tags: ['organisation'],
          params: IdParams,
          response: { 200: answer('人员', ref(Person), EtagHeader) },
        },
      },
      async ({ params }, reply) => {
        const person = await findPerson(db, params.id);
        if (person === null) throw notFound();
        setEtag(reply, person.version);
        return person;
      },
    );

    app.post(
      '/people',
      {
        config: { right: 'edit_organisation', phoneFields: ['phone'] },
        schema: {
          operationId: 'createPerson',
          summary: '新增人员',
          tags: ['organisation'],
          body: NewPerson,
          response: { 201: answer('已新增', ref(Person), { ...EtagHeader, location: Type.String() }) },
        },
      },
      async (request, reply) => {
        const id = newIdFor(request);
        const { phone = null, unit_id = null, office = null, ...rest } = request.body;
        const fresh = { id, unit_id, office, ...rest };
        const sealed = sealPhone(phones, phone);
        const person = await orProblem(violations, () =>
          db.transaction().execute(async (tx) => {
            await insertPerson(tx, { ...fresh, ...sealed });
            await audit(tx, done(request, `person/${id}`, { ...fresh, phone_masked: sealed.phone_masked }));
            return await findPerson(tx, id);
          }),
        );
        if (person === null) throw notFound();
        setEtag(reply, person.version).code(201).header('location', `/api/v1/people/${id}`);
        return person;
      },
    );

    app.patch(
      '/people/:id',
      {
        config: { right: 'edit_organisation', phoneFields: ['phone'] },
        schema: {
          operationId: 'changePerson',
          summary: '修改人员，包括调动单位、更换手机号码',
          tags: ['organisation'],
          params: IdParams,
          body: PersonChanges,
          response: { 200: answer('已修改', ref(Person), EtagHeader) },
        },
      },
      async (request, reply) => {
        const { id } = request.params;
        const { phone, ...changes } = request.body;
        const sealed = phone === undefined ? {} : sealPhone(phones, phone);
        const at = await clock.now();
        const person = await orProblem(violations, () =>
          db.transaction().execute(async (tx) => {
            const before = await lockPerson(tx, id);
            if (before === null) throw notFound();
            requireIfMatch(request, before.version);
            const after = await updatePerson(tx, id, { ...changes, ...sealed });
            await closeMended(tx, at, id);
            const shown = phone === undefined ? {} : { phone_masked: after.phone_masked };
            await audit(tx, done(request, `person/${id}`, { ...changes, ...shown }));
            return after;
          }),
        );
        setEtag(reply, person.version);
        return person;
      },
    );

    app.post(
      '/people/:id/reveal-phone',
      {
        // Stores nothing that a repeat would double, and its answer must not be stored either.
        config: { right: 'reveal_phone', idempotency: false },
        schema: {
          operationId: 'revealPhone',
          summary: '查看完整手机号码；须写明理由，每次查看都记入审计',
          tags: ['organisation'],
          params: IdParams,
          body: closed({ reason: text(200) }),
          response: { 200: answer('手机号码', closed({ phone: nullable(Type.String()) })) },
        },
      },
      async (request) => {
        const { id } = request.params;
        if ((await findPerson(db, id)) === null) throw notFound();
        // Recorded first: what cannot be recorded is not shown.
        await audit(db, done(request, `person/${id}`, { reason: request.body.reason }));
        const cipher = await phoneCipherOf(db, id);
        return { phone: cipher === null ? null : phones.open(cipher) };
      },
    );
  };

function sealPhone(phones: Phones, phone: string | null): PhoneFields {
  if (phone === null) return { phone_cipher: null, phone_hash: null, phone_masked: null };
  const sealed = phones.seal(phone);
  if (sealed !== null) return sealed;
  throw new ApiProblem('invalid_request', '手机号码无效，请填写 11 位大陆手机号码。', {
    errors: [{ pointer: '/phone', detail: '须为 11 位大陆手机号码。', in: 'body' }],
  });
}
