/** Keys of the page. Fields and lists keep theirs. */

export type Keys = Readonly<Record<string, () => void>>;

/** @param onTimeline keys that count while the timeline has the focus */
export function bindKeys(keys: Keys, onTimeline: Keys): void {
  addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const { target } = event;
    if (target instanceof HTMLSelectElement || target instanceof HTMLInputElement) return;
    // An open dialog has the keys, and closes by Escape only if nobody else takes it.
    if (event.key !== '?' && document.querySelector('dialog[open]') !== null) return;
    // A focused button or list takes the space bar itself.
    if (event.key === ' ' && target instanceof Element && target.closest('button, summary, a') !== null)
      return;
    const isOnTimeline = event.target instanceof HTMLCanvasElement && event.target.id === 'timeline';
    const act = { ...keys, ...(isOnTimeline ? onTimeline : {}) }[event.key];
    if (act === undefined) return;
    event.preventDefault();
    act();
  });
}

export function bindButtons(buttons: Keys): void {
  for (const [id, act] of Object.entries(buttons)) {
    document.getElementById(id)?.addEventListener('click', act);
  }
}
