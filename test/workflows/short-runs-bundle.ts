import { bundleWorkflowCode } from '@temporalio/worker';
import { preloadModules, workflowsPath, type WorkerSurroundings } from '../../worker-assembly.ts';

/** The project's workflows, each of whose runs is short. */
export async function withShortRuns(): Promise<NonNullable<WorkerSurroundings['workflows']>> {
  const { code } = await bundleWorkflowCode({
    workflowsPath,
    preloadModules,
    webpackConfigHook: (config) => ({
      ...config,
      resolve: {
        ...config.resolve,
        alias: {
          // The SDK's own, which it gives as an object.
          ...(config.resolve?.alias as Record<string, string | false>),
          './projecting.ts$': new URL('./short-runs.ts', import.meta.url).pathname,
        },
      },
    }),
  });
  return { workflowBundle: { code } };
}
