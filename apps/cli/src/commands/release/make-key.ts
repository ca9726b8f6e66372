import { generateSigningKey, privateKeyPem } from '@sluice/trust';
import { CliError } from '../../errors.ts';
import { exitCodes } from '../../exit-codes.ts';
import { defineVerb } from '../../frame/define.ts';
import { argument } from '../../frame/parameters.ts';
import { keyView } from '../../output/views/signers.ts';

export const releaseMakeKey = defineVerb({
  summary: 'Make a key to sign releases with. It stays in its file; asks nobody',
  more: `An Ed25519 key in PEM (PKCS #8), readable by you alone; openssl genpkey -algorithm ed25519 makes the same. The control plane gets the public half:
  sluice release make-key ./release-key.pem
  sluice signer create quality --public-key qXJ…=`,
  dryRun: false,
  parameters: { file: argument('file', 'Where the private key goes; nothing may be there') },
  run: async ({ print, ports, note }, { file }) => {
    if ((await ports.files.kind(file)) !== 'none') {
      throw new CliError('FILE_EXISTS', `${file} is there already, and a key is never overwritten.`, { exitCode: exitCodes.conflict });
    }
    const key = generateSigningKey();
    await ports.files.writePrivate(file, privateKeyPem(key));
    print.one({ file, keyId: key.keyId, publicKey: key.publicKey }, keyView);
    note('Who has the file can sign in your name: keep a copy where nobody else gets at it.');
    return undefined;
  },
});
