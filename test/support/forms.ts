/** Multipart forms as a browser would send them. */
import type { Answer, Client } from './api.ts';

export type FormFile = { readonly name: string; readonly content: Buffer | string };

export async function formOf(
  file: FormFile | null,
  fields: Readonly<Record<string, string>> = {},
): Promise<{ readonly body: Buffer; readonly headers: { readonly 'content-type': string } }> {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.set(name, value);
  if (file !== null) {
    const bytes = typeof file.content === 'string' ? file.content : new Uint8Array(file.content);
    form.set('file', new Blob([bytes]), file.name);
  }
  const encoded = new Response(form);
  return {
    body: Buffer.from(await encoded.arrayBuffer()),
    headers: { 'content-type': encoded.headers.get('content-type') ?? '' },
  };
}

export async function upload(
  client: Client,
  path: string,
  file: FormFile | null,
  fields: Readonly<Record<string, string>> = {},
  key?: string,
): Promise<Answer> {
  const { body, headers } = await formOf(file, fields);
  return client.post(path, body, { headers, ...(key === undefined ? {} : { key }) });
}
