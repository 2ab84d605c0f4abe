/** The HTTP application: conventions first, then one plugin per resource. */
import cookie from '@fastify/cookie';
import helmet from '@fastify/helmet';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import fastify, { LogController, type FastifyBaseLogger, type FastifyInstance } from 'fastify';
import { accountCommands } from './account-commands.ts';
import { accounts } from './accounts.ts';
import { auditReports } from './audit-reports.ts';
import { cadences } from './cadences.ts';
import { annualListChanges } from './annual-lists-changes.ts';
import { annualListDecisions } from './annual-lists-deciding.ts';
import { annualLists } from './annual-lists.ts';
import { useLastAnswers } from './last-answers.ts';
import { listReleases } from './list-releases.ts';
import { auditLog } from './audit.ts';
import { useAuthentication } from './authentication.ts';
import { calendar } from './calendar.ts';
import { calendarPublications } from './calendar-publications.ts';
import type { AppDeps } from './deps.ts';
import { events } from './events.ts';
import { evidence } from './evidence.ts';
import { answerFrameworkError, useFaults } from './faults.ts';
import { health } from './health.ts';
import { useIdempotency } from './idempotency.ts';
import { imports } from './imports.ts';
import { indicatorTaskCommands } from './indicator-task-commands.ts';
import { shownTasks } from './indicator-task-view.ts';
import { indicatorTasks } from './indicator-tasks.ts';
import { me } from './me.ts';
import { useMetrics } from './metrics.ts';
import { useNoSuchRoute } from './no-such-route.ts';
import { BASE, useOpenApi } from './openapi.ts';
import { people } from './people.ts';
import { periodCloses } from './period-closes.ts';
import { posts } from './posts.ts';
import { problemPages } from './problem.ts';
import { processPages } from './process-pages.ts';
import { requestIdOf, requestLogger, useRequestContext } from './request-context.ts';
import { indicatorRules, processRules, recipientRules } from './rules.ts';
import { sessions } from './sessions.ts';
import { messageRelease } from './message-release.ts';
import { smsReceipts } from './sms-receipts.ts';
import { statistics } from './statistics.ts';
import { supervisionItemCommands } from './supervision-item-commands.ts';
import { shownItems } from './supervision-item-view.ts';
import { supervisionItems } from './supervision-items.ts';
import { timeTravel } from './time-travel.ts';
import { todos } from './todos.ts';
import { warnings } from './warnings.ts';
import { workflows } from './workflows.ts';
import { useStrictJson } from './strict-json.ts';
import { units } from './units.ts';
import { answerClientError } from './client-error.ts';
import { compilers } from './validation.ts';
import { policyApplications } from './policy-applications.ts';
import { progressPolicies, warningPolicies } from './policies.ts';
import { whatIf } from './what-if.ts';

export type { AppDeps } from './deps.ts';

const MIB = 1024 * 1024;

export async function buildApp(deps: AppDeps): Promise<FastifyInstance> {
  const app: FastifyInstance = fastify({
    loggerInstance: deps.log as FastifyBaseLogger,
    // Its lines would show addresses as the client wrote them.
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'request_id' }),
    childLoggerFactory: requestLogger,
    genReqId: requestIdOf,
    requestIdHeader: false,
    // The receipts' secret is part of an address and may be longer than the 100 characters that are the default.
    routerOptions: { maxParamLength: 500 },
    bodyLimit: MIB,
    // Fifty megabytes of evidence over a township's line take minutes.
    requestTimeout: 300_000,
    // Its answer would be no problem+json; what arrives while the server drains is served.
    return503OnClosing: false,
    trustProxy: deps.settings.trustProxy === undefined ? false : [deps.settings.trustProxy].flat(),
    schemaController: { compilersFactory: compilers(deps.compileAtOnce) },
    frameworkErrors: answerFrameworkError,
    clientErrorHandler: answerClientError,
  });
  app.decorate('problemBase', deps.settings.publicUrl?.replace(/\/$/, '') ?? '');

  useRequestContext(app, deps);
  useLastAnswers(app);
  await app.register(helmet, securityHeaders(deps.settings));
  await app.register(cookie);
  useFaults(app, deps);
  useNoSuchRoute(app);
  useAuthentication(app, deps);
  useStrictJson(app);
  useIdempotency(app, deps);
  await useOpenApi(app, deps);

  if (deps.metrics !== undefined) useMetrics(app, deps.metrics);

  await app.register(problemPages);
  await app.register(health(deps.checks ?? {}, deps.auditing));
  for (const resource of resources(deps)) await app.register(resource, { prefix: BASE });
  return app;
}

/** One line per resource. */
function resources(deps: AppDeps): FastifyPluginAsyncTypebox[] {
  return [
    sessions(deps),
    me,
    units(deps),
    people(deps),
    posts(deps),
    accounts(deps),
    accountCommands(deps),
    auditLog(deps),
    auditReports(deps),
    cadences(deps),
    supervisionItems(deps),
    processPages(shownItems(deps), deps),
    supervisionItemCommands(deps),
    indicatorTasks(deps),
    processPages(shownTasks(deps), deps),
    indicatorTaskCommands(deps),
    warnings(deps),
    messageRelease(deps),
    smsReceipts(deps),
    todos(deps),
    workflows(deps),
    timeTravel(deps),
    calendar(deps),
    calendarPublications(deps),
    warningPolicies(deps),
    progressPolicies(deps),
    policyApplications(deps),
    processRules(deps),
    indicatorRules(deps),
    recipientRules(deps),
    whatIf(deps),
    evidence(deps),
    imports(deps),
    annualLists(deps),
    listReleases(deps),
    annualListChanges(deps),
    annualListDecisions(deps),
    statistics(deps),
    periodCloses(deps),
    events(deps),
  ];
}

const securityHeaders = ({ secureCookies }: AppDeps['settings']) => ({
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      'default-src': ["'self'"],
      'base-uri': ["'none'"],
      'form-action': ["'self'"],
      'frame-ancestors': ["'none'"],
      'object-src': ["'none'"],
    },
  },
  hsts: secureCookies ? { maxAge: 15_552_000 } : (false as const),
  referrerPolicy: { policy: 'no-referrer' as const },
});
