import type { LocalDate } from '../domain/time.ts';

export type GatewaySettings = {
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
  /** `host` or `host:port`. */
  readonly endpoint: string;
  readonly protocol: 'http' | 'https';
  readonly signName: string;
  readonly templateCode: string;
  readonly connectTimeoutMs: number;
  readonly readTimeoutMs: number;
};

export type SendOutcome =
  | { readonly outcome: 'accepted'; readonly bizId: string; readonly requestId: string }
  /** The provider answered with a code other than OK. */
  | { readonly outcome: 'rejected'; readonly code: string; readonly message: string }
  /** Time-out, 5xx, connection cut: ask before sending again. */
  | { readonly outcome: 'unknown'; readonly reason: string };

export type AskOutcome =
  | { readonly found: false }
  | {
      readonly found: true;
      readonly status: 'waiting' | 'delivered' | 'failed';
      readonly errCode: string | null;
    }
  | { readonly unreachable: string };

export type Gateway = {
  /** `messageId` travels along as OutId. Never throws for a fault of the provider or the network. */
  send(message: {
    readonly messageId: string;
    readonly phone: string;
    readonly params: Readonly<Record<string, string>>;
    readonly templateCode?: string;
  }): Promise<SendOutcome>;
  /** What became of our message, by its OutId. Never throws for a fault of the provider or the network. */
  ask(message: {
    readonly messageId: string;
    readonly phone: string;
    readonly sentOn: LocalDate;
  }): Promise<AskOutcome>;
};
