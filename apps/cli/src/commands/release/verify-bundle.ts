import { withProgress } from '../../bundles/progress.ts';
import { verifyBundle } from '../../bundles/verify-bundle.ts';
import { defineVerb } from '../../frame/define.ts';
import { argument, text } from '../../frame/parameters.ts';
import { readPublicKey } from '../../input/public-key.ts';
import { bundleView } from '../../output/views/bundles.ts';

/** The option that names whom to trust. */
export const trustedRoot = text('--trusted-root <sha256>', 'The digest of the root of trust that the bundle has to be signed under');

export const releaseVerifyBundle = defineVerb({
  summary: 'Verify a bundle: every byte, and the signature. Asks nobody',
  more: `Without --trusted-root it is only known that the bundle is whole, and not who made it: compare the root digest with what the other side says.

Example:
  sluice release verify-bundle line-v3.tar --trusted-root 8f14…`,
  parameters: {
    file: argument('file', 'A bundle, as "sluice release bundle" writes it'),
    trustedRoot,
    publicKey: text('--public-key <key>', 'The release has to be signed by this key, too: its base64, or a PEM file'),
  },
  run: async ({ print, ports, note }, { file, trustedRoot: root, publicKey: given }) => {
    const publicKey = given === undefined ? undefined : await readPublicKey(ports, given);
    const chunks = withProgress(ports, 'Verifying', { length: null, chunks: ports.files.readChunks(file) });
    const verified = await verifyBundle(chunks, { trustedRoot: root, publicKey });
    print.one({ file, ...verified }, bundleView);
    if (!print.isForPeople) return undefined;
    if (publicKey !== undefined) note('It is signed by the key that you named.');
    if (root !== undefined) note('It is whole, and signed under the root that you trust.');
    else
      note(
        'It is whole, and its signature holds under the root inside. Whether that root is theirs, only they can say: compare its digest.',
      );
    return undefined;
  },
});
