import { Button, PasswordInput } from '@mantine/core';
import { Link, useLocation } from '@tanstack/react-router';
import { useState } from 'react';
import { EmptyNotice, ErrorNotice } from '../../ui/notice.tsx';
import { tokenOfFragment } from './return-path.ts';
import { useSignIn } from './session.ts';
import { SignInFrame } from './sign-in-frame.tsx';

const lengthMin = 12;

function problemOf(password: string, repeated: string): string | null {
  if (password.length < lengthMin) return `At least ${lengthMin} characters.`;
  return password === repeated ? null : 'The two passwords differ.';
}

/** The one-time link of the first start: choose a password and be signed in. */
export function SignInLinkPage() {
  const token = tokenOfFragment(useLocation({ select: ({ hash }) => hash }));
  const signIn = useSignIn('/');
  const [password, setPassword] = useState('');
  const [repeated, setRepeated] = useState('');
  const problem = problemOf(password, repeated);
  const submit = (): void => {
    if (token !== null && problem === null) signIn.mutate({ path: '/api/v1/sessions/link', body: { token, password } });
  };
  if (token === null) {
    return (
      <SignInFrame title="Sign-in link" onSubmit={() => undefined}>
        <EmptyNotice title="This link is not complete" action={<Link to="/sign-in">Sign in with a password</Link>}>
          Open it exactly as the control plane printed it at its first start, with everything behind the #.
        </EmptyNotice>
      </SignInFrame>
    );
  }
  return (
    <SignInFrame title="Choose a password" onSubmit={submit}>
      <p className="sl-small sl-dim">This link works once. From then on you sign in with your e-mail address and this password.</p>
      {signIn.error === null ? null : <ErrorNotice error={signIn.error} />}
      <PasswordInput
        label="New password"
        description={`${lengthMin} characters or more`}
        autoComplete="new-password"
        autoFocus
        value={password}
        onChange={(event) => setPassword(event.currentTarget.value)}
      />
      <PasswordInput
        label="The same again"
        autoComplete="new-password"
        value={repeated}
        error={repeated !== '' && problem}
        onChange={(event) => setRepeated(event.currentTarget.value)}
      />
      <Button type="submit" loading={signIn.isPending} disabled={problem !== null}>
        Set password and sign in
      </Button>
    </SignInFrame>
  );
}
