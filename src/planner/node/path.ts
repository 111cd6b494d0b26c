/** Of node:path what is needed, for Linux. */
import { host } from '../host.ts';

const isAbsolute = (path: string): boolean => path.startsWith('/');

/** Without empty steps, `.` and `..` that have something before them. */
function normal(path: string): string {
  const steps: string[] = [];
  for (const step of path.split('/')) {
    if (step === '' || step === '.') continue;
    if (step !== '..') steps.push(step);
    else if (steps.length > 0 && steps[steps.length - 1] !== '..') steps.pop();
    else if (!isAbsolute(path)) steps.push(step);
  }
  const end = steps.length > 0 && /\/\.?$/.test(path) && !path.endsWith('..') ? '/' : '';
  return (isAbsolute(path) ? '/' : '') + steps.join('/') + end;
}

const join = (...parts: readonly string[]): string =>
  normal(parts.filter((part) => part !== '').join('/')) || '.';

function resolve(...parts: readonly string[]): string {
  let path = '';
  for (const part of [...parts].reverse()) {
    if (part !== '') path = path === '' ? part : `${part}/${path}`;
    if (isAbsolute(path)) break;
  }
  const whole = isAbsolute(path) ? path : `${host.directory}/${path}`;
  return normal(whole).replace(/(.)\/$/, '$1');
}

function dirname(path: string): string {
  const [, directory = ''] = /^(.*?)\/*[^/]*\/*$/s.exec(path) ?? [];
  return directory === '' ? (isAbsolute(path) ? '/' : '.') : directory;
}

const basename = (path: string): string => /([^/]*)\/*$/.exec(path)?.[1] ?? '';

export default { isAbsolute, join, resolve, dirname, basename };
export { basename, dirname, isAbsolute, join, resolve };
