/** keepalived.conf of the routers of incidents. */
import { instanceConfiguration } from '../harness/configuration.ts';
import { VIP } from './stage.ts';

/** Short enough for a recording in seconds, long enough for a busy machine. */
export const ADVERT_INT = '0.5';

export interface Settings {
  readonly extra?: string;
  readonly advertInt?: string;
  readonly version?: 2 | 3;
  readonly state?: 'MASTER' | 'BACKUP';
  readonly name?: string;
  readonly id?: number;
  readonly address?: string;
}

/** One instance, VI_1, on eth0: virtual router 51 with the address 10.77.0.100. */
export function instance(priority: number, settings: Settings = {}): string {
  const { extra = '', advertInt = ADVERT_INT, version = 3, state, name = 'VI_1', id = 51 } = settings;
  const text = instanceConfiguration({
    ...{ version, priority, virtualAddresses: [`${settings.address ?? VIP}/24`], advertInt, extra },
    ...(state === undefined ? {} : { state }),
  });
  return text.replace('VI_1', name).replace('virtual_router_id 51', `virtual_router_id ${id}`);
}

/** Followed by VI_1 as `track_script`; exits with what is in the file. */
export function script(file: string, more = ''): string {
  return `vrrp_script chk {\n  script "${file}"\n  interval 1\n  timeout 1\n  ${more}\n}\n`;
}
