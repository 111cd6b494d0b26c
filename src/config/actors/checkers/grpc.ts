/** GRPC_CHECK */
import { hostOf } from '../../../protocol/http.ts';
import { type Around, type PlannedCheck, probePath, type RealServerConfig } from './planned.ts';
import { tlsDemands } from './tls.ts';

export function grpcChecks(
  check: RealServerConfig['GRPC_CHECK'][number],
  around: Around,
): readonly PlannedCheck[] {
  const path = probePath(check, around);
  const named = check.authority ?? around.real.virtualhost ?? around.server.virtualhost;
  const serverName = named === null ? '' : withoutPort(named);
  const tls = check.tls ? { serverName, demands: tlsDemands(check, serverName || path.address) } : null;
  const authority = named ?? hostOf(path.address, path.port);
  const probe = { kind: 'grpc', ...path, service: check.service, authority, tls } as const;
  return [{ probe, timing: check, follows: null }];
}

/** `grpc.example:50051`, `[2001:db8::1]:50051` */
function withoutPort(authority: string): string {
  return authority.replace(/^(\[[^\]]*\]|[^:]*):[0-9]+$/, '$1').replace(/^\[(.*)\]$/, '$1');
}
