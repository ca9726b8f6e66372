/** The parts of Node-RED's editor that the sidebar uses. Node-RED ships no types; these were checked against 5.0.7 and 4.1.15. */
export type Editor = {
  actions: { add(name: string, handler: () => void, options: { label: string }): void };
  events: { on(event: string, listener: (event?: { dirty?: boolean }) => void): void };
  nodes: { dirty(): boolean };
  plugins: { registerPlugin(id: string, definition: { type: string; onadd(): void }): void };
  sidebar: {
    addTab(tab: {
      id: string;
      label: string;
      name: string;
      iconClass: string;
      content: HTMLElement;
      enableOnEdit: boolean;
      action: string;
      onchange(): void;
    }): void;
    show(id: string): void;
  };
  user: { hasPermission(permission: string): boolean };
  view: { reveal(id: string): void };
};

/** jQuery, because Node-RED teaches it to send the person's own token and to find the admin API. */
export type Ajax = (request: {
  url: string;
  method: string;
  headers: Record<string, string>;
  contentType?: string;
  data?: string;
  dataType: string;
  timeout: number;
}) => { done(callback: (answer: unknown) => void): { fail(callback: (reply: { status: number; responseText?: string }) => void): void } };

declare global {
  var RED: Editor;
  var $: { ajax: Ajax };
}
