import { bundleWorkflowCode } from '@temporalio/worker';
import { workflowsPath, type WorkerSurroundings } from '../../worker-assembly.ts';

/** The project's workflows, each of whose runs is short. */
export async function withShortRuns(): Promise<NonNullable<WorkerSurroundings['workflows']>> {
  const { code } = await bundleWorkflowCode({
    workflowsPath,
    webpackConfigHook: (config) => ({
      ...config,
      resolve: {
        ...config.resolve,
        alias: {
          ...config.resolve?.alias,
          './projecting.ts$': new URL('./short-runs.ts', import.meta.url).pathname,
        },
      },
    }),
  });
  return { workflowBundle: { code } };
}
