import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import type { Db } from '../db/client.ts';
import type { Clock } from '../db/clock.ts';
import type { EvidenceStore } from '../db/evidence-store.ts';
import type { CadenceName } from '../domain/cadence.ts';
import type { Chain } from '../domain/deadline.ts';
import type { Actor } from '../domain/process.ts';
import type { Refusal } from '../domain/refusal.ts';
import type { Instant, LocalDate } from '../domain/time.ts';
import type { ItemFacts } from '../domain/supervision-item.ts';
import type { ProcessHistory } from '../workflows/history.ts';
import type { Story } from './story.ts';
import type { HandOver } from '../db/hand-overs.ts';
import type { Thing } from '../db/process-event.ts';
import type { Command, ListRelease } from '../workflows/client.ts';
import type { Envelope, Replan } from '../workflows/messages.ts';

export type Settings = {
  /** Null: not known; addresses of problems are then relative. */
  readonly publicUrl: string | null;
  /** True over TLS: cookies are then sent over TLS only. */
  readonly secureCookies: boolean;
  readonly sessionIdleMinutes: number;
  readonly sessionAbsoluteMinutes: number;
  /** Demonstration mode: processes can be moved in time. */
  readonly timeTravel: boolean;
  /** Which proxies may say where a request came from; nobody when absent. */
  readonly trustProxy?: string | string[];
};

/** A phone number as it is kept. */
export type SealedPhone = {
  readonly phone_cipher: string;
  readonly phone_hash: string;
  readonly phone_masked: string;
};

export type Phones = {
  /** Null when the text is no mobile number. */
  readonly seal: (text: string) => SealedPhone | null;
  readonly open: (phoneCipher: string) => string;
};

/** Files of evidence: where they lie, and how much of them there may be. */
export type EvidenceDeps = {
  readonly store: EvidenceStore;
  readonly uploadMaxBytes: number;
  /** Of all files of one unit together. */
  readonly unitQuotaBytes: number;
};

/** A supervision item as it is asked for: the system numbers it unless it brings a number along. */
export type NewSupervisionItem = Omit<ItemFacts, 'number'> & {
  readonly number: string | null;
  /** Name of a warning policy; null leaves the choice to the item's class. */
  readonly policy: string | null;
  /** Listed and assigned at once. */
  readonly assign: boolean;
};

/** The durable processes. The same command id is the same command: a repeat does nothing and answers the same. */
export type Processes = {
  readonly createSupervisionItem: (
    item: NewSupervisionItem,
    by: Actor,
    commandId: string,
  ) => Promise<{ readonly id: string } | Refusal>;
  /** Gives a process a new calendar, or a policy's new version; does nothing when it has ended. */
  readonly replan: (thing: Thing, replan: Replan, by: Actor, commandId: string) => Promise<Refusal | null>;
  /** The answer comes when the new state can be read. */
  readonly command: (
    thing: Thing,
    envelope: Envelope<Command>,
    commandId: string,
  ) => Promise<{ readonly version: number } | Refusal>;
  /** A command was answered from the row: its process may not know of it, because a worker died between the two. */
  readonly catchUp: (thing: Thing) => void;
  /** A run of a cadence for a day. @returns the run's id, when it has ended or has been waited for long enough. */
  readonly runCadence: (name: CadenceName, date: LocalDate, commandId: string) => Promise<string>;
  /** Starts what a released list still lacks. */
  readonly releaseList: (release: ListRelease, by: Actor) => Promise<void>;
  readonly turnRelease: (
    release: ListRelease & { readonly released_by: Actor },
    to: 'pause' | 'resume',
  ) => Promise<void>;
  /** Somebody who was told of a red card has opened the thing. */
  readonly seen: (thing: Thing, by: Actor, chains: readonly Chain[]) => Promise<void>;
  /** Sending works again: what was held for this person goes out. */
  readonly release: (personId: string) => Promise<void>;
  readonly receiptCame: (personId: string, messageId: string) => Promise<void>;
  /** After the commit; what is not told in time stays marked and is told by whoever looks next. */
  readonly handOver: (notifications: readonly HandOver[]) => void;
};

/** What must answer for this process to be ready; each rejects when it does not. */
export type Checks = Readonly<Record<string, () => Promise<void>>>;

/** Who looks daily whether all is well: the auditor and the reconciler, by the names of their cadences. */
export type Watcher = Extract<CadenceName, 'audit' | 'reconcile'>;

/** When each of them last came to its end, by the wall's time: whoever looks sees when one is dead. */
export type Auditing = {
  readonly lastSuccess: (watcher: Watcher) => Promise<Instant | null>;
  readonly now: () => Instant;
};

/** Of the stream of events, all in milliseconds but the last. */
export type BoardTimes = {
  /** How often the tables are asked for news while somebody listens. */
  readonly pollMs: number;
  /** How often a line is sent where nothing happens, so that no proxy takes the line for dead. */
  readonly heartbeatMs: number;
  /** How often it is asked whether the one who listens is still signed in, and what they may see. */
  readonly recheckMs: number;
  /** Listeners of one process. */
  readonly seats: number;
};

/** What the API is built from. A resource takes the part that it needs: `Pick<AppDeps, 'db' | …>`. */
export type AppDeps = {
  readonly db: Db;
  readonly clock: Clock;
  readonly log: Logger;
  readonly settings: Settings;
  readonly phones: Phones;
  readonly evidence: EvidenceDeps;
  readonly processes: Processes;
  /** What the engine remembers; null for a process of which it keeps nothing (any more). */
  readonly engine: {
    readonly historyOf: (workflowId: string) => Promise<ProcessHistory | null>;
    readonly uiUrlOf: (workflowId: string, runId: string) => string | null;
  };
  /** Whatever `goOn` leads to takes the caller's trace along to the engine. */
  readonly passOn?: (traceparent: string, goOn: () => void) => void;
  /** The last part of the address that receipts are pushed to. */
  readonly receiptSecret: string;
  /** Networks of the carrier that may push them; whoever knows the secret may when there are none. */
  readonly receiptSources?: readonly string[];
  /** How often boards are looked after; see event-feed.ts and events.ts for what holds otherwise. */
  readonly boards?: Partial<BoardTimes>;
  /** Demonstration mode only. */
  readonly story?: Story;
  readonly checks?: Checks;
  readonly auditing?: Auditing;
  /** Where times of answers are counted; nowhere when absent. */
  readonly metrics?: Registry;
  /** What checks requests is compiled when it is first asked for, unless this is set. */
  readonly compileAtOnce?: boolean;
  /** Told when somebody has replaced a one-time password. */
  readonly onPasswordChanged?: (account: string) => Promise<void>;
};
