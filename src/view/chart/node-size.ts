/** The text inside a state and the room it takes. */
import {
  type Box,
  FONT_PX,
  type LayoutNote,
  NODE_PAD_PX,
  NOTE_INDENT_PX,
  NOTE_LINE_PX,
  TITLE_PX,
} from './layout-types.ts';
import type { ChartState, ChartTransition } from './statechart.ts';
import { textWidth, wrapWords } from './text-width.ts';

const PAD_BOTTOM = 6;
const WRAP_PX = 195;
/** Regions are wide: their small print stands side by side. */
const REGION_ROOM_PX = 800;
const ITEM_GAP = 22;
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
  const [event = '', ...guard] = label.split(/ (?=\[)/);
  if (guard.length === 0) return actions.length === 0 ? [event] : listed(event, actions);
  return [event, ...(actions.length === 0 ? guard : listed(guard.join(' '), actions))];
}

/** Sets lines of small print below the title: one below the other, or side by side where a state is wide anyway. */
class Setter {
  readonly #room: number;
  width = 0;
  bottom = TITLE_PX;
  #x = 0;

  constructor(room: number) {
    this.#room = room;
  }

  /** A line of its own, or the next one in the current line if it fits into the room. */
  set(text: string, indent: number): LayoutNote {
    const w = textWidth(text, FONT_PX.note);
    const beside = this.#x > 0 && this.#x + w <= this.#room;
    if (!beside) {
      this.#x = 0;
      this.bottom += NOTE_LINE_PX;
    }
    const note = {
      text,
      x: NODE_PAD_PX + this.#x + indent,
      y: this.bottom - NOTE_LINE_PX,
      w,
      h: NOTE_LINE_PX,
    };
    this.#x += w + ITEM_GAP;
    this.width = Math.max(this.width, note.x + w + NODE_PAD_PX);
    return note;
  }
}

/** Room for a state's title, its entry and exit actions and the transitions that stay inside it. */
export function nodeText(state: ChartState, inner: readonly ChartTransition[]): NodeText {
  const isRegion = state.kind === 'region' || state.kind === 'machine';
  const setter = new Setter(isRegion ? REGION_ROOM_PX : 0);
  const wrapped = (words: readonly string[]): LayoutNote[] =>
    wrapWords(words, FONT_PX.note, isRegion ? REGION_ROOM_PX : WRAP_PX).map((text, index) =>
      setter.set(text, index === 0 ? 0 : NOTE_INDENT_PX),
    );
  const notes = [...wrapped(listed('entry', state.entry)), ...wrapped(listed('exit', state.exit))];
  const lines = inner.map((transition) => ({ transition, lines: wrapped(innerWords(transition)) }));
  const titleWidth = textWidth(state.label, FONT_PX.title, 'bold');
  const title = { x: NODE_PAD_PX, y: 4, w: titleWidth, h: TITLE_PX - 5 };
  const width = Math.max(MIN_WIDTH, titleWidth + 2 * NODE_PAD_PX, setter.width);
  const height = setter.bottom + (setter.bottom > TITLE_PX ? PAD_BOTTOM : 3);
  return { title, width, height, notes, inner: lines };
}
