/** The addon. It is loaded at first use, so that programs which never touch the kernel need no build. */
import { createRequire } from 'node:module';

let loaded: unknown;

/** What the addon exports; each wrapper names the part that it uses. */
export function loadAddon(): unknown {
  if (loaded === undefined) {
    const file = './build/Release/relived_native.node';
    try {
      loaded = createRequire(import.meta.url)(file);
    } catch (cause) {
      throw new Error(`the native addon cannot be loaded (${file}): run native/build.sh`, { cause });
    }
  }
  return loaded;
}
