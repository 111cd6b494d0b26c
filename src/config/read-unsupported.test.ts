import { describe, expect, test } from 'vitest';
import { codes, instance, only, read } from './config.fixture.ts';
import type { ReadConfigResult } from './read.ts';

describe('strict mode', () => {
  test('strict mode', () => {
    const strict = (lines: string): ReadConfigResult =>
      read(`global_defs {\nvrrp_strict\n}\n${instance(lines)}`);
    expect(only(strict(''))).toMatchObject({ lowerPriorityNoAdvert: true, garpLowerPriorityRepeat: 0 });
    expect(codes(strict(''))).toEqual([]);
    expect(only(strict('strict_mode off'))).toMatchObject({ lowerPriorityNoAdvert: false });
    expect(only(strict('state MASTER\npriority 100')).startAsMaster).toBe(false);
    expect(only(strict('state BACKUP\npriority 255')).startAsMaster).toBe(true);
    expect(codes(strict('unicast_peer {\n192.0.2.2\n}'))).toContain('error strict-violation');
    expect(codes(strict('no_virtual_ipaddress'))).toContain('error strict-violation');
  });
});

describe('keywords that do not act', () => {
  test.each([['debug 2', 'note no-effect']])('%j in an instance', (lines, code) => {
    expect(codes(read(instance(lines)))).toEqual([code]);
  });

  test.each(['smtp_alert off'])('%s asks for what happens anyway', (line) => {
    expect(codes(read(instance(line)))).toEqual([]);
  });

  test('blocks of the top level', () => {
    expect(codes(read(`vrrp_sync_group G {\ngroup {\nVI_1\n}\n}\n${instance()}`))).toEqual([
      'warning sync-group-single',
    ]);
    const result = read(
      `virtual_server 10.0.0.1 80 {\nlvs_sched rr\nlvs_method NAT\nprotocol TCP\nreal_server 10.0.0.2 80 {\nTCP_CHECK {\n}\n}\n}\n${instance()}`,
    );
    expect(codes(result)).toEqual([]);
    expect(only(result).name).toBe('VI_1');
  });

  test('the global_defs of a distribution sample', () => {
    const result = read(`global_defs {
      notification_email {
        admin@example.com
      }
      notification_email_from keepalived@example.com
      smtp_server 192.168.200.1
      smtp_connect_timeout 30
      router_id LVS_DEVEL
      vrrp_skip_check_adv_addr
      vrrp_garp_interval 0
      vrrp_gna_interval 0
    }\n${instance()}`);
    // keepalived complains of its own sample here: no pause is written by leaving the line out.
    expect(codes(result).filter((code) => code !== 'note no-effect')).toEqual([
      'warning number-out-of-range',
      'warning number-out-of-range',
    ]);
    expect(result.diagnostics).toHaveLength(2);
    expect(result.config?.global.routerId).toBe('LVS_DEVEL');
  });
});
