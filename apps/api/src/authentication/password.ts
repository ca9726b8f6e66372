import { hash, verify } from '@node-rs/argon2';

// OWASP Password Storage Cheat Sheet: argon2id (the library's default) with 19 MiB, 2 passes, 1 lane.
const parameters = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** Hashes a password for storage: argon2id, as PHC string. Runs on libuv's thread pool. */
export function hashPassword(password: string): Promise<string> {
  return hash(password, parameters);
}

let decoy: Promise<string> | undefined;

/**
 * Whether the password is the stored one's. Without a stored hash (an unknown address, a person who never chose a password) it takes as long and is false,
 * so that answers do not tell which addresses exist.
 */
export async function passwordMatches(storedHash: string | null, password: string): Promise<boolean> {
  decoy ??= hashPassword('a password nobody has');
  const matches = await verify(storedHash ?? (await decoy), password);
  return storedHash !== null && matches;
}
