import type { Me, Problem } from '@sluice/contracts';

/** The answer to a request: `body` when it succeeded, `problem` when it did not. */
export type ControlPlaneAnswer<T> = { status: number; body: T; problem: Problem };

/** Talks to the people's API as a program would. */
export type ControlPlaneClient = {
  /** Path of the person's organization; known after signing in. */
  organizationPath(): string;
  /** Signs in with a password; later calls carry the session. @throws when it is refused */
  signIn(login: { email: string; password: string }): Promise<void>;
  /** Uses an API token from now on. */
  useToken(token: string): void;
  /** Sends a request below the organization, or to an absolute path that starts with `/api`; every answer comes back. */
  request<T>(method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: unknown): Promise<ControlPlaneAnswer<T>>;
  /** @throws when it does not succeed, with the problem's code */
  get<T>(path: string): Promise<T>;
  /** @throws when it does not succeed, with the problem's code */
  post<T>(path: string, body?: unknown): Promise<T>;
};

const timeoutMs = 60_000;

/** Makes a client of the control plane at `origin`, e.g. `http://127.0.0.1:3400`. */
export function createControlPlaneClient(origin: string): ControlPlaneClient {
  let authorization: Record<string, string> = {};
  let organizationPath = '';

  const send = (method: string, path: string, body: unknown): Promise<Response> =>
    fetch(`${origin}${path.startsWith('/api') ? path : organizationPath + path}`, {
      method,
      headers: { ...authorization, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(timeoutMs),
    });
  const request: ControlPlaneClient['request'] = async <T>(method: string, path: string, body?: unknown) => {
    const response = await send(method, path, body);
    const text = await response.text();
    const json: unknown = text === '' ? null : JSON.parse(text);
    // The half that does not belong to the status is never read.
    return { status: response.status, body: json as T, problem: json as Problem };
  };
  const demand = async <T>(method: 'GET' | 'POST', path: string, body?: unknown): Promise<T> => {
    const answer = await request<T>(method, path, body);
    if (answer.status < 300) return answer.body;
    throw new Error(`${method} ${path} was refused (${answer.status} ${answer.problem.code}): ${answer.problem.detail}`);
  };
  return {
    organizationPath: () => organizationPath,
    signIn: async (login) => {
      const response = await send('POST', '/api/v1/sessions', login);
      const cookie = response.headers.get('set-cookie')?.split(';')[0];
      if (!response.ok || cookie === undefined) throw new Error(`could not sign in: ${response.status} ${await response.text()}`);
      authorization = { cookie, origin };
      const { memberships } = (await response.json()) as Me;
      organizationPath = `/api/v1/organizations/${memberships[0]?.organizationId ?? ''}`;
    },
    useToken: (token) => {
      authorization = { authorization: `Bearer ${token}` };
    },
    request,
    get: (path) => demand('GET', path),
    post: (path, body) => demand('POST', path, body),
  };
}
