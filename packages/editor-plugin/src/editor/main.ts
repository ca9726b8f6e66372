import { createPanel } from './panel.ts';
import { words } from './words.ts';

const tabId = 'sluice';
const action = 'sluice:create-snapshot';

RED.plugins.registerPlugin('sluice-editor', {
  type: 'sluice-editor',
  onadd: () => {
    const panel = createPanel();
    RED.actions.add(
      action,
      () => {
        RED.sidebar.show(tabId);
        panel.focusMessage();
      },
      { label: words.createAction },
    );
    RED.sidebar.addTab({
      id: tabId,
      label: words.title,
      name: words.title,
      iconClass: 'fa fa-tint',
      content: panel.root,
      enableOnEdit: true,
      action,
      onchange: () => panel.onShown(),
    });
    RED.events.on('workspace:dirty', (state) => panel.setUndeployed(state?.dirty === true));
    RED.events.on('deploy', () => panel.refresh());
    panel.setUndeployed(RED.nodes.dirty());
  },
});
