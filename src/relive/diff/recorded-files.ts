/** Files of a configuration as a journal has them, for the reader of configurations. */
import { dirname, resolve } from 'node:path';
import type { FileSource } from '../../config/file-source.ts';
import type { ConfigurationFile } from '../report/configuration.ts';

/** `*` and `?` do not match a slash. */
function pattern(wildcards: string): RegExp {
  const text = wildcards
    .replace(/[.+^${}()|\\]/g, '\\$&')
    .replaceAll('*', '[^/]*')
    .replaceAll('?', '[^/]');
  return new RegExp(`^${text}$`);
}

export function recordedFiles(files: readonly ConfigurationFile[]): FileSource {
  const texts = new Map(files.map(({ path, text }) => [resolve(path), text]));
  return {
    read: (path) => {
      const text = texts.get(resolve(path));
      return text === undefined
        ? { error: 'not in the journal', missing: true }
        : { text, directory: dirname(resolve(path)) };
    },
    glob: (wildcards, relativeTo) => {
      const whole = resolve(relativeTo === '' ? '.' : dirname(relativeTo), wildcards);
      if (!/[*?[]/.test(wildcards)) return [whole];
      const wanted = pattern(whole);
      return [...texts.keys()].filter((path) => wanted.test(path)).sort();
    },
  };
}
