/** Files of the built page, with what the build has compressed of them. */
import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { accepts, type Body } from './answering.ts';

const ASSETS: Readonly<Record<string, { readonly file: string; readonly type: string }>> = {
  '/': { file: 'index.html', type: 'text/html; charset=utf-8' },
  '/app.js': { file: 'app.js', type: 'text/javascript; charset=utf-8' },
  '/style.css': { file: 'style.css', type: 'text/css; charset=utf-8' },
  '/icon.svg': { file: 'icon.svg', type: 'image/svg+xml' },
};

interface Asset {
  readonly type: string;
  readonly plain: Uint8Array;
  readonly br: Uint8Array;
  readonly gzip: Uint8Array;
}

function read(file: URL): Uint8Array {
  try {
    return readFileSync(file);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`the page is not built (npm run setup builds it): ${reason}`);
  }
}

export class Assets {
  readonly #files: ReadonlyMap<string, Asset>;

  /** Read once: what is served is of one build. @throws if the page was not built */
  constructor(directory: URL) {
    this.#files = new Map(
      Object.entries(ASSETS).map(([path, { file, type }]) => {
        const [plain, br, gzip] = ['', '.br', '.gz'].map((end) => read(new URL(file + end, directory)));
        return [path, { type, plain, br, gzip } as Asset];
      }),
    );
  }

  find(path: string, request: IncomingMessage): Body | null {
    const asset = this.#files.get(path);
    if (asset === undefined) return null;
    const { type, plain, br, gzip } = asset;
    if (accepts(request, 'br')) return { type, bytes: br, encoding: 'br', varies: true };
    if (accepts(request, 'gzip')) return { type, bytes: gzip, encoding: 'gzip', varies: true };
    return { type, bytes: plain, encoding: null, varies: true };
  }
}
