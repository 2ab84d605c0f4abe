/** Holds answers to the OpenAPI document: what it does not promise fails the test. */
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { PROBLEM } from '../../api/problem.ts';

type Json = Record<string, unknown>;
type Operation = { readonly responses: Record<string, { readonly content?: Record<string, Json> }> };
export type OpenApiDocument = Json & { readonly paths: Record<string, Record<string, Operation>> };

export type Answered = {
  readonly method: string;
  /** With or without a query. */
  readonly path: string;
  readonly status: number;
  readonly contentType: string | undefined;
  readonly body: unknown;
};

export class Contract {
  readonly #document: OpenApiDocument;
  readonly #ajv: Ajv2020;
  readonly #validators = new Map<string, ValidateFunction>();

  constructor(document: OpenApiDocument) {
    this.#document = document;
    this.#ajv = new Ajv2020({ strict: false, validateSchema: false, allErrors: true });
    formats.default(this.#ajv);
    this.#ajv.addSchema(document, 'openapi');
  }

  /** Throws with what the answer should have been. */
  check({ method, path, status, contentType, body }: Answered): void {
    const where = `${method} ${path} → ${status}`;
    const media = contentType?.split(';', 1)[0];
    const found = this.#operation(method, path);
    if (found === null) {
      // Addresses and methods outside the document: a problem, nothing else.
      if (![400, 404, 405, 413].includes(status)) throw new Error(`${where}: not in the OpenAPI document`);
      this.#hold('#/components/schemas/Problem', body, where);
      return;
    }
    const [pointer, { responses }] = found;
    const response = responses[String(status)];
    if (response === undefined) {
      throw new Error(
        `${where}: the document knows ${Object.keys(responses).join(', ')} only: ${JSON.stringify(body)}`,
      );
    }
    if (method === 'HEAD') return;
    const { content } = response;
    if (content === undefined) {
      if (body !== undefined && body !== '') throw new Error(`${where}: has a body and should have none`);
      return;
    }
    if (media === undefined || !(media in content)) {
      throw new Error(
        `${where}: is ${media ?? 'without type'}, should be ${Object.keys(content).join(', ')}`,
      );
    }
    if (media !== 'application/json' && media !== PROBLEM) return;
    this.#hold(`${pointer}/responses/${status}/content/${escaped(media)}/schema`, body, where);
  }

  #operation(method: string, path: string): [string, Operation] | null {
    const segments = (path.split('?', 1)[0] ?? '').split('/');
    const names = Object.keys(this.#document.paths).filter((template) => {
      const parts = template.split('/');
      return (
        parts.length === segments.length &&
        parts.every((part, i) => part.startsWith('{') || part === segments[i])
      );
    });
    // Of `/things/{id}` and `/things/new` the one that is written out wins, as in the router.
    const name = names.toSorted((a, b) => a.split('{').length - b.split('{').length)[0];
    if (name === undefined) return null;
    const verb = method === 'HEAD' ? 'get' : method.toLowerCase();
    const operation = this.#document.paths[name]?.[verb];
    return operation === undefined ? null : [`#/paths/${escaped(name)}/${verb}`, operation];
  }

  #hold(pointer: string, body: unknown, where: string): void {
    const validate =
      this.#validators.get(pointer) ?? this.#ajv.compile({ $ref: `openapi${encodeURI(pointer)}` });
    this.#validators.set(pointer, validate);
    if (validate(body)) return;
    const faults = validate.errors?.map(
      (e) => `${e.instancePath || '/'} ${e.message} ${JSON.stringify(e.params)}`,
    );
    throw new Error(`${where} is not as documented: ${faults?.join('; ')}\n${JSON.stringify(body, null, 1)}`);
  }
}

const escaped = (name: string) => name.replaceAll('~', '~0').replaceAll('/', '~1');
