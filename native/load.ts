/** The addon. It is loaded at first use, so that programs which never touch the kernel need no build. */
import { createRequire } from 'node:module';

/** Its path is in package.json: it holds wherever this file is bundled. */
const FILE = '#native-addon';

let loaded: unknown;

/** All that the addon exports, for a wrapper to give types to its part. @throws Error if it was not built */
export function loadAddon(): unknown {
  if (loaded === undefined) {
    try {
      loaded = createRequire(import.meta.url)(FILE);
    } catch (cause) {
      throw new Error(`the native addon cannot be loaded (${FILE}): run native/build.sh`, { cause });
    }
  }
  return loaded;
}
