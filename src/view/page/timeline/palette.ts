/** The page's colours, for a canvas. */
import type { Tone } from '../../text/tone.ts';
import type { Palette } from './scene.ts';

const TONES: readonly Tone[] = ['good', 'calm', 'bad', 'warn', 'idle', 'accent'];

export function readPalette(element: Element): Palette {
  const style = getComputedStyle(element);
  const color = (name: string): string => style.getPropertyValue(name).trim();
  return {
    tones: Object.fromEntries(TONES.map((tone) => [tone, color(`--${tone}`)])) as Record<Tone, string>,
    text: color('--text'),
    muted: color('--muted'),
    line: color('--line'),
    panel: color('--panel'),
    onTone: color('--on-tone'),
    cursor: color('--cursor'),
    font: style.fontFamily,
  };
}
