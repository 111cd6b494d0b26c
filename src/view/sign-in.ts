/** POST /api/sign-in: a page brings the token as `{"token": "..."}`, and has a cookie from then on. The one request with a body. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Access, isForeign } from './access.ts';
import { type Answering, BadRequest } from './answering.ts';

const MOST_BYTES = 2_048;

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > MOST_BYTES) throw new BadRequest(413, 'too long for a token');
    parts.push(part);
  }
  return Buffer.concat(parts).toString();
}

function tokenOf(body: string): string {
  try {
    const { token } = JSON.parse(body) as { token?: unknown };
    if (typeof token === 'string') return token;
  } catch {
    // Told below.
  }
  throw new BadRequest(400, 'needs {"token": "..."}');
}

export async function signIn(
  request: IncomingMessage,
  response: ServerResponse,
  access: Access,
  answering: Answering,
): Promise<void> {
  // A type that no page of another server can send without asking first, which is never granted.
  if (!/^application\/json\b/.test(request.headers['content-type'] ?? '')) {
    response.setHeader('Connection', 'close');
    throw new BadRequest(415, 'needs application/json');
  }
  if (isForeign(request)) throw new BadRequest(403, 'asked by a page of another server');
  if (Number(request.headers['content-length'] ?? 0) > MOST_BYTES) {
    response.setHeader('Connection', 'close');
    throw new BadRequest(413, 'too long for a token');
  }
  const cookie = access.cookieFor(tokenOf(await bodyOf(request)));
  if (cookie === null) throw new BadRequest(401, 'the token is wrong');
  response.setHeader('Set-Cookie', cookie);
  answering.json(response, 200, {});
}
