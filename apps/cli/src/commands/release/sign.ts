import type { ReleaseSignatures, SignReleaseRequest } from '@sluice/contracts';
import { decodeBase64, encodeBase64, pae, type SigningKey, signBytes, signingKeyFromPem, TrustError } from '@sluice/trust';
import { CliError, usageError } from '../../errors.ts';
import { defineVerb } from '../../frame/define.ts';
import { argument, requiredText, text } from '../../frame/parameters.ts';
import { plainText } from '../../output/text-width.ts';
import { signatureView } from '../../output/views/signers.ts';
import type { Ports } from '../../ports.ts';
import { resolveRelease } from '../../resolve/releases.ts';

async function readKey({ files }: Ports, path: string): Promise<SigningKey> {
  const pem = await files.read(path);
  if (pem === undefined) throw usageError(`There is no file ${path}.`, 'Make a key with: sluice release make-key <file>');
  try {
    return signingKeyFromPem(pem);
  } catch (error) {
    if (!(error instanceof TrustError)) throw error;
    throw new CliError('KEY_UNREADABLE', `${path} holds no Ed25519 private key in PEM. ${error.message}`, { cause: error });
  }
}

export const releaseSign = defineVerb({
  summary: 'Sign a release with a key that the control plane does not have',
  more: `The signature is over exactly the bytes of the manifest (DSSE), stands with that of the control plane, and goes along in bundles:
sluice release verify-bundle --public-key asks for it. The key has to be registered: sluice signer create. The private key does not leave this machine.

Example:
  sluice release sign line/v3 --key-file ./release-key.pem`,
  parameters: {
    release: argument('release', 'Its name, line/v3, latest, or its id'),
    app: text('--app <app>', 'The application: its name or id'),
    keyFile: requiredText('--key-file <file>', 'An Ed25519 private key in PEM'),
  },
  run: async ({ connect, print, ports, note }, { release: reference, app, keyFile }) => {
    const key = await readKey(ports, keyFile);
    const session = await connect();
    const { id, name } = await resolveRelease(session, reference, app);
    const { envelope, digest } = await session.get<ReleaseSignatures>(`/releases/${id}/signatures`);
    const message = pae(envelope.payloadType, decodeBase64(envelope.payload, 'payload'));
    const request: SignReleaseRequest = { keyId: key.keyId, signature: encodeBase64(signBytes(message, key.privateKey)) };
    const signed = await session.post<ReleaseSignatures>(`/releases/${id}/signatures`, request);
    note(`Signed ${plainText(name)}, whose manifest has the digest ${digest}.`);
    if (print.isForPeople || print.format === 'name') print.list(signed.signatures, signatureView);
    else print.data(signed);
    return undefined;
  },
});
