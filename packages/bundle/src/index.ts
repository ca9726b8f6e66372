/** A release as one file: what stands in it, and how it is verified. */
export { BundleError, type BundleErrorCode } from './bundle-error.ts';
export { type BundleFacts, bundleFormat, type NeededCredentials } from './bundle-facts.ts';
export { type BundledRelease, type BundlePart, type ReadBundleOptions, readBundle } from './read-bundle.ts';
