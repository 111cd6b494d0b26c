/**
 * Modules that few configurations need: together they would make half of what a start loads. Each is loaded by its first
 * use. That holds the process up (HTTP/2 for up to 80 ms), so src/daemon/needed-modules.ts uses those that a configuration
 * asks for before its actors start.
 */
import { createRequire } from 'node:module';

function loadedOnce<T>(load: () => T): () => T {
  let module: T | undefined;
  return () => {
    module ??= load();
    return module;
  };
}

export const lateCrypto = loadedOnce(() => process.getBuiltinModule('node:crypto'));
export const lateChildProcess = loadedOnce(() => process.getBuiltinModule('node:child_process'));
export const lateDns = loadedOnce(() => process.getBuiltinModule('node:dns/promises'));
export const lateTls = loadedOnce(() => process.getBuiltinModule('node:tls'));
export const lateHttp2 = loadedOnce(() => process.getBuiltinModule('node:http2'));

const load = createRequire(import.meta.url);
export const lateRawSocket = loadedOnce((): typeof import('raw-socket') => load('raw-socket'));
