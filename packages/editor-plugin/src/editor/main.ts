import { createPanel } from './panel.ts';
import type { Editor } from './red.ts';
import { words } from './words.ts';

const editor: Editor = RED;
const tabId = 'sluice';
const action = 'sluice:create-snapshot';

editor.plugins.registerPlugin('sluice-editor', {
  type: 'sluice-editor',
  onadd: () => {
    const panel = createPanel();
    editor.actions.add(
      action,
      () => {
        editor.sidebar.show(tabId);
        panel.focusMessage();
      },
      { label: words.createAction },
    );
    editor.sidebar.addTab({
      id: tabId,
      label: words.title,
      name: words.title,
      iconClass: 'fa fa-tint',
      content: panel.root,
      enableOnEdit: true,
      action,
      onchange: () => panel.onShown(),
    });
    editor.events.on('workspace:dirty', (state) => panel.setUndeployed(state?.dirty === true));
    editor.events.on('deploy', () => panel.refresh());
    panel.setUndeployed(editor.nodes.dirty());
  },
});
