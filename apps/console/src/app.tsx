import { MantineProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { useState } from 'react';
import { createQueryClient } from './api/query-client.ts';
import { type Clock, ClockProvider } from './clock.tsx';
import { createConsoleRouter } from './router.tsx';
import { cssVariables, theme } from './theme/theme.ts';

function createConsole() {
  const queryClient = createQueryClient(() => void signInAgain());
  const router = createConsoleRouter(queryClient);
  const signInAgain = async (): Promise<void> => {
    const { pathname, href } = router.state.location;
    if (pathname.startsWith('/sign-in')) return;
    await router.navigate({ to: '/sign-in', search: { returnTo: href } });
    queryClient.clear();
  };
  return { queryClient, router };
}

/** The console: its look, its memory and its pages. */
export function App({ clock }: { clock: Clock }) {
  const [{ queryClient, router }] = useState(createConsole);
  return (
    <ClockProvider clock={clock}>
      <MantineProvider theme={theme} cssVariablesResolver={cssVariables} defaultColorScheme="auto">
        <Notifications position="bottom-right" />
        <QueryClientProvider client={queryClient}>
          <RouterProvider router={router} />
        </QueryClientProvider>
      </MantineProvider>
    </ClockProvider>
  );
}
