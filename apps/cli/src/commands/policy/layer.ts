import type { EffectivePolicy, PolicySettingsView } from '@sluice/contracts';
import type { Invocation } from '../../frame/invocation.ts';
import { text } from '../../frame/parameters.ts';
import { toneOfSeverity } from '../../output/views/policies.ts';
import type { PolicyLayerPath } from '../../resolve/policies.ts';

/** Which layer: without any the organization's. */
export const layerParameters = {
  app: text('--app <app>', 'That of an application: its name or id'),
  stage: text('--stage <stage>', 'That of a stage: line/prod, or prod with --app'),
};

type Line = { title: string; value: string; here: boolean };

function listed(list: readonly string[] | null): string {
  return list === null ? 'no list' : list.join(', ') || 'an empty list';
}

function otherLines({ effective, settings }: PolicySettingsView): Line[] {
  const { allowedModules, registries, deniedLicences, exactVersions, routesAreProtected, limits } = effective;
  const has = (name: Exclude<keyof EffectivePolicy, 'rules'>): boolean => settings[name] !== undefined;
  return [
    { title: 'allowedModules', value: listed(allowedModules), here: has('allowedModules') },
    { title: 'registries', value: listed(registries), here: has('registries') },
    { title: 'deniedLicences', value: listed(deniedLicences), here: has('deniedLicences') },
    { title: 'exactVersions', value: String(exactVersions), here: has('exactVersions') },
    { title: 'routesAreProtected', value: String(routesAreProtected), here: has('routesAreProtected') },
    ...Object.entries(limits).map(([name, value]) => ({
      title: name,
      value: String(value),
      here: Object.keys(settings.limits ?? {}).includes(name),
    })),
  ];
}

/** Prints what a layer says and what holds with it; `here` marks what this layer itself says. */
export function printLayer({ print }: Invocation, { name }: PolicyLayerPath, view: PolicySettingsView): void {
  if (!print.isForPeople) {
    print.data(view);
    return;
  }
  const here = (isHere: boolean): string => (isHere ? 'here' : '');
  const own: Readonly<Record<string, string>> = view.settings.rules ?? {};
  print.line(`What holds for the ${name} (version ${view.version})`);
  print.section('Rules', Object.entries(view.effective.rules), [
    { title: 'Rule', value: ([rule]) => rule },
    { title: 'Severity', value: ([, severity]) => severity, tone: ([, severity]) => toneOfSeverity(severity) },
    { title: 'Set', value: ([rule]) => here(Object.hasOwn(own, rule)) },
  ]);
  print.section('Lists and limits', otherLines(view), [
    { title: 'Setting', value: ({ title }) => title },
    { title: 'Value', value: ({ value }) => value },
    { title: 'Set', value: (line) => here(line.here) },
  ]);
}
