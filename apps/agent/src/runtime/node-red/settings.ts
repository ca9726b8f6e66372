/** What the agent decides about a Node-RED process, whatever the release's own settings say. */
export type SettingsOptions = {
  host: string;
  port: number;
  userDirectory: string;
  flowFile: string;
  credentialSecret: string;
  probeFolder: string;
  /** The release's `settings.json`, signed with it. */
  release: Record<string, unknown>;
};

/**
 * The text of `settings.cjs`. The agent's own decisions come last, so no release can open the editor, move the data or change what is loaded.
 *
 * `readOnly` keeps Node-RED from writing flows, credentials and settings: the release's files stay as they were signed, and a hot apply
 * changes only what runs. Context is not affected; it is kept in files below the user directory.
 */
export function settingsText(options: SettingsOptions): string {
  const settings = {
    contextStorage: { default: { module: 'localfilesystem' } },
    logging: { console: { level: 'info', metrics: false, audit: false } },
    ...options.release,
    uiHost: options.host,
    uiPort: options.port,
    userDir: options.userDirectory,
    flowFile: options.flowFile,
    fileWorkingDirectory: options.userDirectory,
    credentialSecret: options.credentialSecret,
    httpAdminRoot: false,
    httpRoot: undefined,
    disableEditor: true,
    readOnly: true,
    nodesDir: [options.probeFolder],
    safeMode: false,
    storageModule: undefined,
    coreNodesDir: undefined,
    telemetry: { enabled: false, updateNotification: false },
    editorTheme: { projects: { enabled: false } },
    externalModules: { autoInstall: false, palette: { allowInstall: false }, modules: { allowInstall: false } },
  };
  return `module.exports = ${JSON.stringify(settings, null, 2)};\n`;
}
