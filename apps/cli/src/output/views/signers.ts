import type { ReleaseSignatures, ReleaseSigner } from '@sluice/contracts';
import type { View } from '../printer.ts';
import { formatMoment } from '../time.ts';

/** How keys of others are shown. */
export function signerView(zone: string | undefined): View<ReleaseSigner> {
  return {
    noun: 'signers',
    name: ({ name }) => name,
    columns: [
      { title: 'Name', value: ({ name }) => name },
      { title: 'Public key', value: ({ publicKey }) => publicKey },
      { title: 'By', value: ({ createdBy }) => createdBy },
      { title: 'Created', value: ({ createdAt }) => formatMoment(createdAt, zone) },
      { title: 'Key id', value: ({ keyId }) => keyId, wide: true },
      { title: 'Id', value: ({ id }) => id, wide: true },
    ],
  };
}

/** How a key is shown that was just made. */
export const keyView: View<{ file: string; keyId: string; publicKey: string }> = {
  noun: 'keys',
  name: ({ publicKey }) => publicKey,
  columns: [
    { title: 'File', value: ({ file }) => file },
    { title: 'Public key', value: ({ publicKey }) => publicKey },
    { title: 'Key id', value: ({ keyId }) => keyId },
  ],
};

/** Who signed a release. */
export const signatureView: View<ReleaseSignatures['signatures'][number]> = {
  noun: 'signatures',
  name: ({ keyId }) => keyId,
  columns: [
    { title: 'Signed by', value: ({ signer, isOwn }) => signer ?? (isOwn ? 'the control plane' : 'a key that is not registered any more') },
    { title: 'Key id', value: ({ keyId }) => keyId },
  ],
};
