/** Text for people: aligned columns, and colour only where a terminal shows it. */
import { fstatSync } from 'node:fs';
import { stripVTControlCharacters, styleText } from 'node:util';

export type Colour = 'green' | 'yellow' | 'red' | 'cyan' | 'gray' | 'bold';

let isColourful: boolean | null = null;

/** To ask the stream of standard output makes it (cli.ts). */
const mayShowColour = (): boolean =>
  process.env.FORCE_COLOR !== undefined || fstatSync(1).isCharacterDevice();

/** Plain text unless stdout is a terminal; NO_COLOR and TERM=dumb are heeded. */
export function coloured(colour: Colour, text: string): string {
  isColourful ??= mayShowColour() && styleText('bold', '-', { stream: process.stdout }) !== '-';
  return isColourful ? styleText(colour, text, { validateStream: false }) : text;
}

const ROLE_COLOURS: Readonly<Record<string, Colour>> = {
  master: 'green',
  backup: 'cyan',
  fault: 'red',
  crashed: 'red',
};

export function colouredRole(role: string, text = role): string {
  const colour = ROLE_COLOURS[role];
  return colour === undefined ? text : coloured(colour, text);
}

const width = (text: string): number =>
  text.includes('\u001b') ? stripVTControlCharacters(text).length : text.length;

/** Columns as wide as their widest cell, two spaces between them. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, i) =>
    Math.max(0, ...rows.map((row) => width(row[i] ?? ''))),
  );
  return rows.map((row) =>
    row
      .map((cell, i) => cell + ' '.repeat((widths[i] ?? 0) - width(cell)))
      .join('  ')
      .trimEnd(),
  );
}
