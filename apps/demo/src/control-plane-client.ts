import type { Problem } from '@sluice/contracts';

/** The control plane refused a call. The message says what happened and what to do, in the control plane's own words. */
export class ControlPlaneError extends Error {
  override readonly name = 'ControlPlaneError';
  readonly status: number;
  readonly code: string;

  constructor(call: string, status: number, problem: Partial<Problem>) {
    super(`${call} was refused (${status} ${problem.code ?? 'UNKNOWN'}): ${problem.detail ?? problem.title ?? 'no detail'}`);
    this.status = status;
    this.code = problem.code ?? 'UNKNOWN';
  }
}

/** Calls the people's API as a program would: with an API token, JSON in, JSON out. */
export class ControlPlaneClient {
  readonly #origin: string;
  #authorization: Record<string, string> = {};

  constructor(origin: string) {
    this.#origin = origin;
  }

  /** Signs in as a person; later calls carry the session cookie. */
  async signIn(email: string, password: string): Promise<void> {
    const response = await this.#send('POST', '/api/v1/sessions', { email, password });
    const cookie = response.headers.get('set-cookie')?.split(';')[0];
    if (cookie === undefined) throw new Error('The control plane answered the sign-in without a session cookie.');
    this.#authorization = { cookie, origin: this.#origin };
  }

  /** Uses an API token from now on. */
  useToken(token: string): void {
    this.#authorization = { authorization: `Bearer ${token}` };
  }

  async get<T>(path: string): Promise<T> {
    return (await this.#send('GET', path)).json() as Promise<T>;
  }

  async post<T>(path: string, body: unknown): Promise<T> {
    return (await this.#send('POST', path, body)).json() as Promise<T>;
  }

  async put<T>(path: string, body: unknown): Promise<T> {
    return (await this.#send('PUT', path, body)).json() as Promise<T>;
  }

  async #send(method: string, path: string, body?: unknown): Promise<Response> {
    const response = await fetch(`${this.#origin}${path}`, {
      method,
      headers: { ...this.#authorization, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(120_000),
    });
    if (response.ok) return response;
    throw new ControlPlaneError(`${method} ${path}`, response.status, (await response.json().catch(() => ({}))) as Partial<Problem>);
  }
}
