import cookie from '@fastify/cookie';
import helmet from '@fastify/helmet';
import type { ApiDependencies } from '../dependencies.ts';
import { contentSecurityPolicy } from '../http/security-headers.ts';
import type { ApiServer } from '../http/server.ts';

/** Registers everything below `/api/v1`: what people and CI use. */
export async function registerPeopleApi(app: ApiServer, _deps: ApiDependencies): Promise<void> {
  await app.register(cookie);
  await app.register(helmet, { contentSecurityPolicy });
}
