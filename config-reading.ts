import { isIP } from 'node:net';

/** How one environment variable is understood: the value, or null when it is not what it must be. */
export type Reading<T> = {
  readonly parse: (given: string) => T | null;
  /** Completes "must be …". */
  readonly must: string;
  /** Completes "for example NAME=…". */
  readonly example: string;
  /** Never repeated in a message. */
  readonly secret?: boolean;
};

export type ConfigFaults = { readonly faults: readonly string[] };

/** An address as Aliyun's SDK wants it: without the protocol. */
export type Endpoint = { readonly address: string; readonly protocol: 'http' | 'https' };

/** 32 bytes, and the id that is stored beside what was encrypted with them. */
export type PhoneKey = { readonly id: string; readonly key: Uint8Array };

/** Collects every fault instead of stopping at the first. A value taken in spite of a fault is a stand-in. */
export class EnvironmentReader {
  readonly faults: string[] = [];
  readonly #env: NodeJS.ProcessEnv;

  constructor(env: NodeJS.ProcessEnv, known: ReadonlySet<string>) {
    this.#env = env;
    for (const variable of Object.keys(env)) {
      if (variable.startsWith('DUKAO_') && !known.has(variable)) {
        this.fault(`${variable} is not a setting of this system; known are ${[...known].join(', ')}`);
      }
    }
  }

  fault(sentence: string): void {
    this.faults.push(sentence);
  }

  /** Docker Compose hands over an unset variable as an empty one. */
  isSet(variable: string): boolean {
    return (this.#env[variable] ?? '').trim() !== '';
  }

  take<T, F>(variable: string, reading: Reading<T>, otherwise: F): T | F {
    return this.isSet(variable) ? (this.#parse(variable, reading) ?? otherwise) : otherwise;
  }

  need<T>(variable: string, reading: Reading<T>, standIn: T): T {
    if (this.isSet(variable)) return this.#parse(variable, reading) ?? standIn;
    this.fault(`${variable} is missing: must be ${reading.must}, for example ${variable}=${reading.example}`);
    return standIn;
  }

  #parse<T>(variable: string, { parse, must, example, secret = false }: Reading<T>): T | null {
    const given = (this.#env[variable] ?? '').trim();
    const value = parse(given);
    if (value === null) {
      const shown = secret ? 'is not usable' : `is ${JSON.stringify(given)}`;
      this.fault(`${variable} ${shown}: must be ${must}, for example ${variable}=${example}`);
    }
    return value;
  }
}

export const wholeNumber = (from: number, to: number, example: string): Reading<number> => ({
  parse: (given) => {
    const value = /^[0-9]{1,15}$/.test(given) ? Number(given) : null;
    return value !== null && value >= from && value <= to ? value : null;
  },
  must: `a whole number from ${from} to ${to}`,
  example,
});

export const oneOf = <const T extends string>(values: readonly T[]): Reading<T> => ({
  parse: (given) => values.find((value) => value === given) ?? null,
  must: `one of ${values.join(', ')}`,
  example: values[0] ?? '',
});

export const text = (
  must: string,
  example: string,
  { from = 1, to = 1_000, pattern = /^/, secret = false } = {},
): Reading<string> => ({
  parse: (given) => {
    const length = Array.from(given).length;
    return length >= from && length <= to && pattern.test(given) ? given : null;
  },
  must,
  example,
  secret,
});

export const name = (example: string): Reading<string> =>
  text('letters, digits, - or _', example, { pattern: /^[A-Za-z0-9_-]{1,60}$/ });

/** An address may carry a password, so a wrong one is not repeated. */
export const absoluteUrl = (protocols: readonly string[], example: string): Reading<string> => ({
  parse: (given) => {
    const url = URL.parse(given);
    if (url === null || !protocols.includes(url.protocol.slice(0, -1)) || url.hostname === '') return null;
    return given.replace(/\/+$/, '');
  },
  must: `an address that begins with ${protocols.map((protocol) => `${protocol}://`).join(' or ')}`,
  example,
  secret: true,
});

export const hostAndPort = (example: string): Reading<string> => ({
  parse: (given) => {
    const port = Number(/^[A-Za-z0-9.-]+:([0-9]{1,5})$/.exec(given)?.[1] ?? 0);
    return port >= 1 && port <= 65_535 ? given : null;
  },
  must: 'host:port',
  example,
});

export const networks: Reading<readonly string[]> = {
  parse: (given) => {
    const found = given.split(',').map((one) => one.trim());
    return found.every(isNetwork) ? found : null;
  },
  must: 'addresses or networks with commas between them',
  example: '10.0.0.0/8,127.0.0.1',
};

export const endpoint: Reading<Endpoint> = {
  parse: (given) => {
    const found = /^(?:(https?):\/\/)?([A-Za-z0-9.-]+(?::[0-9]{1,5})?)$/.exec(given);
    if (found?.[2] === undefined) return null;
    return { address: found[2], protocol: found[1] === 'http' ? 'http' : 'https' };
  },
  must: 'a host, with or without https:// and a port',
  example: 'dysmsapi.aliyuncs.com',
};

export const idAndKey = (
  id: { readonly pattern: RegExp; readonly must: string },
  example: string,
): Reading<PhoneKey> => ({
  parse: (given) => {
    const [name = '', ...rest] = given.split(':');
    const bytes = keyBytes(rest.join(':'));
    return bytes === null || !id.pattern.test(name) ? null : { id: name, key: bytes };
  },
  must: `an id (${id.must}), a colon and 32 bytes in base64`,
  example,
  secret: true,
});

function isNetwork(given: string): boolean {
  const [address = '', bits, ...more] = given.split('/');
  const most = isIP(address) === 4 ? 32 : 128;
  const inRange = bits === undefined || (/^[0-9]{1,3}$/.test(bits) && Number(bits) <= most);
  return isIP(address) !== 0 && inRange && more.length === 0;
}

function keyBytes(given: string): Uint8Array | null {
  if (!/^[A-Za-z0-9+/]{43}=$/.test(given)) return null;
  return new Uint8Array(Buffer.from(given, 'base64'));
}
