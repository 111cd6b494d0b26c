/** The page as one file that carries its history with it, asks for nothing and runs from anywhere. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { escapeMarkup } from './chart/shape.ts';
import type { Recording } from './recording.ts';

const BUILT = new URL('../../build/', import.meta.url);

function built(file: string): string {
  try {
    return readFileSync(new URL(file, BUILT), 'utf8');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`the page is not built (npm run setup builds it): ${reason}`);
  }
}

const hash = (source: string): string => `'sha256-${createHash('sha256').update(source).digest('base64')}'`;

/** @throws if the page was not built */
export function recordedPage(recording: Recording, title: string): string {
  const [script, style] = [built('recorded/app.js'), built('recorded/style.css')];
  const icon = `data:image/svg+xml;base64,${Buffer.from(built('view/icon.svg')).toString('base64')}`;
  const policy = `default-src 'none'; img-src data:; style-src ${hash(style)}; script-src ${hash(script)}; base-uri 'none'; form-action 'none'`;
  // Data and no script; and no text of a journal can end the element that it stands in.
  const data = JSON.stringify(recording).replaceAll('<', '\\u003c');
  const parts: readonly (readonly [RegExp, string])[] = [
    [/<title>[^<]*<\/title>/, `<title>${escapeMarkup(title)}</title>`],
    [/<link rel="icon"[^>]*>/, `<meta http-equiv="Content-Security-Policy" content="${policy}">`],
    [/<link rel="stylesheet"[^>]*>/, `<style>${style}</style>`],
    [/<script[^>]*><\/script>\n?/, ''],
    [/src="\/icon\.svg"/, `src="${icon}"`],
    [
      /<\/body>/,
      `<script type="application/json" id="recording">${data}</script><script type="module">${script}</script></body>`,
    ],
  ];
  return parts.reduce((page, [found, text]) => page.replace(found, () => text), built('view/index.html'));
}
