import type { Me, SignInLinkRequest, SignInRequest } from '@sluice/contracts';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { change } from '../../api/client.ts';
import { keys } from '../../api/keys.ts';

/** Signs in and goes to `returnTo`, a path of this console. */
export function useSignIn(returnTo: string) {
  const client = useQueryClient();
  const router = useRouter();
  return useMutation({
    mutationFn: (request: { path: '/api/v1/sessions'; body: SignInRequest } | { path: '/api/v1/sessions/link'; body: SignInLinkRequest }) =>
      change<Me>('POST', request.path, { body: request.body }),
    onSuccess: (me) => {
      client.clear();
      client.setQueryData(keys.me, me);
      router.history.push(returnTo);
    },
  });
}

/** Ends the session and forgets everything that was read with it. */
export function useSignOut() {
  const client = useQueryClient();
  const router = useRouter();
  return useMutation({
    mutationFn: () => change<void>('DELETE', '/api/v1/sessions/current'),
    onSuccess: async () => {
      await router.navigate({ to: '/sign-in' });
      client.clear();
    },
  });
}
