/** Fetches the Temporal CLI into the folder given: `node temporal-download-main.ts FOLDER`. */
import { TestWorkflowEnvironment } from '@temporalio/testing';

const folder = process.argv[2];
if (folder === undefined) throw new Error('Which folder?');
const environment = await TestWorkflowEnvironment.createLocal({
  server: { executable: { type: 'cached-download', downloadDir: folder, ttl: '10 years' } },
});
await environment.teardown();
