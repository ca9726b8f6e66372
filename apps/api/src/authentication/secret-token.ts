import type { Random } from '@sluice/platform';
import { sha256Hex } from '@sluice/trust';

const tokenBytes = 32;

/** An unguessable token as text; only its hash is stored. */
export function createSecretToken(random: Pick<Random, 'randomBytes'>): { token: string; hash: string } {
  const token = Buffer.from(random.randomBytes(tokenBytes)).toString('base64url');
  return { token, hash: sha256Hex(token) };
}

/** The form in which a token is looked up. It is as unguessable as the token, so a plain hash needs no salt. */
export function hashOfToken(token: string): string {
  return sha256Hex(token);
}
