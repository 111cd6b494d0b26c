/** Effects and streams in the network namespace of a LAN's host. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Lan } from '../../src/lab/namespaces.ts';
import { JsonLinesChild } from './json-lines-child.ts';
import type { KernelPush, KernelService } from './kernel-service.ts';

const SERVICE = fileURLToPath(new URL('kernel-service.ts', import.meta.url));
const BUILD_ADDON = fileURLToPath(new URL('../../native/build.sh', import.meta.url));

/** Builds the addon if its sources have changed: a runner that was started without the set-up tests the newest. */
export function buildAddon(): void {
  execFileSync('sh', [BUILD_ADDON], { stdio: ['ignore', 'ignore', 'inherit'] });
}

export type RemoteKernel = JsonLinesChild<KernelService, KernelPush>;

export function startKernel(lan: Lan, host: string): RemoteKernel {
  return new JsonLinesChild(lan.argv(host, [process.execPath, SERVICE]));
}

/** Waits for the service's orderly end and then removes the LAN, whatever became of that. */
export async function closeKernel(kernel: RemoteKernel | undefined, lan: Lan | undefined): Promise<void> {
  try {
    await kernel?.close();
  } finally {
    await lan?.destroy();
  }
}
