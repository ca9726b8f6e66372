import type { ConnectionView, StatusView } from '../view.ts';
import { detailsPart, summaryPart } from './changes.ts';
import { connectionForm } from './connection-form.ts';
import { createForm } from './create-form.ts';
import { button, element, icon } from './dom.ts';
import { failureNotice, notice } from './notices.ts';
import { ask, failureIn } from './server.ts';
import { words } from './words.ts';

/** What the sidebar's tab shows. */
export type Panel = {
  root: HTMLElement;
  /** Asks again when it is seen; else as soon as it is. */
  refresh(): void;
  /** Asks when something happened since it was last seen. */
  onShown(): void;
  setUndeployed(isUndeployed: boolean): void;
  focusMessage(): void;
};

function lastPart({ last }: StatusView): HTMLElement {
  if (last === null) return element('p', {}, words.none);
  const link = element('a', { href: last.url, target: '_blank', rel: 'noopener noreferrer' }, `v${last.number}`);
  const message = last.message === '' ? element('span', { class: 'sluice-quiet' }, words.noMessage) : last.message;
  const when = element('time', { datetime: last.createdAt }, words.lastBy(last.createdBy, new Date(last.createdAt).toLocaleString()));
  return element(
    'div',
    {},
    element('h3', {}, words.last),
    element('p', { class: 'sluice-last' }, link, ' ', message),
    element('p', { class: 'sluice-quiet' }, when),
  );
}

/** Makes the content of the tab. */
export function createPanel(): Panel {
  const mayWrite = RED.user.hasPermission('sluice.write');
  const header = element('div', { class: 'sluice-header' });
  // The form stands between what it is about and the details: in a low sidebar it is in sight without scrolling.
  const top = element('div', {});
  const formPlace = element('div', {});
  const details = element('div', {});
  const root = element('div', { class: 'sluice', 'aria-label': words.title, role: 'region' }, header, top, formPlace, details);
  const form = createForm({ mayWrite, onCreated: () => void load() });
  let isStale = true;
  let isMessageWanted = false;
  let loads = 0;

  const isSeen = (): boolean => root.offsetParent !== null;

  const showHeader = (connection: ConnectionView | null): void => {
    const name = connection === null ? words.notConnected : words.connectedTo(connection.application.name, connection.organization.name);
    const dot = icon(connection === null ? 'circle-o' : 'circle');
    const again = button('', () => void load(), { icon: 'refresh', title: words.refresh });
    const settings = button('', () => void showForm(), { icon: 'cog', title: words.connection });
    header.replaceChildren(element('span', { class: 'sluice-connection' }, dot, ' ', name), again, ...(mayWrite ? [settings] : []));
  };

  /** Instead of everything else. */
  const showOnly = (...content: HTMLElement[]): void => {
    top.replaceChildren(...content);
    formPlace.replaceChildren();
    details.replaceChildren();
    root.scrollTop = 0;
  };

  const showForm = async (): Promise<void> => {
    loads += 1;
    const current = await ask<ConnectionView | null>('GET', 'connection').catch(() => null);
    if (mayWrite) showOnly(connectionForm({ current, onDone: () => void load() }));
    else showOnly(notice('warning', words.notConnected, element('p', {}, words.askForConnection)));
    top.querySelector('input')?.focus();
  };

  const showStatus = (status: StatusView): void => {
    const warning = status.connection.isEncrypted ? [] : [notice('warning', words.notEncrypted)];
    top.replaceChildren(...warning, lastPart(status), ...summaryPart(status));
    details.replaceChildren(...detailsPart(status));
    if (formPlace.contains(form.root)) return;
    formPlace.replaceChildren(form.root);
    root.scrollTop = 0;
    if (isMessageWanted) form.focus();
    isMessageWanted = false;
  };

  const load = async (): Promise<void> => {
    loads += 1;
    const mine = loads;
    isStale = false;
    root.setAttribute('aria-busy', 'true');
    if (top.childElementCount === 0) top.replaceChildren(element('p', { class: 'sluice-quiet', role: 'status' }, words.loading));
    try {
      const connection = await ask<ConnectionView | null>('GET', 'connection');
      if (mine !== loads) return;
      showHeader(connection);
      if (connection === null) {
        await showForm();
        return;
      }
      const status = await ask<StatusView>('GET', 'status');
      if (mine === loads) showStatus(status);
    } catch (error) {
      if (mine === loads)
        showOnly(
          failureNotice(failureIn(error)),
          button(words.tryAgain, () => void load(), { icon: 'refresh' }),
        );
    } finally {
      root.removeAttribute('aria-busy');
    }
  };

  showHeader(null);
  return {
    root,
    refresh: () => {
      if (isSeen()) void load();
      else isStale = true;
    },
    onShown: () => {
      if (isStale) void load();
    },
    setUndeployed: form.setUndeployed,
    focusMessage: () => {
      // What is not there yet is focused as soon as it is.
      isMessageWanted = !formPlace.contains(form.root);
      form.focus();
    },
  };
}
