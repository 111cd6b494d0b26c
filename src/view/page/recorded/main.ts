/** Entry of a page that carries its history with it: it asks itself instead of a server, and asks nobody else. */
import type { Recording } from '../../recording.ts';
import { App } from '../app.ts';
import { formatPlace } from '../location.ts';
import { EVERYTHING } from '../wall/filter.ts';
import { RecordedAnswers } from './answers.ts';

/** What is recorded has ended: nothing more comes, and that is no trouble of a connection. */
class NothingNew {
  static readonly CLOSED = 2;
  readonly readyState = 1;
  onopen: (() => void) | null = null;
  onerror: (() => void) | null = null;

  constructor() {
    queueMicrotask(() => this.onopen?.());
  }

  addEventListener(): void {}
  close(): void {}
}

const text = document.getElementById('recording')?.textContent ?? '';
const recording = JSON.parse(text) as Recording;
const answers = new RecordedAnswers(recording);

window.fetch = async (input) => {
  const [path = '', search = ''] = String(input).split('?', 2);
  return new Response(JSON.stringify(answers.answer(path, new URLSearchParams(search))));
};
// Its present is the end of what is recorded, for as long as somebody looks at it.
const openedMs = Date.now();
Date.now = () => openedMs;
window.EventSource = NothingNew as unknown as typeof EventSource;

document.body.dataset.recorded = 'true';
if (location.hash === '') {
  const place = { view: 'chart', timeUs: null, filter: EVERYTHING, ...recording.opened } as const;
  history.replaceState(null, '', formatPlace(place));
}
void new App().start();
