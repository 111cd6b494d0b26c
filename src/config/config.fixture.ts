import type { VrrpInput } from '../machines/vrrp/vrrp.input.ts';
import { vrrpActors } from './actors.ts';
import type { Diagnostic } from './diagnostics.ts';
/** Configuration files in memory: for tests. */
import type { FileSource } from './file-source.ts';
import type { VrrpInstanceConfig } from './model.ts';
import { type ReadConfigResult, readConfig } from './read.ts';

/** Paths are plain keys; a relative pattern starts from the including file's directory; `*` matches within one name. */
export function memoryFiles(files: Readonly<Record<string, string>>): FileSource {
  return {
    read: (path) => {
      const text = Object.hasOwn(files, path) ? files[path] : undefined;
      return text === undefined ? { error: 'no such file', missing: true } : { text };
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

/** The main file of every test; what it includes lies beside it. */
export const FILE = '/etc/keepalived.conf';

/** Reads a configuration; `more` are further files by their paths. */
export function read(text: string, more: Readonly<Record<string, string>> = {}): ReadConfigResult {
  return readConfig(FILE, memoryFiles({ [FILE]: text, ...more }));
}

/** Severity and code of each diagnostic. */
export function codes(result: { readonly diagnostics: readonly Diagnostic[] }): string[] {
  return result.diagnostics.map(({ severity, code }) => `${severity} ${code}`);
}

/** An instance with what is mandatory, and the given lines. */
export function instance(lines = '', name = 'VI_1'): string {
  return `vrrp_instance ${name} {\ninterface eth0\nvirtual_router_id 51\nvirtual_ipaddress {\n192.0.2.10/24\n}\n${lines}\n}\n`;
}

/** What the one instance of a configuration starts with. */
export function only(result: ReadConfigResult): VrrpInput {
  const [first, second] = result.config === null ? [] : vrrpActors(result.config);
  if (first === undefined || second !== undefined) {
    throw new Error(`expected one instance: ${JSON.stringify(result.diagnostics, null, 1)}`);
  }
  return first.input;
}

/** The one instance of a configuration as it is in force. */
export function onlyTree(result: ReadConfigResult): VrrpInstanceConfig {
  const [first, second] = result.config?.tree.vrrp_instance ?? [];
  if (first === undefined || second !== undefined) {
    throw new Error(`expected one instance: ${JSON.stringify(result.diagnostics, null, 1)}`);
  }
  return first;
}
