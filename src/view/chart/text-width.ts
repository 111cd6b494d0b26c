/**
 * Widths of text without a browser, so that layouts are the same wherever they are made.
 * The table holds DejaVu Sans, wider than the interface fonts of the common systems: labels fit with any of them.
 */

/** Advance widths of U+0020 to U+007E in thousandths of the font size. */
const ADVANCES = [
  318, 401, 460, 838, 636, 950, 780, 275, 390, 390, 500, 838, 318, 361, 318, 337, 636, 636, 636, 636, 636,
  636, 636, 636, 636, 636, 337, 337, 838, 838, 838, 531, 1000, 684, 686, 698, 770, 632, 575, 775, 752, 295,
  295, 656, 557, 863, 748, 787, 603, 787, 695, 635, 611, 732, 684, 989, 685, 611, 685, 390, 337, 390, 838,
  500, 500, 613, 635, 550, 635, 615, 352, 635, 634, 278, 278, 579, 278, 974, 634, 612, 635, 635, 411, 521,
  392, 634, 592, 818, 592, 592, 525, 636, 337, 636, 838,
];

/** Bold letters are wider by less than this on average. */
const BOLD = 1.12;

const UNKNOWN = 1000;

/** Width in pixels, rounded up. */
export function textWidth(text: string, fontPx: number, weight: 'normal' | 'bold' = 'normal'): number {
  let thousandths = 0;
  for (const char of text) thousandths += ADVANCES[(char.codePointAt(0) ?? 0) - 32] ?? UNKNOWN;
  return Math.ceil((thousandths * fontPx * (weight === 'bold' ? BOLD : 1)) / 1000);
}

/** Breaks words into lines of at most `maxPx`; a single longer word stays whole. */
export function wrapWords(words: readonly string[], fontPx: number, maxPx: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of words) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && textWidth(longer, fontPx) > maxPx) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return line === '' ? lines : [...lines, line];
}
