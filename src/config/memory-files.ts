/** Configuration files in memory: for tests, and for text that is not on a disk. */
import type { FileSource } from './file-source.ts';

/** Paths are plain keys; a relative pattern starts from the including file's directory; `*` matches within one name. */
export function memoryFiles(files: Readonly<Record<string, string>>): FileSource {
  return {
    read: (path) => {
      const text = Object.hasOwn(files, path) ? files[path] : undefined;
      return text === undefined ? { error: 'no such file' } : { text };
    },
    glob: (pattern, relativeTo) => {
      const directory = pattern.startsWith('/') ? '' : relativeTo.slice(0, relativeTo.lastIndexOf('/') + 1);
      const whole = directory + pattern;
      if (!whole.includes('*')) return [whole];
      const parts = whole.split('*');
      const matches = (path: string): boolean => parts.length < 8 && globRegExp(parts).test(path);
      return Object.keys(files).filter(matches).sort();
    },
  };
}

function globRegExp(parts: readonly string[]): RegExp {
  return new RegExp(`^${parts.map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')).join('[^/]*')}$`);
}
