import type { Me } from '@sluice/contracts';
import type { QueryClient } from '@tanstack/react-query';
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  notFound,
  Outlet,
  redirect,
} from '@tanstack/react-router';
import { isUnauthenticated } from './api/problem.ts';
import { meQuery } from './api/queries.ts';
import { parseApplicationView } from './features/applications/views.ts';
import { parseComparison } from './features/compare/comparison-address.ts';
import { parseDeviceFilters } from './features/devices/filters.ts';
import { parseEndpoint } from './features/integrations/endpoint-address.ts';
import { parseIntegrationFilters } from './features/integrations/filters.ts';
import { parsePolicyPlace } from './features/policies/place.ts';
import { parseDeploymentFilters, parseRolloutFilters } from './features/rollouts/filters.ts';
import { safeReturnPath } from './features/session/return-path.ts';
import { NotFoundPage, PageFailure } from './features/shell/page-failure.tsx';
import { Shell } from './features/shell/shell.tsx';

/** Who is signed in; whoever is not goes to the sign-in page and comes back from there. */
async function requireMe(queryClient: QueryClient, returnTo: string): Promise<Me> {
  try {
    return await queryClient.ensureQueryData(meQuery);
  } catch (error) {
    if (isUnauthenticated(error)) throw redirect({ to: '/sign-in', search: { returnTo } });
    throw error;
  }
}

const rootRoute = createRootRouteWithContext<{ queryClient: QueryClient }>()({ component: Outlet, notFoundComponent: NotFoundPage });

const signInRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: 'sign-in',
  validateSearch: (search: Record<string, unknown>): { returnTo?: string } => {
    const returnTo = safeReturnPath(search['returnTo']);
    return returnTo === '/' ? {} : { returnTo };
  },
  component: lazyRouteComponent(() => import('./features/session/sign-in-page.tsx'), 'SignInPage'),
});

const signInLinkRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: 'sign-in/link',
  component: lazyRouteComponent(() => import('./features/session/sign-in-link-page.tsx'), 'SignInLinkPage'),
});

const startRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/',
  beforeLoad: async ({ context, location }) => {
    const me = await requireMe(context.queryClient, location.href);
    const organizationId = me.memberships[0]?.organizationId;
    if (organizationId !== undefined) throw redirect({ to: '/organizations/$organizationId', params: { organizationId } });
  },
  component: lazyRouteComponent(() => import('./features/session/no-organization-page.tsx'), 'NoOrganizationPage'),
});

const organizationRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: 'organizations/$organizationId',
  beforeLoad: async ({ context, location, params }) => {
    const me = await requireMe(context.queryClient, location.href);
    if (!me.memberships.some(({ organizationId }) => organizationId === params.organizationId)) throw notFound();
  },
  component: Shell,
});

const overviewRoute = createRoute({
  getParentRoute: () => organizationRoute,
  path: '/',
  component: lazyRouteComponent(() => import('./features/overview/overview-page.tsx'), 'OverviewPage'),
});

const devicesRoute = createRoute({
  getParentRoute: () => organizationRoute,
  path: 'devices',
  validateSearch: parseDeviceFilters,
  component: lazyRouteComponent(() => import('./features/devices/devices-page.tsx'), 'DevicesPage'),
});

const deviceRoute = createRoute({
  getParentRoute: () => organizationRoute,
  path: 'devices/$deviceId',
  component: lazyRouteComponent(() => import('./features/devices/device-page.tsx'), 'DevicePage'),
});

const rolloutsRoute = createRoute({
  getParentRoute: () => organizationRoute,
  path: 'rollouts',
  validateSearch: parseRolloutFilters,
  component: lazyRouteComponent(() => import('./features/rollouts/rollouts-page.tsx'), 'RolloutsPage'),
});

const rolloutRoute = createRoute({
  getParentRoute: () => organizationRoute,
  path: 'rollouts/$rolloutId',
  validateSearch: parseDeploymentFilters,
  component: lazyRouteComponent(() => import('./features/rollouts/rollout-page.tsx'), 'RolloutPage'),
});

const applicationsRoute = createRoute({
  getParentRoute: () => organizationRoute,
  path: 'applications',
  component: lazyRouteComponent(() => import('./features/applications/applications-page.tsx'), 'ApplicationsPage'),
});

const applicationRoute = createRoute({
  getParentRoute: () => organizationRoute,
  path: 'applications/$applicationId',
  validateSearch: parseApplicationView,
  component: lazyRouteComponent(() => import('./features/applications/application-page.tsx'), 'ApplicationPage'),
});

const snapshotRoute = createRoute({
  getParentRoute: () => organizationRoute,
  path: 'snapshots/$snapshotId',
  component: lazyRouteComponent(() => import('./features/snapshots/snapshot-page.tsx'), 'SnapshotPage'),
});

const releaseRoute = createRoute({
  getParentRoute: () => organizationRoute,
  path: 'releases/$releaseId',
  component: lazyRouteComponent(() => import('./features/releases/release-page.tsx'), 'ReleasePage'),
});

const compareRoute = createRoute({
  getParentRoute: () => organizationRoute,
  path: 'compare',
  validateSearch: parseComparison,
  component: lazyRouteComponent(() => import('./features/compare/compare-page.tsx'), 'ComparePage'),
});

const integrationsRoute = createRoute({
  getParentRoute: () => organizationRoute,
  path: 'integrations',
  validateSearch: parseIntegrationFilters,
  component: lazyRouteComponent(() => import('./features/integrations/integrations-page.tsx'), 'IntegrationsPage'),
});

const endpointRoute = createRoute({
  getParentRoute: () => organizationRoute,
  path: 'integrations/endpoint',
  validateSearch: parseEndpoint,
  component: lazyRouteComponent(() => import('./features/integrations/endpoint-page.tsx'), 'EndpointPage'),
});

const policiesRoute = createRoute({
  getParentRoute: () => organizationRoute,
  path: 'policies',
  validateSearch: parsePolicyPlace,
  component: lazyRouteComponent(() => import('./features/policies/policies-page.tsx'), 'PoliciesPage'),
});

const safeguardsRoute = createRoute({
  getParentRoute: () => organizationRoute,
  path: 'safeguards',
  component: lazyRouteComponent(() => import('./features/safeguards/safeguards-page.tsx'), 'SafeguardsPage'),
});

const routeTree = rootRoute.addChildren([
  startRoute,
  signInRoute,
  signInLinkRoute,
  organizationRoute.addChildren([
    overviewRoute,
    devicesRoute,
    deviceRoute,
    rolloutsRoute,
    rolloutRoute,
    applicationsRoute,
    applicationRoute,
    snapshotRoute,
    releaseRoute,
    compareRoute,
    integrationsRoute,
    endpointRoute,
    policiesRoute,
    safeguardsRoute,
  ]),
]);

/** The console's addresses. */
export function createConsoleRouter(queryClient: QueryClient) {
  return createRouter({
    routeTree,
    context: { queryClient },
    defaultPreload: 'intent',
    defaultPreloadStaleTime: 0,
    scrollRestoration: true,
    defaultErrorComponent: PageFailure,
    defaultNotFoundComponent: NotFoundPage,
  });
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createConsoleRouter>;
  }
}
