// biome-ignore-all lint/style/noDefaultExport: Node gives what CommonJS exports as the default.
// nrlint brings no types. What is said here was read in its version 1.2.0 (lib/linter.js, lib/rules).
declare module 'nrlint/lib/linter.js' {
  const linter: {
    init(options: { resolveRule: (name: string) => object | undefined }): void;
    lint(
      flows: readonly object[],
      config: { lintDisabledFlows: boolean; rules: Readonly<Record<string, object | true>> },
    ): { rule: string; message: string; location: string[]; severity: string }[];
  };
  export default linter;
}
declare module 'nrlint/lib/rules/index.js' {
  const rules: Readonly<Record<string, object>>;
  export default rules;
}
declare module 'nrlint/lib/rules/function-eslint/index.js' {
  const rules: Readonly<Record<string, object>>;
  export default rules;
}
