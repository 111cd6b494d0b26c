/** The text inside a state and the room it takes. */
import { type Box, FONT_PX, type LayoutNote, NODE_PAD_PX, NOTE_LINE_PX } from './layout-types.ts';
import type { ChartState, ChartTransition } from './statechart.ts';
import { textWidth, wrapWords } from './text-width.ts';

const TITLE_HEIGHT = 23;
const PAD_BOTTOM = 6;
const WRAP_PX = 190;
const MIN_WIDTH = 64;

/** A transition that leaves no state, drawn as a line of text; coordinates relative to the state. */
export interface InnerTransition {
  readonly transition: ChartTransition;
  readonly lines: readonly LayoutNote[];
}

export interface NodeText {
  /** The title, relative to the state. */
  readonly title: Box;
  readonly width: number;
  readonly height: number;
  readonly notes: readonly LayoutNote[];
  readonly inner: readonly InnerTransition[];
}

/** Names with commas, as words that a line may be broken between. */
function listed(prefix: string, names: readonly string[]): string[] {
  return names.map((name, index) => {
    const word = index < names.length - 1 ? `${name},` : name;
    return index === 0 ? `${prefix} / ${word}` : word;
  });
}

function innerWords({ label, actions }: ChartTransition): string[] {
  return actions.length === 0 ? [label] : listed(label, actions);
}

/** Room for a state's title, its entry and exit actions and the transitions that stay inside it. */
export function nodeText(state: ChartState, inner: readonly ChartTransition[]): NodeText {
  let y = TITLE_HEIGHT;
  const titleWidth = textWidth(state.label, FONT_PX.title, 'bold');
  let width = Math.max(MIN_WIDTH, titleWidth + 2 * NODE_PAD_PX);
  const line = (text: string): LayoutNote => {
    const w = textWidth(text, FONT_PX.note);
    const box = { text, x: NODE_PAD_PX, y, w, h: NOTE_LINE_PX };
    y += NOTE_LINE_PX;
    width = Math.max(width, w + 2 * NODE_PAD_PX);
    return box;
  };
  const wrapped = (words: readonly string[]): LayoutNote[] =>
    wrapWords(words, FONT_PX.note, WRAP_PX).map(line);
  const notes = [...wrapped(listed('entry', state.entry)), ...wrapped(listed('exit', state.exit))];
  const lines = inner.map((transition) => ({ transition, lines: wrapped(innerWords(transition)) }));
  const title = { x: NODE_PAD_PX, y: 4, w: titleWidth, h: TITLE_HEIGHT - 5 };
  return { title, width, height: y + (y > TITLE_HEIGHT ? PAD_BOTTOM : 3), notes, inner: lines };
}
