import type { FastifyReply } from 'fastify';

/** The cookie that carries a person's session. Scripts cannot read it, and no other site can cause it to be sent with a change. */
export const sessionCookie = 'sluice_session';

/** How long a session lasts from signing in, in milliseconds. */
export const sessionLifetimeMs = 7 * 24 * 60 * 60 * 1000;

/** Gives the session to the browser. `Secure` is set whenever people reach the control plane through https. */
export function setSessionCookie(reply: FastifyReply, token: string, publicUrl: string): void {
  const secure = publicUrl.startsWith('https:');
  reply.setCookie(sessionCookie, token, { path: '/', httpOnly: true, sameSite: 'lax', secure, maxAge: sessionLifetimeMs / 1000 });
}

/** Takes the session from the browser. */
export function clearSessionCookie(reply: FastifyReply): void {
  reply.clearCookie(sessionCookie, { path: '/' });
}
