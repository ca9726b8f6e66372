/** A device of the demo and the line it serves. */
export type Site = {
  device: string;
  stage: StageName;
  /** First part of the line's topics after the enterprise. */
  site: string;
  line: string;
  /** Number of the line; gives the PLC its own phase. */
  number: number;
};

export const stageNames = ['dev', 'staging', 'prod'] as const;
export type StageName = (typeof stageNames)[number];

export const enterprise = 'aquaterra';

/** Five sites: one to develop on, one to stage on, three that earn the money. */
export const sites: readonly Site[] = [
  { device: 'dev-bench', stage: 'dev', site: 'workshop', line: 'bench', number: 1 },
  { device: 'staging-line', stage: 'staging', site: 'pilot', line: 'line-0', number: 2 },
  { device: 'prod-ulm-line-1', stage: 'prod', site: 'ulm', line: 'line-1', number: 3 },
  { device: 'prod-ulm-line-2', stage: 'prod', site: 'ulm', line: 'line-2', number: 4 },
  { device: 'prod-graz-line-1', stage: 'prod', site: 'graz', line: 'line-1', number: 5 },
];

/** The root of a site's topics in the Unified Namespace. */
export function namespaceRoot({ site, line }: Site): string {
  return `${enterprise}/${site}/bottling/${line}`;
}

/** The name by which the observer knows a site's line. */
export function observedLine({ site, line }: Site): string {
  return `${site}/${line}`;
}
