import type { CreateApiTokenRequest, CreatedApiToken, Me } from '@sluice/contracts';
import { chooseMembership, type Membership } from '../frame/membership.ts';
import { createHttp, type Http, type HttpPorts } from './client.ts';

export type PasswordSignIn = {
  url: string;
  timeoutMs: number;
  email: string;
  password: string;
  organization: string | undefined;
  token: CreateApiTokenRequest;
};

const cookieName = 'sluice_session';

function cookieOf(headers: Headers): string | undefined {
  return headers
    .getSetCookie()
    .find((cookie) => cookie.startsWith(`${cookieName}=`))
    ?.split(';', 1)[0];
}

type Credentials = Pick<PasswordSignIn, 'url' | 'timeoutMs' | 'email' | 'password'>;

/**
 * Signs a person in, does something in their name, and ends the session again.
 * @throws CliError CREDENTIALS_WRONG; as `act`
 */
export async function asPerson<T>(ports: HttpPorts, credentials: Credentials, act: (person: Http, me: Me) => Promise<T>): Promise<T> {
  const { url, timeoutMs, email, password } = credentials;
  let cookie: string | undefined;
  const onAnswer = (headers: Headers): void => {
    cookie ??= cookieOf(headers);
  };
  const me = await createHttp(ports, { url, timeoutMs, headers: {}, onAnswer }).post<Me>('/api/v1/sessions', { email, password });
  // What a browser says of a request that its user began: the control plane asks it of everybody with a session.
  const person: Http = createHttp(ports, { url, timeoutMs, headers: { cookie: cookie ?? '', 'sec-fetch-site': 'none' } });
  try {
    return await act(person, me);
  } finally {
    await person.remove('/api/v1/sessions/current');
  }
}

/**
 * Issues an API token in a person's name, so that only the token remains of the session.
 * @throws CliError CREDENTIALS_WRONG; FORBIDDEN when the person is no owner; ORGANIZATION_NEEDED
 */
export function issueTokenByPassword(ports: HttpPorts, request: PasswordSignIn): Promise<{ token: string; membership: Membership }> {
  return asPerson(ports, request, async (person, me) => {
    const membership = chooseMembership(me.memberships, request.organization);
    const path = `/api/v1/organizations/${membership.organizationId}/tokens`;
    const { token } = await person.post<CreatedApiToken>(path, request.token);
    return { token, membership };
  });
}
