/**
 * A worker in a process of its own that ends itself with SIGKILL at one point of its work, or is ended by
 * the test. Started with one argument: what it works on and where it dies, as JSON.
 */
import { pino } from 'pino';
import { openWorkers } from '../../worker-assembly.ts';
import type { Gateway } from '../../sms/gateway.ts';
import { storyGateway, storyPhones, storyTemplate } from '../support/story-parts.ts';

export type DyingWorker = {
  readonly databaseUrl: string;
  readonly temporal: { readonly address: string; readonly namespace: string };
  readonly taskQueues: { readonly processes: string; readonly sms: string };
  readonly gatewayEndpoint: string;
  readonly bundle: string;
  /** At an activity of the worker, or the provider itself; null: it goes on until it is killed. */
  readonly dies: { readonly when: 'before' | 'after'; readonly what: string } | null;
};

const { dies, bundle, gatewayEndpoint, ...rest } = JSON.parse(process.argv[2] ?? '') as DyingWorker;

/** Nothing is flushed, closed or told to anybody. */
const die = () => process.kill(process.pid, 'SIGKILL');

const dying =
  <Args extends unknown[], Result>(what: string, work: (...args: Args) => Promise<Result>) =>
  async (...args: Args): Promise<Result> => {
    if (dies?.what === what && dies.when === 'before') die();
    const result = await work(...args);
    if (dies?.what === what && dies.when === 'after') die();
    return result;
  };

const real = storyGateway(gatewayEndpoint);
const gateway: Gateway = {
  ask: (message) => real.ask(message),
  send: dying('provider', (message) => real.send(message)),
};

const workers = await openWorkers({
  ...rest,
  timeTravel: true,
  gateway,
  templateCode: storyTemplate,
  smsPerSecond: 100,
  phones: storyPhones(),
  log: pino({ level: 'silent' }),
  workflows: { workflowBundle: { codePath: bundle } },
  around: (activities) =>
    Object.fromEntries(
      Object.entries(activities).map(([what, work]) => [what, dying(what, work)]),
    ) as typeof activities,
});
process.send?.('ready');
await workers.run();
