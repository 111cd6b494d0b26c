/** `relive step` in a terminal: single keys, an alternate screen, a line to type on. */
import { emitKeypressEvents, type Key } from 'node:readline';
import { endOutput } from '../cli.ts';
import { screenLines } from './screen.ts';
import type { Stepper } from './stepper.ts';

const ENTER = '\u001b[?1049h\u001b[?25l';
const LEAVE = '\u001b[?25h\u001b[?1049l';
const HOME = '\u001b[H';
const CLEAR_LINE = '\u001b[K';
const CLEAR_BELOW = '\u001b[J';

/** Arrows are orders, too. */
const ARROWS: Readonly<Record<string, string>> = {
  down: 'n',
  right: 'n',
  up: 'p',
  left: 'p',
  pagedown: 'N',
  pageup: 'P',
};
/** Orders that need a word. */
const ASKING: readonly string[] = ['g', 'b', 'B'];

/** Until `q`, Ctrl-C or a signal. The terminal is as it was before, whatever happens. */
export async function runInTerminal(stepper: Stepper, utc: boolean): Promise<void> {
  const { stdin, stdout } = process;
  let prompt = '';
  /** The order that a word is being typed for. */
  let typing: string | null = null;
  const draw = (): void => {
    const size = { columns: stdout.columns || 80, rows: stdout.rows || 24 };
    const lines = screenLines(stepper, size, typing === null ? prompt : `${typing} ${prompt}_`, utc);
    stdout.write(HOME + lines.map((line) => line + CLEAR_LINE).join('\n') + CLEAR_BELOW);
  };
  const obey = (order: string): void => {
    prompt = said(stepper, order);
  };
  const type = (text: string | undefined, key: Key): void => {
    if (key.name === 'return' || key.name === 'enter') {
      const order = `${typing} ${prompt}`;
      typing = null;
      obey(order);
    } else if (key.name === 'escape') {
      typing = null;
      prompt = '';
    } else if (key.name === 'backspace') prompt = prompt.slice(0, -1);
    else if (text !== undefined && text >= ' ') prompt += text;
  };
  stdout.on('error', endOutput);
  emitKeypressEvents(stdin);
  stdin.setRawMode(true);
  stdout.write(ENTER);
  stdout.on('resize', draw);
  // A machine that is switched off has no use for what it was asked to restore, but a closed window has a shell behind it.
  const restore = (): void => {
    stdout.write(LEAVE);
    stdin.setRawMode(false);
  };
  process.once('exit', restore);
  try {
    draw();
    await new Promise<void>((resolve) => {
      stdin.on('keypress', (text: string | undefined, key: Key) => {
        if ((key.ctrl === true && key.name === 'c') || (typing === null && text === 'q')) return resolve();
        if (typing !== null) type(text, key);
        else if (text !== undefined && ASKING.includes(text)) {
          typing = text;
          prompt = '';
        } else obey(ARROWS[key.name ?? ''] ?? text ?? '');
        draw();
      });
      process.once('SIGTERM', resolve);
      process.once('SIGHUP', resolve);
    });
  } finally {
    stdout.off('resize', draw);
    process.off('exit', restore);
    restore();
    stdin.pause();
  }
}

/** An order that cannot be carried out is told of where the next one is typed. */
function said(stepper: Stepper, order: string): string {
  try {
    return stepper.order(order) ?? '';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
