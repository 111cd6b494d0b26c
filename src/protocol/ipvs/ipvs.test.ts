import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LITTLE_ENDIAN, nested, uint16, uint32 } from '../netlink/attributes.ts';
import { decodeFamilyId, encodeFamilyRequest, encodeGeneric } from '../netlink/generic.ts';
import {
  IPVS_CMD_ATTR_DEST,
  IPVS_CMD_ATTR_SERVICE,
  IPVS_CMD_DEL_DEST,
  IPVS_CMD_DEL_SERVICE,
  IPVS_CMD_NEW_DEST,
  IPVS_CMD_NEW_SERVICE,
} from './commands.ts';
import {
  decodeDaemon,
  decodeInfo,
  decodeTimeouts,
  encodeDaemonStart,
  encodeDaemonStop,
  encodeTimeouts,
  type SyncDaemon,
} from './daemon.ts';
import {
  type DestinationSettings,
  type DestinationTarget,
  decodeDestination,
  destinationKey,
  encodeDestination,
  encodeDestinationDump,
  encodeDestinationTarget,
} from './destination.ts';
import {
  decodeService,
  encodeService,
  encodeTarget,
  familyOfTarget,
  SERVICE_FLAGS,
  type ServiceSettings,
  type ServiceTarget,
  targetKey,
} from './service.ts';

const hex = (bytes: Uint8Array | null): string => Buffer.from(bytes ?? []).toString('hex');
const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text.replaceAll(' ', ''), 'hex'));

const WEB: ServiceTarget = { protocol: 'TCP', address: '10.0.0.1', port: 80 };
const WEB6: ServiceTarget = { protocol: 'UDP', address: '2001:db8::1', port: 53 };
const MARK: ServiceTarget = { fwmark: 7, family: 'inet6' };
const PLAIN: ServiceSettings = { scheduler: 'rr', flags: 0, persistenceSeconds: 0, netmask: 0xffff_ffff };
const DEST: DestinationSettings = { method: 'NAT', weight: 3, upperThreshold: 0, lowerThreshold: 0 };

describe.runIf(LITTLE_ENDIAN)('requests, byte for byte', () => {
  test('a service', () => {
    expect(hex(encodeService(IPVS_CMD_NEW_SERVICE, WEB, PLAIN))).toBe(
      [
        '01010000', // NEW_SERVICE, version
        '54000100', // SERVICE
        '0600010002000000', // AF
        '0600020006000000', // PROTOCOL
        `140003000a000001${'00'.repeat(12)}`, // ADDR
        '0600040000500000', // PORT
        '0700060072720000', // SCHED_NAME
        '0c000700' + '00000000' + 'ffffffff', // FLAGS
        '0800080000000000', // TIMEOUT
        '08000900ffffffff', // NETMASK
      ].join(''),
    );
  });

  test('a persistent service of a firewall mark, with an engine', () => {
    const settings = {
      ...{ scheduler: 'sh', flags: SERVICE_FLAGS.scheduler2, persistenceSeconds: 360, netmask: 64 },
      engine: 'sip',
    };
    expect(hex(encodeService(IPVS_CMD_NEW_SERVICE, MARK, settings))).toBe(
      [
        '01010000',
        '40000100',
        '060001000a000000', // AF_INET6
        '0800050007000000', // FWMARK
        '0700060073680000',
        '0c000700' + '11000000' + 'ffffffff', // IP_VS_SVC_F_SCHED2 and PERSISTENT
        '0800080068010000',
        '0800090040000000', // a prefix length, in the order of the host
        '08000b0073697000', // PE_NAME
      ].join(''),
    );
  });

  test('a netmask that is a small number is a netmask all the same', () => {
    const settings = { ...PLAIN, netmask: 24 };
    expect(hex(encodeService(IPVS_CMD_NEW_SERVICE, WEB, settings)).slice(-16)).toBe('0800090000000018');
  });

  test('a destination, and what it is called by', () => {
    const target = { address: '2001:db8::5', port: 8080 };
    const tunnel = { type: 'gue', port: 6080, checksum: 'remcsum' } as const;
    const settings: DestinationSettings = {
      method: 'TUN',
      tunnel,
      weight: 0,
      upperThreshold: 9,
      lowerThreshold: 4,
    };
    const named = [
      '14000100' + '20010db8000000000000000000000005', // ADDR
      '060002001f900000', // PORT
      '06000b000a000000', // ADDR_FAMILY
    ];
    const service = [
      '30000100',
      ...['0600010002000000', '0600020006000000', `140003000a000001${'00'.repeat(12)}`, '0600040000500000'],
    ];
    expect(hex(encodeDestination(IPVS_CMD_NEW_DEST, WEB, target, settings))).toBe(
      [
        '05010000',
        ...service,
        '60000200',
        ...named,
        '0800030002000000', // FWD_METHOD
        '0800040000000000', // WEIGHT
        '0800050009000000', // U_THRESH
        '0800060004000000', // L_THRESH
        '05000d0001000000', // TUN_TYPE
        '06000e0017c00000', // TUN_PORT
        '06000f0002000000', // TUN_FLAGS
      ].join(''),
    );
    expect(hex(encodeDestinationTarget(IPVS_CMD_DEL_DEST, WEB, target))).toBe(
      ['07010000', ...service, '28000200', ...named].join(''),
    );
  });

  test('a family by its name', () => {
    expect(hex(encodeFamilyRequest('IPVS'))).toBe('03010000' + '0900020049505653' + '00000000');
    expect(decodeFamilyId(encodeGeneric(1, 2, uint16(1, 0x1b)))).toBe(0x1b);
    expect(decodeFamilyId(bytes('01'))).toBeNull();
  });

  test('daemons and timeouts', () => {
    const daemon: SyncDaemon = { interface: 'eth0', syncId: 5, port: 8848, group: '224.0.0.81' };
    expect(hex(encodeDaemonStart('master', daemon))).toBe(
      [
        '09010000',
        '30000300',
        '0800010001000000',
        '0900020065746830' + '00000000',
        '0800030005000000',
        '0600070090220000',
        '08000500e0000051',
      ].join(''),
    );
    expect(hex(encodeDaemonStop('backup'))).toBe('0a010000' + '0c000300' + '0800010002000000');
    expect(hex(encodeTimeouts({ tcpSeconds: 900, tcpFinSeconds: 120, udpSeconds: 0 }))).toBe(
      '0c010000' + '0800040084030000' + '0800050078000000' + '0800060000000000',
    );
  });
});

test('what is no address is refused', () => {
  const nowhere: ServiceTarget = { protocol: 'TCP', address: 'x', port: 1 };
  expect(encodeService(IPVS_CMD_NEW_SERVICE, nowhere, PLAIN)).toBeNull();
  expect(encodeTarget(IPVS_CMD_DEL_SERVICE, nowhere)).toBeNull();
  expect(encodeDestinationDump(nowhere)).toBeNull();
  expect(encodeDestination(IPVS_CMD_NEW_DEST, WEB, { address: 'x', port: 1 }, DEST)).toBeNull();
  expect(encodeDaemonStart('master', { interface: 'eth0', syncId: 0, group: 'x' })).toBeNull();
});

const port = fc.nat(65_535);
const uint = fc.nat(0xffff_ffff);
const address = fc.constantFrom('10.0.0.1', '192.0.2.255', '2001:db8::1', 'fe80::1');
const target: fc.Arbitrary<ServiceTarget> = fc.oneof(
  fc.record({ protocol: fc.constantFrom('TCP', 'UDP', 'SCTP'), address, port }),
  fc.record({ fwmark: fc.nat(0xffff_ffff), family: fc.constantFrom('inet', 'inet6') }),
);
const settings: fc.Arbitrary<ServiceSettings> = fc.record(
  {
    scheduler: fc.constantFrom('rr', 'wlc', 'mh'),
    flags: fc.constantFrom(0, 4, 8, 0x3c),
    persistenceSeconds: fc.nat(100_000),
    netmask: uint,
    engine: fc.constant('sip'),
  },
  { requiredKeys: ['scheduler', 'flags', 'persistenceSeconds', 'netmask'] },
);
const destination: fc.Arbitrary<DestinationSettings> = fc.oneof(
  fc.record({
    method: fc.constantFrom('NAT', 'DR'),
    weight: fc.nat(65_535),
    upperThreshold: uint,
    lowerThreshold: uint,
  }),
  fc.record(
    {
      method: fc.constant('TUN' as const),
      tunnel: fc.record({
        type: fc.constantFrom('gue', 'gre'),
        port,
        checksum: fc.constantFrom('nocsum', 'csum', 'remcsum'),
      }),
      weight: fc.nat(65_535),
      upperThreshold: uint,
      lowerThreshold: uint,
    },
    { requiredKeys: ['method', 'weight', 'upperThreshold', 'lowerThreshold'] },
  ),
);

test('services come back as they were written', () => {
  fc.assert(
    fc.property(target, settings, (wanted, how) => {
      const told = decodeService(encodeService(IPVS_CMD_NEW_SERVICE, wanted, how) ?? new Uint8Array());
      expect(told?.target).toEqual(wanted);
      expect(told?.settings).toEqual(how);
      expect(targetKey(told?.target ?? WEB)).toBe(targetKey(wanted));
    }),
  );
});

test('destinations come back as they were written', () => {
  fc.assert(
    fc.property(target, fc.record({ address, port }), destination, (service, named, how) => {
      const payload = encodeDestination(IPVS_CMD_NEW_DEST, service, named, how) ?? new Uint8Array();
      const told = decodeDestination(payload, familyOfTarget(service));
      expect(told?.target).toEqual(named);
      expect(told?.settings).toEqual(how);
    }),
  );
});

test('daemons come back as they were written', () => {
  const daemon: fc.Arbitrary<SyncDaemon> = fc.record(
    {
      interface: fc.constantFrom('eth0', 'a'),
      syncId: fc.nat(255),
      maxLength: fc.nat(65_535),
      port,
      ttl: fc.nat(255),
      group: fc.constantFrom('224.0.0.81', 'ff02::81'),
    },
    { requiredKeys: ['interface', 'syncId'] },
  );
  fc.assert(
    fc.property(fc.constantFrom('master', 'backup'), daemon, (role, wanted) => {
      const told = decodeDaemon(encodeDaemonStart(role, wanted) ?? new Uint8Array());
      expect(told).toEqual({ role, ...wanted });
    }),
  );
  const timeouts = { tcpSeconds: 1, tcpFinSeconds: 2, udpSeconds: 3 };
  expect(decodeTimeouts(encodeTimeouts(timeouts))).toEqual(timeouts);
  expect(decodeInfo(encodeGeneric(14, 1, uint32(1, 0x010201), uint32(2, 4096)))).toEqual({
    version: '1.2.1',
    connectionTableSize: 4096,
  });
});

test('names are as people write them', () => {
  expect([WEB, WEB6, MARK, { fwmark: 7, family: 'inet' } as const].map(targetKey)).toEqual([
    '[10.0.0.1]:tcp:80',
    '[2001:db8::1]:udp:53',
    'FWM 7 inet6',
    'FWM 7',
  ]);
  const named: DestinationTarget = { address: '10.0.0.2', port: 80 };
  expect(destinationKey(named)).toBe('[10.0.0.2]:80');
});

test.runIf(LITTLE_ENDIAN)('counters of 64 bits are preferred to those of 32', () => {
  const short = nested(10, uint32(1, 5), uint32(10, 6));
  const long = nested(12, bytes('0c000100 0700000001000000'), bytes('0c000400 ffffffffff000000'));
  const service = encodeTarget(IPVS_CMD_DEL_SERVICE, WEB) ?? new Uint8Array();
  const told = (...stats: readonly Uint8Array[]) =>
    decodeService(encodeGeneric(1, 1, nested(IPVS_CMD_ATTR_SERVICE, service.subarray(8), ...stats)))?.stats();
  expect(told(short)).toMatchObject({ connections: 5, byteRateOut: 6, bytesIn: 0 });
  expect(told(short, long)).toMatchObject({
    connections: 0x1_0000_0007,
    bytesIn: 0xff_ffff_ffff,
    byteRateOut: 0,
  });
});

test('no bytes make a decoder throw', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), fc.constantFrom(1, 2, 3), (noise, type) => {
      for (const each of [noise, encodeGeneric(1, 1, nested(type, noise))]) {
        decodeService(each);
        decodeDestination(each, 'inet');
        decodeDaemon(each);
        decodeTimeouts(each);
        decodeInfo(each);
        decodeFamilyId(each);
      }
    }),
  );
  expect(decodeDestination(encodeGeneric(1, 1, nested(IPVS_CMD_ATTR_DEST)), 'inet')).toBeNull();
});
