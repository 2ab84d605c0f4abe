import { Type } from 'typebox';
import type { Static } from 'typebox';
import { Value } from 'typebox/value';

/**
 * Whom a misbehaviour meets: one number or all, the next `next` calls or every one. `action` is
 * `SendSms` when it is left out.
 */
const target = {
  phone: Type.Optional(Type.String({ pattern: '^\\d{11}$' })),
  next: Type.Optional(Type.Integer({ minimum: 1 })),
  action: Type.Optional(
    Type.Union([Type.Literal('SendSms'), Type.Literal('QuerySendDetails'), Type.Literal('any')]),
  ),
};

const strict = { additionalProperties: false };
const milliseconds = Type.Integer({ minimum: 0, maximum: 2 ** 31 - 1 });

/** What goes wrong with the answer to a call. */
const AnswerMisbehaviour = Type.Union([
  Type.Object(
    {
      ...target,
      do: Type.Literal('reject'),
      code: Type.String({ minLength: 1 }),
      message: Type.Optional(Type.String()),
    },
    strict,
  ),
  /** Without `ms` for ever: the caller gives up. With it the call is taken in after all, later. */
  Type.Object(
    { ...target, do: Type.Literal('hang_before_accepting'), ms: Type.Optional(milliseconds) },
    strict,
  ),
  Type.Object(
    { ...target, do: Type.Literal('hang_after_accepting'), ms: Type.Optional(milliseconds) },
    strict,
  ),
  /** `accepted`: the work was done, and only the answer went wrong. */
  Type.Object(
    {
      ...target,
      do: Type.Literal('server_error'),
      status: Type.Optional(Type.Integer({ minimum: 500, maximum: 599 })),
      accepted: Type.Optional(Type.Boolean()),
    },
    strict,
  ),
  Type.Object({ ...target, do: Type.Literal('cut'), accepted: Type.Optional(Type.Boolean()) }, strict),
  Type.Object({ ...target, do: Type.Literal('garble'), accepted: Type.Optional(Type.Boolean()) }, strict),
]);

/** What goes wrong after a message was accepted. */
const ReceiptMisbehaviour = Type.Union([
  Type.Object({ ...target, do: Type.Literal('lose_receipt') }, strict),
  Type.Object({ ...target, do: Type.Literal('repeat_receipt'), times: Type.Integer({ minimum: 2 }) }, strict),
  Type.Object({ ...target, do: Type.Literal('delay_receipt'), ms: milliseconds }, strict),
  /** This receipt is pushed after that of the next message. */
  Type.Object({ ...target, do: Type.Literal('swap_receipts') }, strict),
  Type.Object({ ...target, do: Type.Literal('never_deliver') }, strict),
  Type.Object(
    { ...target, do: Type.Literal('not_delivered'), errCode: Type.String({ minLength: 1 }) },
    strict,
  ),
]);

export type AnswerMisbehaviour = Static<typeof AnswerMisbehaviour>;
export type ReceiptMisbehaviour = Static<typeof ReceiptMisbehaviour>;
export type Misbehaviour = AnswerMisbehaviour | ReceiptMisbehaviour;

const Misbehaviour = Type.Union([AnswerMisbehaviour, ReceiptMisbehaviour]);

const settings = {
  /** Where receipts are pushed; null: nowhere. */
  receiptUrl: Type.Union([Type.String({ pattern: '^https?://' }), Type.Null()]),
  /** From acceptance until the phone shows the message. */
  deliverAfterMs: milliseconds,
  /** From delivery until the receipt is pushed. */
  receiptAfterMs: milliseconds,
  /** Pauses before a push that was not answered is made again; then never. */
  receiptRetryMs: Type.Array(milliseconds),
  /** Notices per signature, template and number in a rolling 24 hours; null: no cap. */
  cap: Type.Union([Type.Integer({ minimum: 0 }), Type.Null()]),
  /** By template code; a code that is not listed has the text of `domain/sms-text.ts`. */
  templates: Type.Record(Type.String(), Type.String()),
};

const Settings = Type.Object({ ...settings, clockOffsetMs: Type.Integer() }, strict);
export type Settings = Static<typeof Settings>;

/** The body of `POST /_control`. */
const Control = Type.Object(
  {
    ...Object.fromEntries(Object.entries(settings).map(([name, schema]) => [name, Type.Optional(schema)])),
    misbehave: Type.Optional(Type.Union([Misbehaviour, Type.Array(Misbehaviour)])),
    /** All misbehaviours end. */
    behave: Type.Optional(Type.Literal(true)),
    /** The provider's own clock: what the cap, the query and the receipts go by. */
    clock: Type.Optional(
      Type.Union([
        Type.Object({ offsetMs: Type.Integer() }, strict),
        Type.Object({ at: Type.String({ format: 'date-time' }) }, strict),
      ]),
    ),
  },
  strict,
);
export type Control = Partial<Omit<Settings, 'clockOffsetMs'>> & {
  readonly misbehave?: Misbehaviour | readonly Misbehaviour[];
  readonly behave?: true;
  readonly clock?: { readonly offsetMs: number } | { readonly at: string };
};

export const defaultSettings: Settings = {
  receiptUrl: null,
  deliverAfterMs: 0,
  receiptAfterMs: 200,
  receiptRetryMs: [60_000, 300_000, 600_000],
  cap: 50,
  templates: {},
  clockOffsetMs: 0,
};

/** The body when it is one, otherwise what is wrong with it and where. */
export function parseControl(body: unknown): Control | { fault: string } {
  if (Value.Check(Control, body)) return body as Control;
  const [first] = Value.Errors(Control, body);
  return { fault: first === undefined ? 'not understood' : `${first.instancePath || '/'} ${first.message}` };
}
