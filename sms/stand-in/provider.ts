import { randomInt, randomUUID } from 'node:crypto';
import { parsePhone } from '../phone.ts';
import { billedParts, renderTemplate, signedText, todoTemplate } from '../../domain/sms-text.ts';
import { DAY } from '../../domain/time.ts';
import { defaultSettings } from './control.ts';
import type { AnswerMisbehaviour, Control, Misbehaviour, ReceiptMisbehaviour, Settings } from './control.ts';
import { createJournal, readJournal } from './journal.ts';
import type { Message } from './journal.ts';
import { createReceiptPush, localTime } from './receipt-push.ts';

export type Answer = { readonly Code: string; readonly Message: string; readonly [field: string]: unknown };

/** Everything about the provider but HTTP: what it accepts, refuses, remembers, delivers and confirms. */
export type Provider = {
  sendSms(query: URLSearchParams): Answer;
  querySendDetails(query: URLSearchParams): Answer;
  /** The misbehaviour that meets this call, used up by one. */
  takeMisbehaviour(action: string, phone: string): AnswerMisbehaviour | null;
  control(change: Control): void;
  settings(): Settings;
  misbehaviours(): readonly Misbehaviour[];
  /** Accepted messages in the order of acceptance. */
  messages(): readonly Message[];
  now(): number;
  stop(): void;
};

export function createProvider(options: { stateFile?: string; receiptUrl?: string }): Provider {
  let settings = { ...defaultSettings };
  let misbehaviours: readonly Misbehaviour[] = [];
  const messages = new Map<string, Message>();
  const byPhone = new Map<string, string[]>();
  const timers = new Set<NodeJS.Timeout>();
  let swapped: string[] = [];
  const write = createJournal(options.stateFile);
  const receipts = createReceiptPush(() => settings);
  const now = () => Date.now() + settings.clockOffsetMs;

  for (const entry of options.stateFile === undefined ? [] : readJournal(options.stateFile)) {
    if ('message' in entry) remember(entry.message);
    else ({ settings, misbehaviours } = entry);
  }
  if (options.receiptUrl !== undefined) settings = { ...settings, receiptUrl: options.receiptUrl };
  for (const message of messages.values()) resume(message);

  function remember(message: Message) {
    if (!messages.has(message.bizId)) {
      byPhone.set(message.phone, [...(byPhone.get(message.phone) ?? []), message.bizId]);
    }
    messages.set(message.bizId, message);
  }

  function save(message: Message) {
    write({ message });
    remember(message);
  }

  function after(ms: number, work: () => void) {
    const timer = setTimeout(() => {
      timers.delete(timer);
      work();
    }, ms);
    timers.add(timer);
  }

  /** What an accepted message still has before it, after its acceptance or after a restart. */
  function resume(message: Message) {
    if (message.status !== 'waiting') {
      if (!message.receipted) confirm(message);
    } else if (message.misbehaviour?.do !== 'never_deliver') {
      if (settings.deliverAfterMs === 0) deliver(message);
      else after(settings.deliverAfterMs, () => deliver(message));
    }
  }

  function deliver(message: Message) {
    const failure = message.misbehaviour?.do === 'not_delivered' ? message.misbehaviour : null;
    const settled: Message = {
      ...message,
      status: failure === null ? 'delivered' : 'failed',
      errCode: failure === null ? 'DELIVERED' : failure.errCode,
      reportedAt: now(),
    };
    save(settled);
    confirm(settled);
  }

  function confirm(message: Message) {
    const wrong = message.misbehaviour;
    if (wrong?.do === 'lose_receipt') return save({ ...message, receipted: true });
    const pause = wrong?.do === 'delay_receipt' ? wrong.ms : settings.receiptAfterMs;
    after(pause, () => {
      if (wrong?.do === 'swap_receipts') {
        swapped.push(message.bizId);
        return;
      }
      const times = wrong?.do === 'repeat_receipt' ? wrong.times : 1;
      for (let i = 0; i < times; i += 1) push(message);
      const late = swapped;
      swapped = [];
      for (const bizId of late) push(messages.get(bizId) ?? message);
    });
  }

  const push = (message: Message) => receipts.push(message, () => save({ ...message, receipted: true }));

  function take<M extends Misbehaviour>(kinds: readonly string[], action: string, phone: string): M | null {
    const index = misbehaviours.findIndex(
      (one) =>
        kinds.includes(one.do) &&
        (one.phone === undefined || one.phone === phone) &&
        (one.action === 'any' || (one.action ?? 'SendSms') === action),
    );
    const found = misbehaviours[index];
    if (found === undefined) return null;
    if (found.next !== undefined) {
      const left = found.next - 1;
      misbehaviours = misbehaviours.flatMap((one, i) =>
        i !== index ? [one] : left === 0 ? [] : [{ ...one, next: left }],
      );
      write({ settings, misbehaviours });
    }
    return found as M;
  }

  return {
    sendSms(query) {
      const [numbers, signName, templateCode] = ['PhoneNumbers', 'SignName', 'TemplateCode'].map(
        (name) => query.get(name) ?? '',
      ) as [string, string, string];
      // Dukao sends no batches: one number in each call.
      if (numbers.includes(',')) return refusal('isv.MOBILE_COUNT_OVER_LIMIT', '手机号码数量超过限制');
      const phone = parsePhone(numbers);
      if (phone === null) return refusal('isv.MOBILE_NUMBER_ILLEGAL', `${numbers}invalid mobile number`);
      if (signName.length < 2 || signName.length > 12)
        return refusal('isv.SMS_SIGNATURE_ILLEGAL', '签名不合法');
      if (!templateCode.startsWith('SMS_')) return refusal('isv.SMS_TEMPLATE_ILLEGAL', '模板不合法');
      const params = paramsOf(query.get('TemplateParam') ?? '{}');
      if (params === null) return refusal('isv.INVALID_JSON_PARAM', 'JSON参数不合法');
      const rendered = renderTemplate(settings.templates[templateCode] ?? todoTemplate, params);
      if ('missing' in rendered) {
        return refusal('isv.TEMPLATE_MISSING_PARAMETERS', `模板变量缺少参数 ${rendered.missing}`);
      }
      const sentAt = now();
      const counted = (byPhone.get(phone) ?? [])
        .flatMap((bizId) => messages.get(bizId) ?? [])
        .filter((one) => one.signName === signName && one.templateCode === templateCode)
        .filter((one) => one.sentAt > sentAt - DAY).length;
      if (settings.cap !== null && counted >= settings.cap) {
        return refusal('isv.BUSINESS_LIMIT_CONTROL', `触发天级流控Permits:${settings.cap}`);
      }
      const text = signedText(signName, rendered.text);
      const message: Message = {
        bizId: `${randomInt(1e14, 2e14)}${String(sentAt).slice(-4)}^0`,
        outId: query.get('OutId') ?? '',
        phone,
        signName,
        templateCode,
        text,
        parts: billedParts(text),
        sentAt,
        misbehaviour: take<ReceiptMisbehaviour>(receiptKinds, 'SendSms', phone),
        status: 'waiting',
        errCode: null,
        reportedAt: null,
        receipted: false,
      };
      save(message);
      resume(message);
      return { ...ok(), BizId: message.bizId };
    },

    querySendDetails(query) {
      const size = Number(query.get('PageSize'));
      const page = Number(query.get('CurrentPage'));
      if (!(size >= 1 && size <= 50 && page >= 1)) return refusal('isv.INVALID_PARAMETERS', '参数异常');
      const bizId = query.get('BizId');
      const found = (byPhone.get(query.get('PhoneNumber') ?? '') ?? [])
        .flatMap((id) => messages.get(id) ?? [])
        .filter((one) => localTime(one.sentAt).slice(0, 10).replaceAll('-', '') === query.get('SendDate'))
        .filter((one) => bizId === null || one.bizId === bizId)
        .toReversed();
      return {
        ...ok(),
        TotalCount: found.length,
        SmsSendDetailDTOs: { SmsSendDetailDTO: found.slice((page - 1) * size, page * size).map(detailOf) },
      };
    },

    takeMisbehaviour: (action, phone) => take<AnswerMisbehaviour>(answerKinds, action, phone),

    control({ misbehave, behave, clock, ...changed }) {
      settings = { ...settings, ...changed };
      if (clock !== undefined) {
        const clockOffsetMs = 'at' in clock ? Date.parse(clock.at) - Date.now() : clock.offsetMs;
        settings = { ...settings, clockOffsetMs };
      }
      if (behave === true) misbehaviours = [];
      if (misbehave !== undefined) misbehaviours = [...misbehaviours, ...[misbehave].flat()];
      write({ settings, misbehaviours });
    },

    settings: () => settings,
    misbehaviours: () => misbehaviours,
    messages: () => [...messages.values()],
    now,
    stop() {
      receipts.stop();
      for (const timer of timers) clearTimeout(timer);
    },
  };
}

const answerKinds = [
  'reject',
  'hang_before_accepting',
  'hang_after_accepting',
  'server_error',
  'cut',
  'garble',
] as const satisfies AnswerMisbehaviour['do'][];

const receiptKinds = [
  'lose_receipt',
  'repeat_receipt',
  'delay_receipt',
  'swap_receipts',
  'never_deliver',
  'not_delivered',
] as const satisfies ReceiptMisbehaviour['do'][];

const ok = () => ({ Code: 'OK', Message: 'OK', RequestId: randomUUID().toUpperCase() });

export const refusal = (code: string, message: string): Answer => ({ ...ok(), Code: code, Message: message });

const statusNumbers = { waiting: 1, failed: 2, delivered: 3 } as const;

const detailOf = (message: Message) => ({
  PhoneNum: message.phone,
  OutId: message.outId,
  TemplateCode: message.templateCode,
  Content: message.text,
  SendDate: localTime(message.sentAt),
  ReceiveDate: message.reportedAt === null ? '' : localTime(message.reportedAt),
  SendStatus: statusNumbers[message.status],
  ErrCode: message.errCode ?? '',
});

/** The provider takes an object of texts and nothing else. */
function paramsOf(text: string): Record<string, string> | null {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return null;
    return Object.values(parsed).every((value) => typeof value === 'string')
      ? (parsed as Record<string, string>)
      : null;
  } catch {
    return null;
  }
}
