/** Modules that a configuration needs and most do not, loaded while nothing waits for this process. */
import type { Configured } from '../config/reload.ts';
import { loadNetlink } from '../effects/netlink-requests.ts';
import { lateCrypto, lateHttp2, lateRawSocket, lateTls } from '../io/late-modules.ts';
import type { CheckerInput, CheckPlan } from '../machines/checker/checker.input.ts';

/** Before these actors start or go on. `hasSecrets`: some of them sign what they send. */
export function loadNeeded(actors: readonly Configured[], hasSecrets: boolean): void {
  if (hasSecrets) lateCrypto();
  for (const { id, input } of actors) {
    const kind = id.slice(0, id.indexOf('/'));
    // An address must not wait for its own executor when its instance has become master.
    if (kind === 'vrrp' || kind === 'static') loadNetlink();
    else if (kind === 'bfd') lateCrypto();
    else if (kind === 'checker') loadForProbe((input as CheckerInput).probe);
  }
}

function loadForProbe(probe: CheckPlan): void {
  switch (probe.kind) {
    case 'http':
    case 'ssl':
      if (probe.kind === 'ssl') lateTls();
      if (probe.protocol === '2') lateHttp2();
      if (probe.pages.some(({ digest }) => digest !== '')) lateCrypto();
      return;
    case 'grpc':
      lateHttp2();
      return;
    case 'ping':
      lateRawSocket();
      lateCrypto();
      return;
    case 'dns':
      lateCrypto();
  }
}
