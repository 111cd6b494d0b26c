/** Whose plan a start plan is: where it lies, and what of the machine it depends on besides the configuration. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Config } from '../config/model.ts';
import { lateCrypto } from '../io/late-modules.ts';
import { canonicalJson } from '../journal/format.ts';
import type { Json } from '../protocol/json.ts';
import type { DaemonOptions } from './options.ts';
import { PID_DIRECTORY } from './pid-file-places.ts';
import { identityOf, ipvsNamespace, type Places } from './places.ts';
import type { StartPlanOptions } from './start-plan.ts';

/** The same directory from the sources and from the bundle. */
const ROOT = fileURLToPath(new URL('../../', import.meta.url));

type Subject = Pick<StartPlanOptions, 'path' | 'root' | 'beganMs' | 'orders' | 'pidFiles' | 'namespace'>;

export function startPlanSubject(options: DaemonOptions, config: Config, places: Places): Subject {
  const { namespace } = identityOf(options, config.tree);
  return {
    path: options.withoutCheckers ? null : places.startPlan,
    root: ROOT,
    beganMs: Date.now() - process.uptime() * 1000,
    orders: places.orders,
    pidFiles: [places.pidFiles.main, places.pidFiles.vrrp].map((path) => outside(path, namespace)),
    namespace: tableOf(options, config),
  };
}

/** Of the configuration's definition in the journal. */
export function definitionDigest(definition: Json): string {
  return lateCrypto().hash('sha256', canonicalJson(definition), 'hex');
}

/** File of the network namespace whose table it is; null: that of the program. */
export function tableOf(options: DaemonOptions, { tree }: Config): string | null {
  const { namespace } = identityOf(options, tree);
  return ipvsNamespace(tree.net_namespace_ipvs) ?? (namespace === null ? null : `/run/netns/${namespace}`);
}

/** Where the starter finds a file of ours: in a namespace this process sees its own directory in place of keepalived's. */
function outside(path: string, namespace: string | null): string {
  if (namespace === null || !path.startsWith(`${PID_DIRECTORY}/`)) return path;
  return join(PID_DIRECTORY, namespace, path.slice(PID_DIRECTORY.length + 1));
}
