import type { ReleaseSigner } from '@sluice/contracts';
import { defineVerb } from '../../frame/define.ts';
import { argument, requiredText } from '../../frame/parameters.ts';
import { readPublicKey } from '../../input/public-key.ts';
import { signerView } from '../../output/views/signers.ts';

export const signerCreate = defineVerb({
  summary: 'Register a public key: who has its private half can sign releases; needs an owner',
  parameters: {
    name: argument('name', 'What it is called, such as quality'),
    publicKey: requiredText('--public-key <key>', 'As sluice release make-key prints it, or a PEM file'),
  },
  run: async ({ connect, print, ports }, { name, publicKey: given }) => {
    const publicKey = await readPublicKey(ports, given);
    const session = await connect();
    print.one(await session.post<ReleaseSigner>('/release-signers', { name, publicKey }), signerView(ports.timeZone));
    return undefined;
  },
});
