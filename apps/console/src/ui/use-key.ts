import { useEffect, useEffectEvent } from 'react';

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName));
}

/**
 * Calls back when a key is pressed that nobody is typing with: not in a field, not under a dialog, not with Ctrl, Alt or Meta.
 * `key` is what the key writes, whatever the keyboard's layout: `/`, `j`, `?`.
 */
export function useKey(key: string, callback: () => void): void {
  const onPressed = useEffectEvent(callback);
  useEffect(() => {
    const listen = (event: KeyboardEvent): void => {
      if (event.key !== key || event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented) return;
      if (isTyping(event.target) || document.querySelector('[role="dialog"]') !== null) return;
      event.preventDefault();
      onPressed();
    };
    window.addEventListener('keydown', listen);
    return () => window.removeEventListener('keydown', listen);
  }, [key]);
}
