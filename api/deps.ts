import type { Logger } from 'pino';
import type { Db } from '../db/client.ts';
import type { Clock } from '../db/clock.ts';

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
  readonly trustProxy?: string | readonly string[];
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

/** What the API is built from. A resource takes the part that it needs: `Pick<AppDeps, 'db' | …>`. */
export type AppDeps = {
  readonly db: Db;
  readonly clock: Clock;
  readonly log: Logger;
  readonly settings: Settings;
  readonly phones: Phones;
  /** Told when somebody has replaced a one-time password. */
  readonly onPasswordChanged?: (account: string) => Promise<void>;
};
