import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';
import { isUnauthenticated, isWorthRetrying } from './problem.ts';

// What is shown is kept true by the stream of changes; this only bounds how old it gets should the stream be silent.
const staleMs = 30_000;
const retriesMax = 3;

/** The console's memory of what the control plane said. `onUnauthenticated`: the session has ended. */
export function createQueryClient(onUnauthenticated: () => void): QueryClient {
  const onError = (error: unknown): void => {
    if (isUnauthenticated(error)) onUnauthenticated();
  };
  return new QueryClient({
    queryCache: new QueryCache({ onError }),
    mutationCache: new MutationCache({ onError }),
    defaultOptions: {
      queries: {
        staleTime: staleMs,
        // Also without a network of its own a browser may reach a control plane on the same machine.
        networkMode: 'always',
        retry: (failures, error) => failures < retriesMax && isWorthRetrying(error),
      },
      mutations: { networkMode: 'always', retry: false },
    },
  });
}
