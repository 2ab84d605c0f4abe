import { resolve } from 'node:path';
import {
  absoluteUrl,
  endpoint,
  hostAndPort,
  idAndKey,
  name,
  networks,
  oneOf,
  text,
  wholeNumber,
  EnvironmentReader,
  type ConfigFaults,
  type Endpoint,
  type PhoneKey,
} from './config-reading.ts';
import { phoneKeyId } from './sms/phone-cipher.ts';

export type { ConfigFaults, Endpoint, PhoneKey } from './config-reading.ts';

export type SmsConfig = {
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
  readonly endpoint: Endpoint;
  readonly signName: string;
  readonly templateCode: string;
  /** The last part of the receipts' address, which only the carrier knows. */
  readonly receiptSecret: string;
  /** Networks that may push receipts; empty: whoever knows the secret. */
  readonly receiptSources: readonly string[];
  readonly ratePerSecond: number;
};

type Settings = {
  readonly host: string;
  /** Networks whose X-Forwarded-For is believed; none: the peer's own address counts. */
  readonly trustedProxies: readonly string[];
  /** 0: any free port. */
  readonly port: number;
  /** Null: no metrics are served. */
  readonly metricsPort: number | null;
  /** The state folder, absolute. */
  readonly home: string;
  readonly temporalNamespace: string;
  /** Where its users find the Temporal UI; null: nowhere, or where the start has brought it up itself. */
  readonly temporalUiUrl: string | null;
  readonly taskQueues: { readonly processes: string; readonly sms: string };
  readonly logLevel: LogLevel;
  readonly evidence: {
    readonly folder: string;
    readonly uploadMaxBytes: number;
    /** Of all files of one unit together. */
    readonly unitQuotaBytes: number;
    /** With less than this free on its disk nothing is ready: before uploads, and a database beside them, find it full. */
    readonly leastFreeBytes: number;
  };
  readonly session: { readonly idleMinutes: number; readonly absoluteMinutes: number };
  /** What numbers are encrypted with from now on; what the other one made is read. */
  readonly phoneCipher: 'aes' | 'sm4';
  /** A second key, that is only read with, while keys are exchanged. */
  readonly phoneKeyAlso: PhoneKey | null;
};

/** Everything on one machine: what is null here is brought along or made up by the start itself. */
export type DemonstrationConfig = Settings & {
  readonly mode: 'demonstration';
  readonly databaseUrl: string | null;
  readonly temporalAddress: string | null;
  /** Null: the address that it listens on. */
  readonly publicUrl: string | null;
  /** Null: the stand-in provider. */
  readonly sms: SmsConfig | null;
  readonly phoneKey: PhoneKey | null;
};

export type ProductionConfig = Settings & {
  readonly mode: 'production';
  readonly databaseUrl: string;
  readonly temporalAddress: string;
  readonly publicUrl: string;
  readonly sms: SmsConfig;
  readonly phoneKey: PhoneKey;
};

export type Config = DemonstrationConfig | ProductionConfig;

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

/** All settings, or every fault of them at once. */
export function readConfig(env: NodeJS.ProcessEnv): Config | ConfigFaults {
  const read = new EnvironmentReader(env, known);
  const mode = read.take('DUKAO_MODE', oneOf(['demonstration', 'production']), 'demonstration');
  const settings = readSettings(read, mode);
  const config: Config =
    mode === 'production'
      ? {
          ...settings,
          mode,
          databaseUrl: read.need('DATABASE_URL', databaseUrl, ''),
          temporalAddress: read.need('TEMPORAL_ADDRESS', temporalAddress, ''),
          publicUrl: read.need('PUBLIC_URL', publicUrl, ''),
          sms: readSms(read),
          phoneKey: read.need('PHONE_KEY', phoneKey, { id: '', key: new Uint8Array() }),
        }
      : {
          ...settings,
          mode,
          databaseUrl: read.take('DATABASE_URL', databaseUrl, null),
          temporalAddress: read.take('TEMPORAL_ADDRESS', temporalAddress, null),
          publicUrl: read.take('PUBLIC_URL', publicUrl, null),
          // Half a gateway would send nothing and say so only at the first red card.
          sms: smsCredentials.some((variable) => read.isSet(variable)) ? readSms(read) : null,
          phoneKey: read.take('PHONE_KEY', phoneKey, null),
        };
  if (config.phoneKeyAlso !== null && config.phoneKeyAlso.id === config.phoneKey?.id)
    read.fault(
      'PHONE_KEY_ALSO has the id of PHONE_KEY: it must be another key under another id, for example 2025-1:… and 2026-1:…',
    );
  return read.faults.length > 0 ? { faults: read.faults } : deepFreeze(config);
}

/** The settings of this process. With faults it says all of them and ends the process. */
export function loadConfig(): Config {
  const config = readConfig(process.env);
  if (!('faults' in config)) return config;
  process.stderr.write(`${faultsMessage(config)}\n`);
  process.exit(1);
}

export function faultsMessage({ faults }: ConfigFaults): string {
  const title = faults.length === 1 ? 'One setting is wrong:' : `${faults.length} settings are wrong:`;
  return [title, ...faults.map((fault) => `  ${fault}`)].join('\n');
}

/** What programs started by the embedded stack inherit: PATH, HOME, proxies. Settings are never read from it. */
export const inheritedEnvironment = (): NodeJS.ProcessEnv => process.env;

function readSettings(read: EnvironmentReader, mode: Config['mode']): Settings {
  const home = resolve(read.take('DUKAO_HOME', text('a folder', '.dukao'), '.dukao'));
  const queue = read.take('TASK_QUEUE', name('dukao'), 'dukao');
  const metricsPort = read.take('METRICS_PORT', wholeNumber(0, 65_535, '9464 (0: none)'), 9464);
  const idleMinutes = read.take('SESSION_IDLE_MINUTES', wholeNumber(1, 1_440, '30'), 30);
  const absoluteMinutes = read.take('SESSION_ABSOLUTE_MINUTES', wholeNumber(1, 10_080, '720'), 720);
  if (idleMinutes > absoluteMinutes) {
    read.fault(
      `SESSION_IDLE_MINUTES (${idleMinutes}) is longer than SESSION_ABSOLUTE_MINUTES (${absoluteMinutes}): ` +
        'it must not be, for example 30 and 720',
    );
  }
  const uploadMaxBytes = read.take('UPLOAD_MAX_BYTES', wholeNumber(1_024, 2 ** 30, '52428800'), 50 * MIB);
  const unitQuotaBytes = read.take(
    'EVIDENCE_UNIT_QUOTA_BYTES',
    wholeNumber(1_024, 2 ** 49, '21474836480'),
    Math.max(20 * GIB, uploadMaxBytes),
  );
  if (unitQuotaBytes < uploadMaxBytes) {
    read.fault(
      `EVIDENCE_UNIT_QUOTA_BYTES (${unitQuotaBytes}) is less than UPLOAD_MAX_BYTES (${uploadMaxBytes}): ` +
        'a unit must have room for one file, for example 21474836480 and 52428800',
    );
  }
  const leastFreeBytes = read.take(
    'DISK_LEAST_FREE_BYTES',
    wholeNumber(1_024, 2 ** 40, '536870912'),
    Math.max(512 * MIB, 2 * uploadMaxBytes),
  );
  if (leastFreeBytes < 2 * uploadMaxBytes) {
    read.fault(
      `DISK_LEAST_FREE_BYTES (${leastFreeBytes}) is less than two uploads of UPLOAD_MAX_BYTES (${uploadMaxBytes}): ` +
        'the disk would be full before anybody is warned',
    );
  }
  return {
    host: read.take('HOST', text('an address to listen on', '127.0.0.1'), '127.0.0.1'),
    trustedProxies: read.take('TRUSTED_PROXIES', networks, []),
    port: read.take('PORT', wholeNumber(0, 65_535, '3000 (0: any free one)'), 3000),
    metricsPort: metricsPort === 0 ? null : metricsPort,
    home,
    temporalNamespace: read.take('TEMPORAL_NAMESPACE', name('dukao'), 'dukao'),
    temporalUiUrl: read.take('TEMPORAL_UI_URL', temporalUiUrl, null),
    taskQueues: { processes: queue, sms: `${queue}-sms` },
    // Who starts a demonstration reads what it says, not a line for each request.
    logLevel: read.take('LOG_LEVEL', oneOf(logLevels), mode === 'production' ? 'info' : 'warn'),
    evidence: {
      folder: resolve(
        read.take('EVIDENCE_DIR', text('a folder', '/var/lib/dukao/evidence'), `${home}/evidence`),
      ),
      uploadMaxBytes,
      unitQuotaBytes,
      leastFreeBytes,
    },
    session: { idleMinutes, absoluteMinutes },
    phoneCipher: read.take('PHONE_CIPHER', oneOf(['aes', 'sm4']), 'aes'),
    phoneKeyAlso: read.take('PHONE_KEY_ALSO', phoneKey, null),
  };
}

function readSms(read: EnvironmentReader): SmsConfig {
  return {
    accessKeyId: read.need('ALIYUN_ACCESS_KEY_ID', text('an AccessKey id', 'LTAI5t…'), ''),
    accessKeySecret: read.need('ALIYUN_ACCESS_KEY_SECRET', text('its secret', '…', { secret: true }), ''),
    endpoint: read.take('ALIYUN_SMS_ENDPOINT', endpoint, {
      address: 'dysmsapi.aliyuncs.com',
      protocol: 'https',
    }),
    signName: read.need('SMS_SIGN_NAME', text('2 to 12 characters', '某市督考办', { from: 2, to: 12 }), ''),
    templateCode: read.need('SMS_TEMPLATE_CODE', templateCode, ''),
    receiptSecret: read.need('SMS_RECEIPT_SECRET', receiptSecret, ''),
    receiptSources: read.take('SMS_RECEIPT_SOURCES', networks, []),
    ratePerSecond: read.take('SMS_RATE_PER_SECOND', wholeNumber(1, 1_000, '20'), 20),
  };
}

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;

const databaseUrl = absoluteUrl(['postgres', 'postgresql'], 'postgres://dukao:password@127.0.0.1:5432/dukao');
const publicUrl = absoluteUrl(['http', 'https'], 'https://dukao.example.gov.cn');
const temporalUiUrl = absoluteUrl(['http', 'https'], 'http://127.0.0.1:8080');
const temporalAddress = hostAndPort('127.0.0.1:7233');
const phoneKey = idAndKey(phoneKeyId, '2026-1:<the output of `openssl rand -base64 32`>');
const templateCode = text('SMS_ and digits', 'SMS_123456789', { pattern: /^SMS_[0-9]+$/ });
const receiptSecret = text('at least 16 letters, digits, - or _', '<the output of `openssl rand -hex 16`>', {
  pattern: /^[A-Za-z0-9_-]{16,128}$/,
  secret: true,
});

const smsCredentials = [
  'ALIYUN_ACCESS_KEY_ID',
  'ALIYUN_ACCESS_KEY_SECRET',
  'SMS_SIGN_NAME',
  'SMS_TEMPLATE_CODE',
] as const;

/** A misspelt DUKAO_… would silently do nothing. */
const known: ReadonlySet<string> = new Set(['DUKAO_MODE', 'DUKAO_HOME']);

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !ArrayBuffer.isView(value)) {
    for (const part of Object.values(value)) deepFreeze(part);
    Object.freeze(value);
  }
  return value;
}
