import { Button, PasswordInput, TextInput } from '@mantine/core';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import { ErrorNotice } from '../../ui/notice.tsx';
import { useSignIn } from './session.ts';
import { SignInFrame } from './sign-in-frame.tsx';

const route = getRouteApi('/sign-in');

/** Signing in with e-mail address and password. */
export function SignInPage() {
  const { returnTo = '/' } = route.useSearch();
  const signIn = useSignIn(returnTo);
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const submit = (): void => {
    if (email !== '' && password !== '') signIn.mutate({ path: '/api/v1/sessions', body: { email: email.trim(), password } });
  };
  return (
    <SignInFrame title="Sign in" onSubmit={submit}>
      {signIn.error === null ? null : <ErrorNotice error={signIn.error} />}
      <TextInput
        label="E-mail address"
        type="email"
        name="email"
        autoComplete="username"
        required
        withAsterisk={false}
        autoFocus
        value={email}
        onChange={(event) => setEmail(event.currentTarget.value)}
      />
      <PasswordInput
        label="Password"
        name="password"
        autoComplete="current-password"
        required
        withAsterisk={false}
        value={password}
        onChange={(event) => setPassword(event.currentTarget.value)}
      />
      <Button type="submit" loading={signIn.isPending} disabled={email === '' || password === ''}>
        Sign in
      </Button>
    </SignInFrame>
  );
}
