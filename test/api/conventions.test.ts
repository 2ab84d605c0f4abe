import { afterAll, beforeAll, expect, test } from 'vitest';
import { testApi, type TestApi } from '../support/api.ts';

let api: TestApi;
beforeAll(async () => {
  api = await testApi();
});
afterAll(() => api.close());

test('an address that leads nowhere answers 404 as a problem', async () => {
  const { status, body } = await api.anonymous.get('/nothing-here');
  expect([status, body.code]).toEqual([404, 'not_found']);
});
