import type { VerifiedBundle } from '../../bundles/verify-bundle.ts';
import type { View } from '../printer.ts';

/** How a bundle is shown. */
export const bundleView: View<VerifiedBundle & { file: string }> = {
  noun: 'bundles',
  name: (bundle) => bundle.file,
  columns: [
    { title: 'File', value: (bundle) => bundle.file },
    { title: 'Application', value: (bundle) => bundle.application },
    { title: 'Release', value: (bundle) => `${bundle.release.name} (counter ${bundle.release.counter})` },
    { title: 'Snapshot', value: (bundle) => `v${bundle.snapshot.number}` },
    { title: 'Node-RED', value: (bundle) => bundle.runtimeVersion },
    { title: 'Modules', value: (bundle) => String(bundle.modules), align: 'right' },
    { title: 'Needs credentials', value: (bundle) => String(bundle.credentialsNeeded.length), align: 'right' },
    { title: 'Signatures', value: (bundle) => String(bundle.signedBy.length), align: 'right' },
    { title: 'Root digest', value: (bundle) => bundle.root.digest },
    { title: 'Root expires', value: (bundle) => bundle.root.expires, wide: true },
    { title: 'Release digest', value: (bundle) => bundle.release.digest, wide: true },
    { title: 'Variables', value: (bundle) => bundle.variables.join(', ') || '–', wide: true },
  ],
};
